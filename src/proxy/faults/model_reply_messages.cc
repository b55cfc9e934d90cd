#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

using Kind = ModelReply::Kind;

std::string_view stop_reason_of(const ModelReply& reply) {
  switch (reply.kind) {
    case Kind::empty:
    case Kind::text:
      return "end_turn";
    case Kind::refusal:
      return "refusal";
    case Kind::length:
      return "max_tokens";
    case Kind::call:
      return "tool_use";
  }
  return {};
}

bool has_content(const ModelReply& reply) { return reply.kind != Kind::empty && reply.kind != Kind::refusal; }

Json message(const ModelRequest& asked, Json content, Json stop_reason, std::size_t written) {
  Json out = Json::object().set("id", "msg_injected").set("type", "message").set("role", "assistant");
  out.set("model", asked.model).set("content", std::move(content)).set("stop_reason", std::move(stop_reason));
  out.set("stop_sequence", nullptr);
  return out.set("usage", Json::object().set("input_tokens", asked.tokens).set("output_tokens", written));
}

/// A block of the content: text, or a call with that input.
Json block(const ModelReply& reply, std::string_view text, Json input) {
  if (reply.kind != Kind::call) return Json::object().set("type", "text").set("text", text);
  Json call = Json::object().set("type", "tool_use").set("id", "toolu_injected").set("name", reply.tool);
  return call.set("input", std::move(input));
}

Json delta_of(const ModelReply& reply, const std::string& piece) {
  if (reply.kind != Kind::call) return Json::object().set("type", "text_delta").set("text", piece);
  return Json::object().set("type", "input_json_delta").set("partial_json", piece);
}

}  // namespace

/// Arguments that are no JSON cannot stand in a document as they are: they are a text there.
Json messages_document(const ModelRequest& asked, const ModelReply& reply) {
  const std::string text = reply.all();
  const auto input = Json::parse(text);
  Json content = Json::array();
  if (has_content(reply)) content.push(block(reply, text, input ? *input : Json(text)));
  return message(asked, std::move(content), stop_reason_of(reply), reply.pieces.size());
}

std::vector<ModelEvent> messages_events(const ModelRequest& asked, const ModelReply& reply) {
  std::vector<ModelEvent> out;
  const auto add = [&](const std::string& type, const Json& fields) {
    Json data = Json::object().set("type", type);
    for (const auto& [key, value] : fields.members()) data.set(key, value);
    out.push_back({type, std::move(data)});
  };
  add("message_start", Json::object().set("message", message(asked, Json::array(), nullptr, 1)));
  if (has_content(reply)) {
    const Json at = Json::object().set("index", 0);
    add("content_block_start", Json(at).set("content_block", block(reply, "", Json::object())));
    for (const std::string& piece : reply.pieces) {
      add("content_block_delta", Json(at).set("delta", delta_of(reply, piece)));
    }
    add("content_block_stop", at);
  }
  Json delta = Json::object().set("stop_reason", stop_reason_of(reply)).set("stop_sequence", nullptr);
  Json usage = Json::object().set("output_tokens", reply.pieces.size());
  add("message_delta", Json::object().set("delta", std::move(delta)).set("usage", std::move(usage)));
  add("message_stop", Json::object());
  return out;
}

}  // namespace pl::proxy::faults
