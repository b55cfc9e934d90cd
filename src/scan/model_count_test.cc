#include "scan/model_count.h"

#include <doctest/doctest.h>

#include "scan/answer_texts.h"

using namespace pl;

namespace {

scan::Asked answer(const char* media, std::string body) {
  scan::Asked asked;
  asked.head.status = 200;
  asked.head.headers = {{"Content-Type", media}};
  asked.body = std::move(body);
  return asked;
}

}  // namespace

TEST_CASE("what the model says that it was sent is found in a page, in JSON, and in pieces in a stream") {
  const auto page = scan::find_count(answer("text/html", "<p>pl-counted-a1 12 messages, no limit.</p>"), "a1");
  REQUIRE(page);
  CHECK(page->messages == 12);
  CHECK(page->limit == 0);
  const auto json =
      scan::find_count(answer("application/json", R"({"t":"pl-counted-a1 3 messages, limit 900."})"), "a1");
  REQUIRE(json);
  CHECK(json->limit == 900);
  const auto stream = scan::find_count(answer("text/event-stream",
                                              "data: {\"t\":\"pl-counted-\"}\n\ndata: {\"t\":\"a1 41 mess\"}\n\n"
                                              "data: {\"t\":\"ages, no limit.\"}\n\n"),
                                       "a1");
  REQUIRE(stream);
  CHECK(stream->messages == 41);
}

TEST_CASE("the question itself, another token and half an answer are not what the model says") {
  for (const char* text : {"you asked: pl-count-a1", "pl-counted-b2 3 messages, no limit.", "pl-counted-a1 3 mess",
                           "pl-counted-a1 3 messages, limit 9", "pl-counted-a1 x messages, no limit."}) {
    CAPTURE(text);
    CHECK_FALSE(scan::find_count(answer("text/plain", text), "a1"));
  }
}

TEST_CASE("values of an answer, by name: of JSON at any depth, of events the latest") {
  const auto json = scan::values_of(answer("application/json", R"({"data":{"chat":7,"ok":true},"title":"a"})"));
  REQUIRE(json.size() == 2);
  CHECK(json[0].first == "chat");
  CHECK(json[0].second.as_int() == 7);
  const auto events =
      scan::values_of(answer("text/event-stream", "data: {\"n\":1}\n\ndata: [DONE]\n\ndata: {\"n\":2}\n\n"));
  REQUIRE(events.size() == 1);
  CHECK(events[0].second.as_int() == 2);
}
