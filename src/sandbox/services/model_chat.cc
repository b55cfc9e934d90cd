#include "sandbox/services/model_chat.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/limits.h"
#include "base/rng.h"
#include "base/sha256.h"
#include "sandbox/services/model_schema.h"
#include "sandbox/services/model_text.h"

namespace pl::sandbox {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

/// The words of a tool's name, in small letters: get_weather, getWeather.
std::vector<std::string> name_words(std::string_view name) {
  std::vector<std::string> out(1);
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z');
    if ((!letter || upper) && !out.back().empty()) out.emplace_back();
    if (letter) out.back() += lower_case(std::string_view(&c, 1));
  }
  return out;
}

bool speaks_of(std::string_view question, std::string_view tool_name) {
  static constexpr std::string_view kGeneric[] = {"get", "set", "the", "for", "and", "fetch", "find", "with", "from"};
  if (question.find(lower_case(tool_name)) != std::string_view::npos) return true;
  for (const std::string& word : name_words(tool_name))
    if (word.size() >= 3 && std::ranges::find(kGeneric, word) == std::end(kGeneric) &&
        question.find(word) != std::string_view::npos)
      return true;
  return false;
}

struct Question {
  std::string user;  ///< Text of the last message of the user.
  bool user_last = false;
  std::int64_t tokens = 0;
};

Question question_of(const Json& messages) {
  Question out;
  for (const Json& message : messages.items()) {
    const std::string text = content_text(message["content"]);
    out.tokens += estimated_tokens(text) + 4;
    out.user_last = message["role"].as_string() == "user";
    if (out.user_last) out.user = text;
  }
  return out;
}

/// The function to call, or null where the answer is text.
const Json& tool_to_call(const Json& request, const Question& question) {
  static const Json kNone;
  const auto& tools = request["tools"].items();
  const Json& choice = request["tool_choice"];
  const std::string& named = choice["function"]["name"].as_string();
  const std::string text = lower_case(question.user);
  for (const Json& tool : tools) {
    const Json& function = tool["function"];
    if (!named.empty() && function["name"].as_string() == named) return function;
    const bool automatic = choice.as_string() == "required" || (question.user_last && choice.as_string() != "none");
    if (named.empty() && automatic && speaks_of(text, function["name"].as_string())) return function;
  }
  return choice.as_string() == "required" && !tools.empty() ? tools.front()["function"] : kNone;
}

std::optional<ModelRefusal> refusal_of(const Json& request) {
  if (!request.is_object()) return ModelRefusal{400, "The request body must be a JSON object.", "", ""};
  if (request["model"].as_string().empty()) return ModelRefusal{400, "you must provide a model parameter", "", ""};
  const Json& messages = request["messages"];
  if (messages.is_null())
    return ModelRefusal{400, "Missing required parameter: 'messages'.", "messages", "missing_required_parameter"};
  if (!messages.is_array())
    return ModelRefusal{400, "Invalid type for 'messages': expected an array of objects.", "messages", "invalid_type"};
  if (messages.size() == 0)
    return ModelRefusal{400, "Invalid 'messages': empty array. Expected an array with minimum length 1.", "messages",
                        "empty_array"};
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (!messages.at(i)["role"].is_string())
      return ModelRefusal{400, fmt::format("Missing required parameter: 'messages[{}].role'.", i),
                          fmt::format("messages[{}].role", i), "missing_required_parameter"};
  const Json& n = request["n"];
  if (n.is_number() && (n.as_int() < 1 || n.as_int() > limits::kModelChoices))
    return ModelRefusal{400, fmt::format("Invalid 'n': expected a value from 1 to {}.", limits::kModelChoices), "n",
                        "integer_out_of_range"};
  return std::nullopt;
}

/// The most tokens that the request allows; null: it does not say.
const Json& most_tokens(const Json& request) {
  return request.has("max_completion_tokens") ? request["max_completion_tokens"] : request["max_tokens"];
}

/// What came with the question, for who asks.
std::string count_text(const Json& request, const std::string& token) {
  const Json& most = most_tokens(request);
  return fmt::format("pl-counted-{} {} messages, {}", token, request["messages"].size(),
                     most.is_number() ? fmt::format("limit {}.", most.as_int()) : "no limit.");
}

