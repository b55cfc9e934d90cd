#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

using Kind = ModelReply::Kind;

constexpr std::int64_t kCreated = 1'700'000'000;  ///< Faults have no clock.

std::string_view finish_of(const ModelReply& reply) {
  if (reply.kind == Kind::call) return "tool_calls";
  return reply.kind == Kind::length ? "length" : "stop";
}

Json frame(const ModelRequest& asked, std::string_view object) {
  Json out = Json::object().set("id", "chatcmpl-injected").set("object", object).set("created", kCreated);
  return out.set("model", asked.model);
}

Json usage_of(const ModelRequest& asked, const ModelReply& reply) {
  const std::size_t completion = reply.pieces.size();
  Json out = Json::object().set("prompt_tokens", asked.tokens).set("completion_tokens", completion);
  return out.set("total_tokens", asked.tokens + completion);
}

Json call_of(const ModelReply& reply, std::string_view arguments) {
  Json call = Json::object().set("id", "call_injected").set("type", "function");
  return call.set("function", Json::object().set("name", reply.tool).set("arguments", arguments));
}

Json chunk(const ModelRequest& asked, Json delta, Json finish) {
  Json choice = Json::object().set("index", 0).set("delta", std::move(delta)).set("logprobs", nullptr);
  choice.set("finish_reason", std::move(finish));
  Json out = frame(asked, "chat.completion.chunk").set("choices", Json::array().push(std::move(choice)));
  if (asked.usage) out.set("usage", nullptr);
  return out;
}

Json first_delta(const ModelReply& reply) {
  Json delta = Json::object().set("role", "assistant");
  if (reply.kind != Kind::call) return delta.set("content", reply.kind == Kind::refusal ? Json() : Json(""));
  Json call = Json::object().set("index", 0);
  const Json begun = call_of(reply, "");
  for (const auto& [key, value] : begun.members()) call.set(key, value);
  return delta.set("content", nullptr).set("tool_calls", Json::array().push(std::move(call)));
}

Json next_delta(const ModelReply& reply, const std::string& piece) {
  if (reply.kind == Kind::refusal) return Json::object().set("refusal", piece);
  if (reply.kind != Kind::call) return Json::object().set("content", piece);
  Json call = Json::object().set("index", 0).set("function", Json::object().set("arguments", piece));
  return Json::object().set("tool_calls", Json::array().push(std::move(call)));
}

}  // namespace

Json chat_document(const ModelRequest& asked, const ModelReply& reply) {
  const bool says = reply.kind == Kind::text || reply.kind == Kind::length;
  Json message = Json::object().set("role", "assistant").set("content", says ? Json(reply.all()) : Json());
  message.set("refusal", reply.kind == Kind::refusal ? Json(reply.all()) : Json());
  if (reply.kind == Kind::call) message.set("tool_calls", Json::array().push(call_of(reply, reply.all())));
  Json choice = Json::object().set("index", 0).set("message", std::move(message)).set("logprobs", nullptr);
  choice.set("finish_reason", finish_of(reply));
  Json choices = Json::array();
  if (reply.kind != Kind::empty) choices.push(std::move(choice));
  Json out = frame(asked, "chat.completion").set("choices", std::move(choices));
  return out.set("usage", usage_of(asked, reply));
}

std::vector<ModelEvent> chat_events(const ModelRequest& asked, const ModelReply& reply) {
  std::vector<ModelEvent> out;
  if (reply.kind == Kind::empty) {
    out.push_back({"", frame(asked, "chat.completion.chunk").set("choices", Json::array())});
  } else {
    out.push_back({"", chunk(asked, first_delta(reply), nullptr)});
    for (const std::string& piece : reply.pieces) out.push_back({"", chunk(asked, next_delta(reply, piece), nullptr)});
    out.push_back({"", chunk(asked, Json::object(), finish_of(reply))});
  }
  if (!asked.usage) return out;
  Json last = frame(asked, "chat.completion.chunk").set("choices", Json::array());
  out.push_back({"", last.set("usage", usage_of(asked, reply))});
  return out;
}

}  // namespace pl::proxy::faults
