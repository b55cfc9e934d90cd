#pragma once
#include <cstdint>
#include <expected>
#include <vector>

#include "base/json.h"
#include "sandbox/services/model_chat.h"

/// OpenAI's /v1/responses on top of the same answers as /v1/chat/completions.
namespace pl::sandbox {

/// Answers a request: `input` is a text or a list of messages, tools are flat function objects, `text.format` asks for
/// JSON.
std::expected<ModelAnswer, ModelRefusal> answer_response(const Json& request, std::uint64_t seed);
/// The body of the answer.
Json response_object(const ModelAnswer& answer);
/// The events of the streamed answer, in order, each with its `type` and `sequence_number`.
std::vector<Json> response_events(const ModelAnswer& answer);

}  // namespace pl::sandbox