std::string free_text(const Json& request, const Question& question, Rng& rng) {
  const Json& format = request["response_format"];
  const std::string& type = format["type"].as_string();
  if (type == "json_schema") return value_for_schema(format["json_schema"]["schema"], rng).dump();
  const auto tokens = 24 + static_cast<std::int64_t>(rng.below(25));
  std::string text = plain_answer(question.user, tokens, rng);
  if (const std::string token = asked_count(question.user); !token.empty()) text = count_text(request, token);
  if (const std::string markup = asked_markup(question.user); !markup.empty()) text.insert(0, markup + " ");
  if (type != "json_object") return text;
  return Json::object().set("answer", text).set("confidence", 0.9).dump();
}

/// Cuts at the first stop sequence, and at the most tokens the request allows.
void limit_text(const Json& request, ModelChoice& choice) {
  Json::Array stops = request["stop"].items();
  if (request["stop"].is_string()) stops.push_back(request["stop"]);
  for (const Json& stop : stops)
    if (!stop.as_string().empty()) choice.text = choice.text.substr(0, choice.text.find(stop.as_string()));
  std::vector<std::string> pieces = token_pieces(choice.text);
  const auto most =
      static_cast<std::size_t>(std::clamp<std::int64_t>(most_tokens(request).as_int(1 << 20), 1, 1 << 20));
  if (pieces.size() > most) {
    pieces.resize(most);
    choice.text.clear();
    for (const std::string& piece : pieces) choice.text += piece;
    choice.finish_reason = "length";
  }
  choice.tokens = static_cast<std::int64_t>(pieces.size());
}

ModelChoice choose(const Json& request, const Question& question, Rng& rng) {
  ModelChoice out;
  if (const Json& function = tool_to_call(request, question); !function.is_null()) {
    const Json& schema = function["parameters"];
    const Json arguments = schema.is_object() ? value_for_schema(schema, rng) : Json::object();
    out.calls.push_back({fmt::format("call_{:016x}", rng.next()), function["name"].as_string(), arguments.dump()});
    out.finish_reason = "tool_calls";
    out.tokens = estimated_tokens(out.calls.front().arguments) + 8;
    return out;
  }
  out.text = free_text(request, question, rng);
  out.finish_reason = "stop";
  limit_text(request, out);
  return out;
}

Json usage_of(const ModelAnswer& answer) {
  const std::int64_t completion = answer.completion_tokens();
  Json out = Json::object();
  out.set("prompt_tokens", answer.prompt_tokens);
  out.set("completion_tokens", completion);
  out.set("total_tokens", answer.prompt_tokens + completion);
  out.set("prompt_tokens_details", Json::object().set("cached_tokens", 0).set("audio_tokens", 0));
  out.set("completion_tokens_details", Json::object().set("reasoning_tokens", 0).set("audio_tokens", 0));
  return out;
}

Json call_json(const ModelToolCall& call, std::string_view arguments) {
  Json out = Json::object();
  out.set("id", call.id);
  out.set("type", "function");
  out.set("function", Json::object().set("name", call.name).set("arguments", arguments));
  return out;
}

Json frame_of(const ModelAnswer& answer, std::string_view object) {
  Json out = Json::object();
  out.set("id", answer.id);
  out.set("object", object);
  out.set("created", kModelCreated);
  out.set("model", answer.model);
  return out;
}

/// Makes the events of one streamed answer.
class Chunks {
 public:
  Chunks(const ModelAnswer& answer, bool usage) : answer_(answer), usage_(usage) {}

  void add_choice(std::size_t index) {
    const ModelChoice& choice = answer_.choices[index];
    index_ = index;
    if (choice.calls.empty()) {
      add(Json::object().set("role", "assistant").set("content", "").set("refusal", nullptr));
      for (const std::string& piece : token_pieces(choice.text)) add(Json::object().set("content", piece));
    }
    for (std::size_t i = 0; i < choice.calls.size(); ++i) add_call(i, choice.calls[i]);
    add(Json::object(), choice.finish_reason);
  }

  void add_usage() {
    Json chunk = frame();
    chunk.set("choices", Json::array());
    chunk.set("usage", usage_of(answer_));
    out_.push_back(std::move(chunk));
  }

  std::vector<Json> take() { return std::move(out_); }

 private:
  Json frame() const {
    return frame_of(answer_, "chat.completion.chunk")
        .set("service_tier", "default")
        .set("system_fingerprint", "fp_proof");
  }

