#include <fmt/format.h>

#include "proxy/faults/model_for_test.h"

using namespace pl;
using namespace pl::proxy;

namespace {

/// The first events of a stream, with comments and pings before the last of them.
std::string_view first(std::string_view stream, std::size_t blocks) {
  std::size_t at = 0;
  const std::string_view end = stream.find('\r') == stream.npos ? "\n\n" : "\r\n\r\n";
  for (; blocks > 0; --blocks) at = stream.find(end, at) + end.size();
  return stream.substr(0, at);
}

struct Streaming {
  std::string_view path, request, events;
};
constexpr Streaming kStreams[] = {
    {kChatPath, kChatStream, kChatEvents},
    {kResponsesPath, kResponsesStream, kResponsesEvents},
    {kMessagesPath, kMessagesStream, kMessagesEvents},
};

}  // namespace

TEST_CASE("model_slow_start: the body waits, and the head with it where that is wanted") {
  ModelDialogue one("model_slow_start", R"({"ms": 50})");
  CHECK(one.ask(kChatPath, kChatStream));
  one.stream(kChatEvents);
  one.until(49 * kMs);
  CHECK(one.head().status == 200);
  CHECK(one.body().empty());
  one.until(50 * kMs);
  CHECK(one.body() == kChatEvents);
  CHECK(one.whole());
  ModelDialogue other("model_slow_start", R"({"ms": 50, "head": 1})");
  CHECK(other.ask(kEmbeddingsPath, kEmbeddings));
  other.answer("application/json", "{}");
  other.until(49 * kMs);
  CHECK(other.head().status == 0);
  other.until(50 * kMs);
  CHECK(other.body() == "{}");
  CHECK(other.measure.added.count() == 1);
}

TEST_CASE("model_slow_tokens: a pause before each event but the first; comments need none") {
  ModelDialogue one("model_slow_tokens", R"({"ms": 10})");
  CHECK(one.ask(kChatPath, kChatStream));
  one.stream(kChatEvents);
  one.until(5 * kMs);
  CHECK(one.body() == first(kChatEvents, 1));
  one.until(15 * kMs);
  CHECK(one.body() == first(kChatEvents, 3));
  one.until(39 * kMs);
  CHECK(one.body() == first(kChatEvents, 5));
  CHECK(!one.whole());
  one.until(40 * kMs);
  CHECK(one.body() == kChatEvents);
  CHECK(one.whole());
}

TEST_CASE("model_stall: nothing after some events, or only signs of life") {
  for (const Streaming& row : kStreams) {
    ModelDialogue silent("model_stall", R"({"events": 1})");
    CHECK(silent.ask(row.path, row.request));
    silent.stream(row.events);
    silent.until(3600 * kSec);
    CHECK(silent.body() == first(row.events, 1));
    CHECK(!silent.whole());
    CHECK(!silent.ended());
  }
  ModelDialogue none("model_stall", R"({"events": 0, "keep_alive": 1000})");
  CHECK(none.ask(kChatPath, kChatStream));
  none.stream(kChatEvents);
  none.until(2500 * kMs);
  CHECK(none.body() == ": keep-alive\n\n: keep-alive\n\n");
  ModelDialogue pings("model_stall", R"({"events": 1, "keep_alive": 1000})");
  CHECK(pings.ask(kMessagesPath, kMessagesStream));
  pings.stream(kMessagesEvents);
  pings.until(1500 * kMs);
  CHECK(pings.body() == std::string(first(kMessagesEvents, 1)) + "event: ping\ndata: {\"type\": \"ping\"}\n\n");
  CHECK(!pings.ended());
}

