#include "sandbox/services/model_responses.h"

#include <string>
#include <utility>

#include "sandbox/services/model_text.h"

namespace pl::sandbox {
namespace {

/// "resp_...", "msg_..." and so on from the answer's own id.
std::string id_of(const ModelAnswer& answer, std::string_view prefix) {
  return std::string(prefix) + answer.id.substr(answer.id.find('-') + 1);
}

/// The items of `input` as chat messages: calls and their outputs become those of an assistant and a tool.
Json messages_of(const Json& request) {
  Json out = Json::array();
  if (!request["instructions"].as_string().empty())
    out.push(Json::object().set("role", "system").set("content", request["instructions"]));
  const Json& input = request["input"];
  if (input.is_string()) out.push(Json::object().set("role", "user").set("content", input));
  for (const Json& item : input.items()) {
    if (item["type"].as_string() == "function_call_output")
      out.push(Json::object().set("role", "tool").set("content", item["output"]));
    else if (item["role"].is_string())
      out.push(Json::object().set("role", item["role"]).set("content", item["content"]));
  }
  return out;
}

Json as_chat_request(const Json& request) {
  Json out = Json::object().set("model", request["model"]).set("messages", messages_of(request));
  Json tools = Json::array();
  for (const Json& tool : request["tools"].items())
    if (tool["type"].as_string() == "function")
      tools.push(Json::object().set("type", "function").set("function", tool));
  if (tools.size() > 0) out.set("tools", std::move(tools));
  const Json& choice = request["tool_choice"];
  if (choice.is_string()) out.set("tool_choice", choice);
  if (choice.is_object()) out.set("tool_choice", Json::object().set("function", choice));
  const Json& format = request["text"]["format"];
  if (format["type"].is_string())
    out.set("response_format", Json::object().set("type", format["type"]).set("json_schema", format));
  if (request.has("max_output_tokens")) out.set("max_completion_tokens", request["max_output_tokens"]);
  return out;
}

Json text_part(std::string_view text) {
  Json part = Json::object().set("type", "output_text").set("text", text);
  return part.set("annotations", Json::array()).set("logprobs", Json::array());
}

Json message_item(const ModelAnswer& answer, std::string_view status, Json content) {
  Json item = Json::object().set("id", id_of(answer, "msg_")).set("type", "message").set("status", status);
  return item.set("role", "assistant").set("content", std::move(content));
}

Json call_item(const ModelAnswer& answer, const ModelToolCall& call, std::string_view status, std::string_view args) {
  Json item = Json::object().set("id", id_of(answer, "fc_")).set("type", "function_call").set("status", status);
  return item.set("call_id", call.id).set("name", call.name).set("arguments", args);
}

Json output_of(const ModelAnswer& answer) {
  const ModelChoice& choice = answer.choices.front();
  Json out = Json::array();
  for (const ModelToolCall& call : choice.calls) out.push(call_item(answer, call, "completed", call.arguments));
  if (choice.calls.empty()) out.push(message_item(answer, "completed", Json::array().push(text_part(choice.text))));
  return out;
}

Json response_frame(const ModelAnswer& answer, std::string_view status, Json output, Json usage) {
  const bool cut = status == "incomplete";
  Json out = Json::object().set("id", id_of(answer, "resp_")).set("object", "response");
  out.set("created_at", kModelCreated).set("status", status).set("error", nullptr);
  out.set("incomplete_details", cut ? Json::object().set("reason", "max_output_tokens") : Json());
  out.set("instructions", nullptr).set("model", answer.model).set("output", std::move(output));
  out.set("parallel_tool_calls", true).set("previous_response_id", nullptr).set("store", false);
  out.set("temperature", 1).set("tool_choice", "auto").set("tools", Json::array()).set("top_p", 1);
  return out.set("truncation", "disabled").set("usage", std::move(usage)).set("metadata", Json::object());
}

/// Numbers the events as they are added.
class Events {
 public:
  void add(std::string_view type, Json fields) {
    Json event = Json::object().set("type", type).set("sequence_number", out_.size());
    for (const auto& [key, value] : fields.members()) event.set(key, value);
    out_.push_back(std::move(event));
  }
  std::vector<Json> take() { return std::move(out_); }

 private:
  std::vector<Json> out_;
};

void add_text(Events& events, const ModelAnswer& answer, const std::string& text) {
  const Json at = Json::object().set("item_id", id_of(answer, "msg_")).set("output_index", 0).set("content_index", 0);
  const auto here = [&](std::string_view key, Json value) { return Json(at).set(key, std::move(value)); };
  events.add("response.output_item.added",
             Json::object().set("output_index", 0).set("item", message_item(answer, "in_progress", Json::array())));
  events.add("response.content_part.added", here("part", text_part("")));
  for (const std::string& piece : token_pieces(text)) events.add("response.output_text.delta", here("delta", piece));
  events.add("response.output_text.done", here("text", text));
  events.add("response.content_part.done", here("part", text_part(text)));
}

void add_call(Events& events, const ModelAnswer& answer, const ModelToolCall& call, std::size_t index) {
  const Json at = Json::object().set("item_id", id_of(answer, "fc_")).set("output_index", index);
  events.add("response.output_item.added",
             Json::object().set("output_index", index).set("item", call_item(answer, call, "in_progress", "")));
  for (const std::string& piece : token_pieces(call.arguments))
    events.add("response.function_call_arguments.delta", Json(at).set("delta", piece));
  events.add("response.function_call_arguments.done", Json(at).set("arguments", call.arguments));
}

}  // namespace

std::expected<ModelAnswer, ModelRefusal> answer_response(const Json& request, std::uint64_t seed) {
  if (request.is_object() && !request["input"].is_string() && request["input"].size() == 0)
    return std::unexpected(
        ModelRefusal{400, "Missing required parameter: 'input'.", "input", "missing_required_parameter"});
  return answer_chat(request.is_object() ? as_chat_request(request) : request, seed);
}

Json response_object(const ModelAnswer& answer) {
  const std::int64_t completion = answer.completion_tokens();
  Json usage = Json::object().set("input_tokens", answer.prompt_tokens).set("output_tokens", completion);
  usage.set("input_tokens_details", Json::object().set("cached_tokens", 0));
  usage.set("output_tokens_details", Json::object().set("reasoning_tokens", 0));
  usage.set("total_tokens", answer.prompt_tokens + completion);
  const bool cut = answer.choices.front().finish_reason == "length";
  return response_frame(answer, cut ? "incomplete" : "completed", output_of(answer), std::move(usage));
}

std::vector<Json> response_events(const ModelAnswer& answer) {
  const ModelChoice& choice = answer.choices.front();
  const Json begun = response_frame(answer, "in_progress", Json::array(), nullptr);
  const Json whole = response_object(answer);
  Events events;
  events.add("response.created", Json::object().set("response", begun));
  events.add("response.in_progress", Json::object().set("response", begun));
  for (std::size_t i = 0; i < choice.calls.size(); ++i) add_call(events, answer, choice.calls[i], i);
  if (choice.calls.empty()) add_text(events, answer, choice.text);
  for (std::size_t i = 0; i < whole["output"].size(); ++i)
    events.add("response.output_item.done", Json::object().set("output_index", i).set("item", whole["output"].at(i)));
  events.add("response." + whole["status"].as_string(), Json::object().set("response", whole));
  return events.take();
}

}  // namespace pl::sandbox
