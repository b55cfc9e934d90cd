#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/json.h"

namespace pl::sandbox {

/// A function that the model wants called.
struct ModelToolCall {
  std::string id;  ///< "call_..."
  std::string name;
  std::string arguments;  ///< JSON that the tool's parameter schema allows.
};

/// One choice of an answer: text, or calls.
struct ModelChoice {
  std::string text;
  std::vector<ModelToolCall> calls;
  std::string finish_reason;  ///< "stop", "length" or "tool_calls".
  std::int64_t tokens = 0;
};

/// What the model answers to a chat request; a pure function of seed and request.
struct ModelAnswer {
  std::string id;  ///< "chatcmpl-..."
  std::string model;
  std::vector<ModelChoice> choices;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens() const;
};

/// Why a request is refused, in OpenAI's words.
struct ModelRefusal {
  int status = 400;
  std::string message;
  std::string param;  ///< Empty: null.
  std::string code;   ///< Empty: null.
};

/// Seconds since 1970 that every answer says it was created at: fixed, so that the same question has the same answer.
inline constexpr std::int64_t kModelCreated = 1'735'689'600;

/// Answers a request of /v1/chat/completions. A tool is called when `tool_choice` says so, or on "auto" when the last
/// message is the user's and has a word of the tool's name that says something ("weather" for get_weather). `stream`
/// changes nothing in the answer.
std::expected<ModelAnswer, ModelRefusal> answer_chat(const Json& request, std::uint64_t seed);

/// The body of the answer.
Json chat_completion(const ModelAnswer& answer);
/// The events of the streamed answer, in order, without the final [DONE]; with the usage event where asked for.
std::vector<Json> chat_chunks(const ModelAnswer& answer, bool include_usage);
/// The error body of OpenAI's API.
Json error_body(const ModelRefusal& refusal);
/// The text of a message's content: a string, or the text parts of a list.
std::string content_text(const Json& content);
/// 64 bits from the seed and a request, without what does not change the answer.
std::uint64_t request_seed(const Json& request, std::uint64_t seed);

}  // namespace pl::sandbox
