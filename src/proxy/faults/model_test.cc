#include <utility>
#include <vector>

#include "proxy/faults/model_for_test.h"
#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

namespace {

std::string error_of(std::string_view fault, std::string_view parameters) {
  const auto values = read_values(**find_fault(fault), *Json::parse(parameters));
  return values ? "" : values.error().detail;
}

struct Asked {
  std::string_view path, body;
};
constexpr Asked kTexts[] = {{kChatPath, kChat},           {kChatPath, kChatStream},
                            {kResponsesPath, kResponses}, {kResponsesPath, kResponsesStream},
                            {kMessagesPath, kMessages},   {kMessagesPath, kMessagesStream}};

}  // namespace

TEST_CASE("model_error: each kind in the provider's own shape") {
  struct Kind {
    std::string_view name;
    int openai, anthropic;
    std::string_view code, type;
  };
  constexpr Kind kKinds[] = {
      {"rate_limited", 429, 429, "rate_limit_exceeded", "rate_limit_error"},
      {"overloaded", 503, 529, "", "overloaded_error"},
      {"server_error", 500, 500, "", "api_error"},
      {"unavailable", 503, 503, "service_unavailable", "api_error"},
      {"context_length", 400, 400, "context_length_exceeded", "invalid_request_error"},
      {"unauthorized", 401, 401, "invalid_api_key", "authentication_error"},
      {"quota", 429, 400, "insufficient_quota", "invalid_request_error"},
  };
  for (const Kind& kind : kKinds) {
    ModelDialogue one("model_error", Json::object().set("kind", kind.name).set("retry_after", 7).dump());
    const bool limited = kind.name == "rate_limited";
    for (const Asked& asked :
         {Asked{kChatPath, kChat}, {kResponsesPath, kResponsesStream}, {kEmbeddingsPath, kEmbeddings}}) {
      CHECK(!one.ask(asked.path, asked.body));
      CHECK(one.head().status == kind.openai);
      CHECK(one.json()["error"]["code"].as_string() == kind.code);
      CHECK(!one.json()["error"]["message"].as_string().empty());
      CHECK(one.head().value("Retry-After") == (limited ? "7" : ""));
      CHECK(one.head().value("x-ratelimit-remaining-requests") == (limited ? "0" : ""));
    }
    CHECK(!one.ask(kMessagesPath, kMessages));
    CHECK(one.head().status == kind.anthropic);
    CHECK(one.json()["type"].as_string() == "error");
    CHECK(one.json()["error"]["type"].as_string() == kind.type);
    CHECK(one.head().value("anthropic-ratelimit-requests-remaining") == (limited ? "0" : ""));
    CHECK(one.measure.acted == 4);
  }
}

TEST_CASE("faults of a model: silent on other models, other routes and what is no request to a model") {
  ModelDialogue one("model_error", R"({"model": "gpt-*o", "route": "chat"})");
  CHECK(!one.ask(kChatPath, kChat));
  CHECK(one.ask(kChatPath, R"({"model":"gpt-3","messages":[]})"));
  CHECK(one.ask(kChatPath, R"({"messages":[]})"));
  CHECK(one.ask(kResponsesPath, kResponses));
  CHECK(one.ask("/chat/completions/7", kChat));
  CHECK(one.measure.acted == 1);
  ModelDialogue any("model_error");
  CHECK(any.ask(kChatPath, "no JSON"));
  CHECK(any.ask(kChatPath, "[]"));
  CHECK(any.ask(kChatPath, ""));
  CHECK(any.ask(kChatPath, kChat, "PUT"));
  CHECK(any.ask("/v1/threads/t/messages", R"({"role":"user","content":"Hi"})"));
  CHECK(any.ask("/v1/models", kChat));
  CHECK(any.ask("/api/surveys/1/responses", R"({"survey":1,"answers":[2]})"));
  CHECK(any.ask("/api/sms/messages", R"({"to":"bob","messages":["hi"]})"));
  CHECK(any.ask("/words/embeddings", R"({"words":["a"]})"));
  CHECK(any.measure.acted == 0);
  // Azure tells the model by the path, too.
  ModelDialogue azure("model_error", R"({"model": "gpt-4*"})");
  CHECK_FALSE(azure.ask("/openai/deployments/gpt-4o/chat/completions?api-version=1", R"({"messages":[]})"));
  CHECK(azure.ask("/openai/deployments/o3/chat/completions", R"({"messages":[]})"));
}

