#include <algorithm>

#include "base/assert.h"
#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

/// What a provider says of an error; an empty code or parameter is null.
struct OpenAiError {
  int status;
  std::string_view type, code, message;
};
struct AnthropicError {
  int status;
  std::string_view type, message;
};
struct ErrorKind {
  std::string_view name;
  OpenAiError openai;        ///< platform.openai.com/docs/guides/error-codes
  AnthropicError anthropic;  ///< docs.anthropic.com/en/api/errors
};
constexpr ErrorKind kKinds[] = {
    {"rate_limited",
     {429, "requests", "rate_limit_exceeded", "Rate limit reached for requests per min (RPM): Limit 3, Used 3."},
     {429, "rate_limit_error", "This request would exceed your organization's rate limit."}},
    {"overloaded",
     {503, "server_error", "", "The engine is currently overloaded, please try again later."},
     {529, "overloaded_error", "Overloaded"}},
    {"server_error",
     {500, "server_error", "", "The server had an error while processing your request. Sorry about that!"},
     {500, "api_error", "Internal server error"}},
    {"unavailable",
     {503, "server_error", "service_unavailable", "Service unavailable."},
     {503, "api_error", "Service unavailable"}},
    {"context_length",
     {400, "invalid_request_error", "context_length_exceeded",
      "This model's maximum context length is 8192 tokens. However, your input resulted in 8193 tokens. Please reduce "
      "the length of the input."},
     {400, "invalid_request_error", "prompt is too long: 200001 tokens > 200000 maximum"}},
    {"unauthorized",
     {401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."},
     {401, "authentication_error", "invalid x-api-key"}},
    {"quota",
     {429, "insufficient_quota", "insufficient_quota",
      "You exceeded your current quota, please check your plan and billing details."},
     {400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."}},
};

Json text_or_null(std::string_view text) { return text.empty() ? Json() : Json(text); }

/// The name of the parameter that holds what is too long.
std::string_view too_long(ModelRoute route) { return route == ModelRoute::chat ? "messages" : "input"; }

Json openai_body(const OpenAiError& error, ModelRoute route) {
  const bool about_input = error.code == "context_length_exceeded";
  Json body = Json::object().set("message", error.message).set("type", error.type);
  body.set("param", about_input ? Json(too_long(route)) : Json()).set("code", text_or_null(error.code));
  return Json::object().set("error", std::move(body));
}

Json anthropic_body(const AnthropicError& error) {
  Json body = Json::object().set("type", error.type).set("message", error.message);
  return Json::object().set("type", "error").set("error", std::move(body)).set("request_id", "req_injected");
}

/// Retry-After, and the provider's own fields; Anthropic's time of the reset is left out, since faults have no clock.
wire::HttpHeaders limit_fields(ModelRoute route, std::int64_t retry_after) {
  const std::string seconds = std::to_string(retry_after);
  wire::HttpHeaders fields{{"Retry-After", seconds}};
  if (route == ModelRoute::messages) {
    fields.push_back({"anthropic-ratelimit-requests-limit", "3"});
    fields.push_back({"anthropic-ratelimit-requests-remaining", "0"});
    return fields;
  }
  fields.push_back({"x-ratelimit-limit-requests", "3"});
  fields.push_back({"x-ratelimit-remaining-requests", "0"});
  fields.push_back({"x-ratelimit-reset-requests", seconds + "s"});
  return fields;
}

struct ModelErrorSetting {
  explicit ModelErrorSetting(const Values& values)
      : kind(std::ranges::find(kKinds, values.text("kind"), &ErrorKind::name)),
        retry_after(static_cast<std::int64_t>(values["retry_after"])) {
    PL_ASSERT(kind != std::end(kKinds));
  }
  HttpPlan plan(const HttpRequest& request, Rng&) const {
    const ModelRoute route = read_model_request(request)->route;
    wire::HttpHeaders fields;
    if (kind->name == "rate_limited") fields = limit_fields(route, retry_after);
    const bool anthropic = route == ModelRoute::messages;
    const int status = anthropic ? kind->anthropic.status : kind->openai.status;
    const Json body = anthropic ? anthropic_body(kind->anthropic) : openai_body(kind->openai, route);
    return {.answer = model_document(request, route, status, std::move(fields), body)};
  }

  const ErrorKind* kind;
  std::int64_t retry_after;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_error(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelErrorSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
