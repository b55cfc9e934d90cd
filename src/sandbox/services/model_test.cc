#include "sandbox/services/model.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include "base/limits.h"
#include "base/rng.h"
#include "http/client.h"
#include "os/clock.h"
#include "sandbox/services/model_chat.h"
#include "sandbox/services/model_responses.h"
#include "sandbox/services/model_schema.h"
#include "sandbox/services/model_text.h"
#include "wire/sse.h"

using namespace pl;

namespace {

Json parsed(std::string_view text) { return *Json::parse(text); }

Json question(std::string_view text) {
  return Json::object()
      .set("model", "m")
      .set("messages", Json::array().push(Json::object().set("role", "user").set("content", text)));
}

}  // namespace

TEST_CASE("model: markup is answered to who asks for it, and to nobody else") {
  const auto asked = sandbox::answer_chat(question("tell me of pl-markup-x7k2, please"), 1);
  REQUIRE(asked);
  CHECK(asked->choices[0].text.starts_with("<b data-pl=\"x7k2\">x7k2</b> "));
  const auto plain = sandbox::answer_chat(question("tell me of markup"), 1);
  CHECK(plain->choices[0].text.find('<') == std::string::npos);
}

TEST_CASE("model: who asks is told how many messages came, and what limit is set on the answer") {
  Json asked = question("hello pl-count-x7k2");
  CHECK(sandbox::answer_chat(asked, 1)->choices[0].text == "pl-counted-x7k2 1 messages, no limit.");
  asked.set("max_completion_tokens", 500);
  CHECK(sandbox::answer_chat(asked, 1)->choices[0].text == "pl-counted-x7k2 1 messages, limit 500.");
  Json response = Json::object().set("model", "m").set("instructions", "be brief").set("input", "pl-count-a1");
  response.set("max_output_tokens", 90);
  CHECK(sandbox::answer_response(response, 1)->choices[0].text == "pl-counted-a1 2 messages, limit 90.");
}

TEST_CASE("model: the answer depends on seed and question alone, not on streaming") {
  const auto first = sandbox::answer_chat(question("bridges"), 1);
  Json streamed = question("bridges");
  streamed.set("stream", true).set("stream_options", Json::object().set("include_usage", true));
  CHECK(first->choices[0].text == sandbox::answer_chat(streamed, 1)->choices[0].text);
  CHECK(first->id == sandbox::answer_chat(streamed, 1)->id);
  CHECK(first->choices[0].text != sandbox::answer_chat(question("bridges"), 2)->choices[0].text);
  CHECK(first->choices[0].text != sandbox::answer_chat(question("rivers"), 1)->choices[0].text);
}

TEST_CASE("model: the pieces of a stream are the answer") {
  const auto answer = sandbox::answer_chat(question("a story"), 1);
  std::string text;
  const auto chunks = sandbox::chat_chunks(*answer, true);
  for (const Json& chunk : chunks) text += chunk["choices"].at(0)["delta"]["content"].as_string();
  CHECK(text == answer->choices[0].text);
  CHECK(chunks.back()["usage"]["completion_tokens"].as_int() == answer->completion_tokens());
  CHECK(chunks.back()["choices"].size() == 0);
  CHECK(chunks[chunks.size() - 2]["choices"].at(0)["finish_reason"].as_string() == "stop");
}

TEST_CASE("model: pieces never cut a character") {
  const std::string text = "g\xC3\xBCnstig\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC und \xF0\x9F\x98\x80";
  std::string joined;
  for (const std::string& piece : sandbox::token_pieces(text)) {
    CHECK((piece[0] & 0xC0) != 0x80);
    joined += piece;
  }
  CHECK(joined == text);
  CHECK(sandbox::token_pieces("").empty());
}

TEST_CASE("model: limits, stops and several choices") {
  Json request = question("x");
  request.set("max_tokens", 3).set("n", 2);
  const auto answer = sandbox::answer_chat(request, 1);
  REQUIRE(answer->choices.size() == 2);
  CHECK(answer->choices[0].finish_reason == "length");
  CHECK(answer->completion_tokens() == 6);
  Json stopped = question("x");
  stopped.set("stop", ".");
  CHECK(sandbox::answer_chat(stopped, 1)->choices[0].text.find('.') == std::string::npos);
}

TEST_CASE("model: values that a schema allows") {
  const Json schema = parsed(R"({"type":"object","required":["a","b","c","d","self"],"properties":{
    "a":{"type":["null","integer"],"minimum":5,"maximum":9},"b":{"type":"string","minLength":40,"maxLength":44},
    "c":{"type":"array","items":{"$ref":"#/$defs/kind"},"minItems":3,"maxItems":3},
    "d":{"type":"number","exclusiveMinimum":0,"maximum":1},"self":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},
    "$defs":{"kind":{"enum":["x","y"]}}})");
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    const Json value = sandbox::value_for_schema(schema, rng);
    CHECK((value["a"].as_int() >= 5 && value["a"].as_int() <= 9));
    CHECK((value["b"].as_string().size() >= 40 && value["b"].as_string().size() <= 44));
    CHECK(value["c"].size() == 3);
    CHECK((value["c"].at(0).as_string() == "x" || value["c"].at(0).as_string() == "y"));
    CHECK((value["d"].as_double() > 0 && value["d"].as_double() <= 1));
    Rng again(seed);
    CHECK(sandbox::value_for_schema(schema, again) == value);
  }
}