TEST_CASE("faults of a model: parameters out of a list are refused with the list") {
  CHECK(error_of("model_error", R"({"route": "chats"})").find("chat, responses, embeddings, messages") !=
        std::string::npos);
  CHECK(!error_of("model_error", R"({"route": "chat, responses"})").empty());
  CHECK(!error_of("model_error", R"({"kind": ""})").empty());
  CHECK(!error_of("model_tool_call", R"({"kind": 1})").empty());
  CHECK(error_of("model_error", R"({"kind": "quota", "route": ""})").empty());
  CHECK(error_of("model_tool_call", R"({"kind": "malformed", "route": "messages"})").empty());
}

TEST_CASE("model_error: the whole of it on the wire, in pieces, the nth only") {
  Playbook().play(R"(
    0 fault model_error {"kind": "overloaded", "nth": 2}
    1 up POST /v1/messages HTTP/1.1\r\nContent-Length: 30\r\n\r\n{"messages":[],"max_tokens":9}
    1 > up POST /v1/messages HTTP/1.1\r\nContent-Length: 30\r\n\r\n{"messages":[],"max_tokens":9}
    2 down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}
    2 > down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}
    3 up POST /v1/messages HTTP/1.1\r\nContent-Length: 30\r\n\r\n{"messa
    4 up ges":[],"max_tokens":9}
    4 > down HTTP/1.1 529 Unknown\r\nContent-Type: application/json\r\nrequest-id: req_injected\r\nContent-Length: 103\r\n\r\n{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_injected"}
  )");
}

TEST_CASE("model_empty: no choices, output, content or vectors, streamed or not") {
  ModelDialogue one("model_empty");
  for (const Asked& asked : kTexts) CHECK(!one.ask(asked.path, asked.body));
  CHECK(one.events().at(0)["message"]["content"].size() == 0);
  CHECK(one.events().at(2)["type"].as_string() == "message_stop");
  CHECK(!one.ask(kChatPath, kChat));
  CHECK(one.json()["choices"].is_array());
  CHECK(one.json()["choices"].size() == 0);
  CHECK(!one.ask(kChatPath, kChatStream));
  CHECK(one.events().size() == 2);
  CHECK(one.events().at(0)["choices"].size() == 0);
  CHECK(one.events().at(1).as_string() == "[DONE]");
  CHECK(!one.ask(kResponsesPath, kResponses));
  CHECK(one.json()["output"] == Json::array());
  CHECK(!one.ask(kMessagesPath, kMessages));
  CHECK(one.json()["content"] == Json::array());
  CHECK(!one.ask(kEmbeddingsPath, kEmbeddings));
  CHECK(one.json()["data"] == Json::array());
}

TEST_CASE("model_refusal: in the provider's shape") {
  ModelDialogue one("model_refusal", R"({"text": "No."})");
  CHECK(!one.ask(kChatPath, kChat));
  CHECK(one.json()["model"].as_string() == "gpt-4o");
  CHECK(one.json()["choices"].at(0)["message"]["refusal"].as_string() == "No.");
  CHECK(one.json()["choices"].at(0)["message"]["content"].is_null());
  CHECK(!one.ask(kChatPath, kChatStream));
  CHECK(one.head().value("Content-Type") == "text/event-stream; charset=utf-8");
  CHECK(one.events().at(1)["choices"].at(0)["delta"]["refusal"].as_string() == "No.");
  CHECK(!one.ask(kResponsesPath, kResponsesStream));
  CHECK(one.events().at(4)["type"].as_string() == "response.refusal.delta");
  CHECK(one.events().at(4)["sequence_number"].as_int() == 4);
  CHECK(!one.ask(kResponsesPath, kResponses));
  CHECK(one.json()["output"].at(0)["content"].at(0)["refusal"].as_string() == "No.");
  CHECK(!one.ask(kMessagesPath, kMessages));
  CHECK(one.json()["stop_reason"].as_string() == "refusal");
  CHECK(one.ask(kEmbeddingsPath, kEmbeddings));
}