TEST_CASE("model_cut: the end of the connection behind some events") {
  for (const Streaming& row : kStreams) {
    ModelDialogue one("model_cut", R"({"events": 2})");
    CHECK(one.ask(row.path, row.request));
    one.stream(row.events);
    CHECK(one.body() == first(row.events, row.path == kMessagesPath ? 3 : 2));
    CHECK(!one.whole());
    CHECK(one.ended());
  }
  ModelDialogue none("model_cut", R"({"events": 0})");
  CHECK(none.ask(kChatPath, kChatStream));
  none.stream(kChatEvents);
  CHECK(none.head().status == 200);
  CHECK(none.body().empty());
  CHECK(none.ended());
}

TEST_CASE("model_no_end: in order, but without the last event") {
  for (const Streaming& row : kStreams) {
    ModelDialogue one("model_no_end");
    CHECK(one.ask(row.path, row.request));
    one.stream(row.events);
    CHECK(one.body() == first(row.events, row.path == kResponsesPath ? 3 : row.path == kChatPath ? 5 : 4));
    CHECK(one.whole());
    CHECK(!one.ended());
  }
}

TEST_CASE("model_malformed: one event, or the whole document, is no JSON") {
  ModelDialogue one("model_malformed", R"({"event": 2})");
  CHECK(one.ask(kChatPath, kChatStream));
  one.stream(kChatEvents);
  CHECK(one.events().at(0).is_object());
  CHECK(one.events().at(1).as_string() == R"({"choices":[{"delta":{"content":"a" ,"finish_reason":null   )");
  CHECK(one.events().at(2).is_object());
  CHECK(one.body().size() == kChatEvents.size());
  CHECK(one.ask(kMessagesPath, kMessages));
  one.answer("application/json", R"({"content":[]})", 3);
  CHECK(one.body() == R"({"content":[  )");
  CHECK(one.whole());
  CHECK(one.measure.acted == 2);
}