TEST_CASE("model: hostile schemas end") {
  for (const char* text : {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"anyOf":[{"$ref":"#"}]})",
                           R"({"type":"array","minItems":1000000000,"items":{"type":"integer","multipleOf":-3}})",
                           R"({"type":"integer","minimum":1e300,"maximum":-1e300})", R"({"type":7,"enum":[]})",
                           R"({"type":"string","minLength":-5,"maxLength":-7})", "true", "[]", "3"}) {
    Rng rng(1);
    sandbox::value_for_schema(parsed(text), rng);
  }
  // Twelve levels of two each: 4,096 values at the most.
  Rng rng(1);
  const Json tree =
      parsed(R"({"type":"object","required":["l","r"],"properties":{"l":{"$ref":"#"},"r":{"$ref":"#"}}})");
  CHECK(sandbox::value_for_schema(tree, rng).dump().size() < 1 << 20);
}

TEST_CASE("model: random requests never break it") {
  Rng rng(5);
  const std::string whole =
      R"({"model":"m","n":2,"max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"weather"}]}],)"
      R"("tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}}],"stop":["a"],)"
      R"("tool_choice":{"function":{"name":"get_weather"}},"input":[{"role":"user","content":"x"}]})";
  for (int round = 0; round < 2000; ++round) {
    std::string text = whole;
    for (int i = 0; i < 2; ++i) text[rng.below(text.size())] = whole[rng.below(whole.size())];
    const auto request = Json::parse(text);
    if (!request) continue;
    if (const auto answer = sandbox::answer_chat(*request, 1)) sandbox::chat_chunks(*answer, true);
    if (const auto answer = sandbox::answer_response(*request, 1)) sandbox::response_events(*answer);
  }
}

TEST_CASE("model: refusals in OpenAI's shape") {
  const auto refused = [](std::string_view text) { return sandbox::answer_chat(parsed(text), 1).error(); };
  CHECK(refused("[]").status == 400);
  CHECK(refused(R"({"messages":[]})").message == "you must provide a model parameter");
  CHECK(refused(R"({"model":"m"})").param == "messages");
  CHECK(refused(R"({"model":"m","messages":[{}]})").param == "messages[0].role");
  CHECK(refused(R"({"model":"m","messages":[{"role":"user"}],"n":99})").param == "n");
  CHECK(sandbox::error_body({400, "why", "", "code"}).dump() ==
        R"({"error":{"message":"why","type":"invalid_request_error","param":null,"code":"code"}})");
}

TEST_CASE("model: embeddings are unit vectors, close for words in common") {
  const auto dot = [](const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
  };
  const auto cat = sandbox::text_embedding("the cat sat here", 256, 1);
  CHECK(std::abs(dot(cat, cat) - 1) < 1e-5);
  CHECK(dot(cat, sandbox::text_embedding("The CAT sat there", 256, 1)) >
        dot(cat, sandbox::text_embedding("stock", 256, 1)));
  CHECK(std::abs(dot(sandbox::text_embedding("", 8, 1), sandbox::text_embedding("", 8, 1)) - 1) < 1e-5);
}

TEST_CASE("model: a stream comes at its pace over the wire") {
  const os::RealClock clock;
  const auto reactor = std::move(*os::Reactor::create(clock));
  sandbox::ModelServerOptions options;
  options.first_token = 100 * kMs;
  options.tokens_per_second = 200;
  options.jitter = 0;
  const auto server = std::move(*sandbox::ModelServer::create(*reactor, options));
  http::ClientConnection client(*reactor, server->endpoint());
  Ns first = 0, last = 0, begun = clock.now();
  int events = 0;
  wire::SseParser parser;
  Json request = question("a story");
  request.set("stream", true);
  client.send({"POST", "/v1/chat/completions", {}, request.dump()},
              {.on_body =
                   [&](std::string_view bytes, Ns at) {
                     if (first == 0) first = at;
                     while (parser.next(bytes) == wire::SseParser::Step::event) ++events;
                   },
               .on_end = [&](Ns at) { last = at; }});
  while (last == 0 && clock.now() < 20 * kSec) reactor->run_once(100 * kMs);
  REQUIRE(last != 0);
  CHECK(parser.event().data == "[DONE]");
  CHECK(first - begun >= 100 * kMs);
  // Never quicker than said; how much slower depends on the machine. [DONE] shares the last pause.
  CHECK(last - begun >= 100 * kMs + (events - 2) * 5 * kMs);
}