TEST_CASE("model_length: so many pieces of text, then the limit") {
  ModelDialogue one("model_length", R"({"events": 2})");
  CHECK(!one.ask(kChatPath, kChat));
  CHECK(one.json()["choices"].at(0)["finish_reason"].as_string() == "length");
  CHECK(one.json()["choices"].at(0)["message"]["content"].as_string() == "The answer ");
  CHECK(!one.ask(kChatPath, R"({"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}})"));
  CHECK(one.events().at(3)["choices"].at(0)["finish_reason"].as_string() == "length");
  CHECK(one.events().at(4)["usage"]["completion_tokens"].as_int() == 2);
  CHECK(one.events().at(5).as_string() == "[DONE]");
  CHECK(!one.ask(kResponsesPath, kResponsesStream));
  CHECK(one.events().at(9)["type"].as_string() == "response.incomplete");
  CHECK(one.events().at(9)["response"]["incomplete_details"]["reason"].as_string() == "max_output_tokens");
  CHECK(!one.ask(kMessagesPath, kMessagesStream));
  CHECK(one.events().at(5)["delta"]["stop_reason"].as_string() == "max_tokens");
  CHECK(one.ask(kEmbeddingsPath, kEmbeddings));
}

TEST_CASE("model_schema: JSON that parses, of another shape") {
  ModelDialogue one("model_schema");
  CHECK(!one.ask(kChatPath, kChat));
  CHECK(one.json()["choices"]["message"]["content"].as_int() == 42);
  CHECK(!one.ask(kChatPath, kChatStream));
  CHECK(one.events().at(1)["choices"]["delta"]["content"].as_int() == 42);
  CHECK(!one.ask(kResponsesPath, kResponses));
  CHECK(one.json()["output"].is_object());
  CHECK(!one.ask(kResponsesPath, kResponsesStream));
  CHECK(one.events().at(4)["delta"].as_int() == 42);
  CHECK(!one.ask(kEmbeddingsPath, kEmbeddings));
  CHECK(one.json()["data"].is_object());
  CHECK(!one.ask(kMessagesPath, kMessages));
  CHECK(one.json()["content"].as_int() == 42);
  CHECK(!one.ask(kMessagesPath, kMessagesStream));
  CHECK(one.events().at(2)["delta"]["text"].as_int() == 42);
}

TEST_CASE("model_tool_call: of a tool that was never offered, or with arguments that are no JSON") {
  constexpr std::string_view kNeverOffered = "a_tool_that_was_never_offered";
  ModelDialogue unknown("model_tool_call");
  ModelDialogue malformed("model_tool_call", R"({"kind": "malformed"})");
  constexpr std::string_view kWithTool =
      R"({"model":"m","messages":[],"tools":[{"type":"web_search","name":"c"},{"name":"b","function":{"name":"a"}}]})";
  CHECK(!unknown.ask(kChatPath, kWithTool));
  const Json call = unknown.json()["choices"].at(0)["message"]["tool_calls"].at(0);
  CHECK(call["function"]["name"].as_string() == kNeverOffered);
  CHECK(Json::parse(call["function"]["arguments"].as_string()).has_value());
  CHECK(!malformed.ask(kChatPath, kWithTool));
  const Json broken = malformed.json()["choices"].at(0)["message"]["tool_calls"].at(0);
  CHECK(broken["function"]["name"].as_string() == "a");
  CHECK(!Json::parse(broken["function"]["arguments"].as_string()).has_value());
  CHECK(!malformed.ask(kMessagesPath, kWithTool));
  CHECK(malformed.json()["content"].at(0)["name"].as_string() == "b");
  CHECK(malformed.json()["content"].at(0)["input"].is_string());
  CHECK(!unknown.ask(kMessagesPath, kMessagesStream));
  CHECK(unknown.events().at(2)["delta"]["partial_json"].as_string() == "{\"location\":");
  CHECK(!unknown.ask(kResponsesPath, kResponsesStream));
  CHECK(unknown.events().at(2)["item"]["name"].as_string() == kNeverOffered);
  CHECK(!unknown.ask(kResponsesPath, kResponses));
  CHECK(unknown.json()["output"].at(0)["type"].as_string() == "function_call");
  CHECK(!unknown.ask(kChatPath, kChatStream));
  CHECK(unknown.events().at(1)["choices"].at(0)["delta"]["tool_calls"].at(0)["index"].as_int() == 0);
  CHECK(unknown.ask(kEmbeddingsPath, kEmbeddings));
}