TEST_CASE("model_usage: its numbers are multiplied, and nothing else is touched") {
  ModelDialogue one("model_usage", R"({"factor": -2})");
  CHECK(one.ask(kEmbeddingsPath, kEmbeddings));
  one.answer("application/json",
             R"({"data":[0.00230642551, 1], "say": "\"usage\":{1}", "usage" : {"a":12,"b":{"c":1.5,)"
             R"("d":"9"},"e":null,"f":[3]}, "n":4})");
  CHECK(one.body() == R"({"data":[0.00230642551, 1], "say": "\"usage\":{1}", "usage" : {"a":-24,"b":{"c":-3,"d":"9"},)"
                      R"("e":null,"f":[-6]}, "n":4})");
  CHECK(one.ask(kChatPath, kChatStream));
  one.stream(kChatEvents);
  CHECK(one.events().at(3)["usage"]["total_tokens"].as_int() == -14);
  CHECK(one.ask(kMessagesPath, kMessagesStream));
  one.stream(kMessagesEvents);
  CHECK(one.events().at(0)["message"]["usage"]["input_tokens"].as_int() == -6);
  CHECK(one.ask(kChatPath, kChat));
  one.answer("application/json", R"({"usage":{"a":1e999,"b":123456789012345678901,"c)");
  CHECK(one.body() == R"({"usage":{"a":1e999,"b":-9000000000000000,"c)");
  // What a tool is called with may have the name too.
  constexpr std::string_view kTool = R"({"content":[{"type":"tool_use","input":{"usage":{"kwh":3}}}],"usage":{"n":1}})";
  CHECK(one.ask(kChatPath, kChat));
  one.answer("application/json", kTool);
  CHECK(one.body() == R"({"content":[{"type":"tool_use","input":{"usage":{"kwh":3}}}],"usage":{"n":-2}})");
}

TEST_CASE("model_endless: the last text again and again, then the rest of the stream") {
  for (const Streaming& row : kStreams) {
    ModelDialogue one("model_endless", R"({"pause": 10, "most": 3})");
    CHECK(one.ask(row.path, row.request));
    one.stream(row.events);
    const std::size_t before = row.path == kChatPath ? 4 : row.path == kResponsesPath ? 2 : 3;
    const std::string_view begin = first(row.events, before);
    const std::string_view last = begin.substr(first(row.events, before - 1).size());
    one.until(25 * kMs);
    CHECK(one.body() == std::string(begin) + std::string(last) + std::string(last));
    one.until(30 * kMs);
    const std::string_view rest = row.events.substr(begin.size());
    CHECK(one.body() ==
          std::string(begin) + std::string(last) + std::string(last) + std::string(last) + std::string(rest));
    CHECK(one.whole());
  }
  ModelDialogue empty("model_endless");
  CHECK(empty.ask(kChatPath, kChatStream));
  empty.stream("data: [DONE]\n\n");
  CHECK(empty.body() == "data: [DONE]\n\n");
  CHECK(empty.whole());
}

TEST_CASE("faults on a model's stream: silent where nothing is streamed") {
  for (const std::string_view fault :
       {"model_slow_tokens", "model_stall", "model_cut", "model_no_end", "model_endless"}) {
    ModelDialogue one(fault);
    CHECK(one.ask(kChatPath, kChat));
    one.answer("application/json", "{}");
    CHECK(one.ask(kEmbeddingsPath, R"({"model":"m","input":"x","stream":true})"));
    one.answer("application/json", "{}");
    CHECK(one.body() == "{}");
    CHECK(one.whole());
    CHECK(one.measure.acted == 0);
    CHECK(one.ask(kChatPath, kChatStream));
    one.answer("application/json", R"({"error":{}})");
    CHECK(one.body() == R"({"error":{}})");
    CHECK(one.whole());
  }
}

TEST_CASE("event streams: the same events from any split") {
  for (const Streaming& row : kStreams) {
    for (std::size_t part = 1; part < row.events.size(); ++part) {
      ModelDialogue one("model_malformed");
      CHECK(one.ask(row.path, row.request));
      one.answer("Text/Event-Stream; charset=utf-8", row.events, part);
      CHECK(one.events().at(row.path == kMessagesPath ? 2 : 1).is_string());
      CHECK(one.body().size() == row.events.size());
      CHECK(one.whole());
    }
  }
}

TEST_CASE("event streams: what is none passes untouched") {
  const std::string long_line = "data: " + std::string(limits::kSseEventBytes, '}') + "\n\n";
  for (const std::string& stream : {std::string("data: {}\rdata: {}\r\r"), std::string("data: {"), long_line,
                                    std::string("\n\n\r\n:}\n\nevent: x\n\nid: }\n\n")}) {
    ModelDialogue one("model_malformed", R"({"event": 2})");
    CHECK(one.ask(kChatPath, kChatStream));
    one.answer("text/event-stream", stream + "data: {}\n\n", 100'000);
    CHECK(one.body() == stream + "data: {}\n\n");
    CHECK(one.whole());
  }
}

TEST_CASE("event streams: any bytes in any pieces leave nothing behind") {
  constexpr std::string_view kWords[] = {"\n", "\r\n",    "\r",     "data: ", ":",    "{\"usage\":{\"a\":1",
                                         "}",  "event: ", "[DONE]", "\"\\",   "-1e9", "{\"choices\":[",
                                         "]"};
  constexpr std::string_view kFaults[] = {"model_slow_tokens", "model_no_end", "model_malformed", "model_usage",
                                          "model_endless"};
  Rng rng(7);
  for (int round = 0; round < 300; ++round) {
    std::string stream;
    for (int i = 0; i < 60; ++i) stream += kWords[rng.below(std::size(kWords))];
    ModelDialogue one(kFaults[static_cast<std::size_t>(round) % std::size(kFaults)]);
    CHECK(one.ask(kChatPath, kChatStream));
    one.answer(round % 2 == 0 ? "text/event-stream" : "application/json", stream, 1 + rng.below(9));
    one.until(3600 * kSec);
    CHECK(one.whole());
    CHECK(one.waiting() == 0);
  }
}

TEST_CASE("faults of a model: one that is taken out in the middle of a stream lets it go on to its end") {
  for (const std::string_view fault : {"model_stall", "model_slow_tokens"}) {
    ModelDialogue one(fault);
    CHECK(one.ask(kChatPath, kChatStream));
    one.stream(kChatEvents);
    CHECK(!one.whole());
    one.remove();
    CHECK(one.whole());
  }
}

TEST_CASE("faults of a model: other times and counts reach a stream that is under way") {
  ModelDialogue tokens("model_slow_tokens", R"({"ms": 3600000})");
  CHECK(tokens.ask(kChatPath, kChatStream));
  tokens.stream(kChatEvents);
  tokens.until(kSec);
  CHECK(tokens.body() == first(kChatEvents, 1));
  tokens.change(R"({"ms": 2000})");
  CHECK(tokens.body() == first(kChatEvents, 1));
  tokens.until(2 * kSec);
  CHECK(tokens.body() == first(kChatEvents, 3));
  tokens.change(R"({"ms": 0})");
  CHECK(tokens.whole());

  ModelDialogue start("model_slow_start", R"({"ms": 3600000})");
  CHECK(start.ask(kChatPath, kChatStream));
  start.stream(kChatEvents);
  start.until(20 * kMs);
  start.change(R"({"ms": 10})");
  CHECK(start.whole());

  ModelDialogue cut("model_cut", R"({"events": 100})");
  CHECK(cut.ask(kChatPath, kChatStream));
  cut.answer("text/event-stream", std::string(first(kChatEvents, 1)) + "data: 1\n\ndata: 2", 16);
  cut.change(R"({"events": 1})");
  CHECK(!cut.ended());

  ModelDialogue endless("model_endless", R"({"pause": 1000, "most": 1000})");
  CHECK(endless.ask(kChatPath, kChatStream));
  endless.stream(kChatEvents);
  endless.until(10 * kSec);
  CHECK(!endless.whole());
  endless.change(R"({"pause": 1, "most": 5})");
  endless.until(10 * kSec + kMs);
  CHECK(endless.whole());
}

TEST_CASE("model_stall: goes on where it stood when more events are let through, and not one twice") {
  for (const Streaming& row : kStreams) {
    for (const std::string_view keep_alive : {"0", "1000"}) {
      const auto so_many = [&](int events) {
        return fmt::format(R"({{"events": {}, "keep_alive": {}}})", events, keep_alive);
      };
      ModelDialogue one("model_stall", so_many(2));
      CHECK(one.ask(row.path, row.request));
      one.stream(row.events);
      one.until(500 * kMs);
      const std::string before = one.body();
      CHECK(!before.empty());
      one.change(so_many(1));
      one.until(kSec - 1);
      CHECK(one.body() == before);
      one.change(so_many(1000));
      CHECK(one.whole());
      CHECK(one.body() == row.events);
    }
  }
  ModelDialogue speaks("model_stall", R"({"events": 1})");
  CHECK(speaks.ask(kChatPath, kChatStream));
  speaks.stream(kChatEvents);
  speaks.change(R"({"events": 1, "keep_alive": 1000})");
  speaks.until(kSec);
  CHECK(speaks.body() == std::string(first(kChatEvents, 1)) + ": keep-alive\n\n");
}

TEST_CASE("a stream that is encoded, though that was not asked for, passes as it came and is said to be opaque") {
  for (const std::string_view fault : {"model_cut", "model_malformed", "model_usage"}) {
    for (const std::string_view coding : {"gzip", "identity"}) {
      CAPTURE(fault);
      CAPTURE(coding);
      ModelDialogue one(fault);
      CHECK(one.ask(kChatPath, kChatStream));
      one.answer("text/event-stream", kChatEvents, std::string_view::npos, coding);
      CHECK((one.body() == kChatEvents) == (coding == "gzip"));
      CHECK(one.opaque() == (coding == "gzip"));
      CHECK(one.measure.acted == (coding == "gzip" ? 0 : 1));
    }
  }
}