  void add(Json delta, Json finish_reason = nullptr) {
    Json chunk = frame();
    Json choice = Json::object().set("index", index_).set("delta", std::move(delta)).set("logprobs", nullptr);
    choice.set("finish_reason", std::move(finish_reason));
    chunk.set("choices", Json::array().push(std::move(choice)));
    if (usage_) chunk.set("usage", nullptr);
    out_.push_back(std::move(chunk));
  }

  void add_call(std::size_t number, const ModelToolCall& call) {
    Json first = Json::object().set("index", number);
    const Json without_arguments = call_json(call, "");
    for (const auto& [key, value] : without_arguments.members()) first.set(key, value);
    Json delta = Json::object();
    if (number == 0) delta.set("role", "assistant").set("content", nullptr);
    add(delta.set("tool_calls", Json::array().push(std::move(first))));
    for (const std::string& piece : token_pieces(call.arguments)) {
      Json part = Json::object().set("index", number).set("function", Json::object().set("arguments", piece));
      add(Json::object().set("tool_calls", Json::array().push(std::move(part))));
    }
  }

  const ModelAnswer& answer_;
  const bool usage_;
  std::size_t index_ = 0;
  std::vector<Json> out_;
};

}  // namespace

std::int64_t ModelAnswer::completion_tokens() const {
  std::int64_t sum = 0;
  for (const ModelChoice& choice : choices) sum += choice.tokens;
  return sum;
}

std::string content_text(const Json& content) {
  std::string out = content.as_string();
  for (const Json& part : content.items()) out += part.is_string() ? part.as_string() : part["text"].as_string();
  return out;
}

std::uint64_t request_seed(const Json& request, std::uint64_t seed) {
  Json kept = Json::object();
  for (const auto& [key, value] : request.members())
    if (key != "stream" && key != "stream_options") kept.set(key, value);
  const Digest digest = sha256(kept.dump());
  std::uint64_t out;
  std::memcpy(&out, digest.data(), sizeof out);
  return out ^ (seed * 0x9E3779B97F4A7C15);
}

std::expected<ModelAnswer, ModelRefusal> answer_chat(const Json& request, std::uint64_t seed) {
  if (auto refusal = refusal_of(request)) return std::unexpected(std::move(*refusal));
  Rng rng(request_seed(request, seed));
  const Question question = question_of(request["messages"]);
  ModelAnswer out;
  out.id = fmt::format("chatcmpl-{:016x}{:013x}", rng.next(), rng.next() >> 12);
  out.model = request["model"].as_string();
  out.prompt_tokens = question.tokens + 3;
  if (request.has("tools")) out.prompt_tokens += estimated_tokens(request["tools"].dump());
  const std::int64_t n = request["n"].as_int(1);
  for (std::int64_t i = 0; i < n; ++i) out.choices.push_back(choose(request, question, rng));
  return out;
}

Json chat_completion(const ModelAnswer& answer) {
  Json out = frame_of(answer, "chat.completion");
  Json choices = Json::array();
  for (std::size_t i = 0; i < answer.choices.size(); ++i) {
    const ModelChoice& choice = answer.choices[i];
    Json message = Json::object().set("role", "assistant");
    message.set("content", choice.calls.empty() ? Json(choice.text) : Json());
    Json calls = Json::array();
    for (const ModelToolCall& call : choice.calls) calls.push(call_json(call, call.arguments));
    if (!choice.calls.empty()) message.set("tool_calls", std::move(calls));
    message.set("refusal", nullptr).set("annotations", Json::array());
    Json entry = Json::object().set("index", i).set("message", std::move(message)).set("logprobs", nullptr);
    choices.push(entry.set("finish_reason", choice.finish_reason));
  }
  out.set("choices", std::move(choices));
  out.set("usage", usage_of(answer));
  return out.set("service_tier", "default").set("system_fingerprint", "fp_proof");
}

std::vector<Json> chat_chunks(const ModelAnswer& answer, bool include_usage) {
  Chunks chunks(answer, include_usage);
  for (std::size_t i = 0; i < answer.choices.size(); ++i) chunks.add_choice(i);
  if (include_usage) chunks.add_usage();
  return chunks.take();
}

Json error_body(const ModelRefusal& refusal) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  Json error = Json::object().set("message", refusal.message).set("type", "invalid_request_error");
  error.set("param", or_null(refusal.param)).set("code", or_null(refusal.code));
  return Json::object().set("error", std::move(error));
}

}  // namespace pl::sandbox
