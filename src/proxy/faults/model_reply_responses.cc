#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

using Kind = ModelReply::Kind;

constexpr std::int64_t kCreated = 1'700'000'000;  ///< Faults have no clock.
constexpr std::string_view kItem = "item_injected";

std::string_view status_of(const ModelReply& reply) { return reply.kind == Kind::length ? "incomplete" : "completed"; }

/// A part of a message: a refusal or text.
Json part_of(const ModelReply& reply, std::string_view text) {
  if (reply.kind == Kind::refusal) return Json::object().set("type", "refusal").set("refusal", text);
  Json part = Json::object().set("type", "output_text").set("text", text);
  return part.set("annotations", Json::array()).set("logprobs", Json::array());
}

/// The one item of the output; `begun`: as it is before its first piece.
Json item_of(const ModelReply& reply, bool begun) {
  const bool call = reply.kind == Kind::call;
  Json item = Json::object().set("id", kItem).set("type", call ? "function_call" : "message");
  item.set("status", begun ? "in_progress" : status_of(reply));
  if (call) {
    item.set("call_id", "call_injected").set("name", reply.tool);
    return item.set("arguments", begun ? std::string() : reply.all());
  }
  Json content = Json::array();
  if (!begun) content.push(part_of(reply, reply.all()));
  return item.set("role", "assistant").set("content", std::move(content));
}

Json response(const ModelRequest& asked, std::string_view status, Json output, Json usage) {
  const bool cut = status == "incomplete";
  Json out = Json::object().set("id", "resp_injected").set("object", "response").set("created_at", kCreated);
  out.set("status", status).set("error", nullptr);
  out.set("incomplete_details", cut ? Json::object().set("reason", "max_output_tokens") : Json());
  out.set("instructions", nullptr).set("model", asked.model).set("output", std::move(output));
  out.set("parallel_tool_calls", true).set("temperature", 1).set("tool_choice", "auto").set("tools", Json::array());
  return out.set("top_p", 1).set("usage", std::move(usage)).set("metadata", Json::object());
}

/// Numbers the events as they are added.
class Events {
 public:
  void add(std::string type, const Json& fields) {
    Json data = Json::object().set("type", type).set("sequence_number", out_.size());
    for (const auto& [key, value] : fields.members()) data.set(key, value);
    out_.push_back({std::move(type), std::move(data)});
  }
  std::vector<ModelEvent> take() { return std::move(out_); }

 private:
  std::vector<ModelEvent> out_;
};

void add_message(Events& events, const ModelReply& reply) {
  const Json at = Json::object().set("item_id", kItem).set("output_index", 0).set("content_index", 0);
  const bool refusal = reply.kind == Kind::refusal;
  const std::string type = refusal ? "response.refusal." : "response.output_text.";
  events.add("response.content_part.added", Json(at).set("part", part_of(reply, "")));
  for (const std::string& piece : reply.pieces) events.add(type + "delta", Json(at).set("delta", piece));
  events.add(type + "done", Json(at).set(refusal ? "refusal" : "text", reply.all()));
  events.add("response.content_part.done", Json(at).set("part", part_of(reply, reply.all())));
}

void add_call(Events& events, const ModelReply& reply) {
  const Json at = Json::object().set("item_id", kItem).set("output_index", 0);
  for (const std::string& piece : reply.pieces) {
    events.add("response.function_call_arguments.delta", Json(at).set("delta", piece));
  }
  events.add("response.function_call_arguments.done", Json(at).set("name", reply.tool).set("arguments", reply.all()));
}

}  // namespace

Json responses_document(const ModelRequest& asked, const ModelReply& reply) {
  const std::size_t written = reply.pieces.size();
  Json usage = Json::object().set("input_tokens", asked.tokens).set("output_tokens", written);
  usage.set("input_tokens_details", Json::object().set("cached_tokens", 0));
  usage.set("output_tokens_details", Json::object().set("reasoning_tokens", 0));
  usage.set("total_tokens", asked.tokens + written);
  Json output = Json::array();
  if (reply.kind != Kind::empty) output.push(item_of(reply, false));
  return response(asked, status_of(reply), std::move(output), std::move(usage));
}

std::vector<ModelEvent> responses_events(const ModelRequest& asked, const ModelReply& reply) {
  const Json begun = response(asked, "in_progress", Json::array(), nullptr);
  Events events;
  events.add("response.created", Json::object().set("response", begun));
  events.add("response.in_progress", Json::object().set("response", begun));
  if (reply.kind != Kind::empty) {
    const Json at = Json::object().set("output_index", 0);
    events.add("response.output_item.added", Json(at).set("item", item_of(reply, true)));
    if (reply.kind == Kind::call) {
      add_call(events, reply);
    } else {
      add_message(events, reply);
    }
    events.add("response.output_item.done", Json(at).set("item", item_of(reply, false)));
  }
  events.add("response." + std::string(status_of(reply)),
             Json::object().set("response", responses_document(asked, reply)));
  return events.take();
}

}  // namespace pl::proxy::faults
