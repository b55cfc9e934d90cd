#include "load/profile.h"

#include <doctest/doctest.h>

#include "load/answer.h"
#include "load/judge.h"

using namespace pl;
using load::AnswerSeen;

namespace {

AnswerSeen seen(int status, const char* media, std::string_view body) {
  return {status, media, load::features_of(media, body, false), false, false, false};
}

AnswerSeen json(std::string_view body, int status = 200) { return seen(status, "application/json", body); }

load::AnswerProfile learned(const AnswerSeen& answer, int count = 30) {
  load::ProfileLearner learner;
  for (int i = 0; i < count; ++i) learner.add(answer);
  return learner.learn().value();
}

load::Answer streamed(std::string_view body, Ns step = 10 * kMs) {
  load::Answer answer;
  wire::HttpHead head;
  head.status = 200;
  head.headers = {{"Content-Type", "text/event-stream; charset=utf-8"}};
  Ns at = 0;
  answer.on_head(head, at);
  for (const char c : body) {
    if (c == '\n') at += step;
    answer.on_body({&c, 1}, at);
  }
  answer.on_end(at + step);
  return answer;
}

}  // namespace

TEST_CASE("a profile needs thirty answers") {
  load::ProfileLearner learner;
  for (int i = 0; i < 29; ++i) learner.add(json("{}"));
  CHECK(!learner.learn());
  learner.add(json("{}"));
  CHECK(learner.learn());
}

TEST_CASE("the same answer with other values is the same") {
  const auto profile = learned(json(R"({"items":[{"id":1,"name":"a"},{"id":2,"name":"b"}],"total":2,"error":null})"));
  const auto like = load::compare(profile, json(R"({"items":[{"id":9,"name":"z"}],"total":1,"error":null})"));
  CHECK(like.match == 100);
  CHECK(like.same_kind);
  CHECK(!like.empty);
  CHECK(like.error_word.empty());
}

TEST_CASE("a success status with an error inside is noticed") {
  const auto profile = learned(json(R"({"answer":"fine","sources":["a"],"ok":true,"error":null})"));
  const auto like = load::compare(profile, json(R"({"error":"database is gone"})"));
  CHECK(like.match < 90);
  CHECK(like.error_word == "error");
  CHECK(!load::compare(profile,
                       json(R"({"answer":"Sorry, please try again later","sources":["a"],"ok":true,"error":null})"))
             .error_word.empty());
  CHECK(load::compare(profile, json(R"({"answer":"x","sources":["a"],"ok":false,"error":null})")).error_word ==
        "ok: false");
}

TEST_CASE("error words that steady answers have are no signs") {
  const auto profile = learned(json(R"({"error":"none","failed":3,"text":"0 errors, 3 failed"})"));
  CHECK(load::compare(profile, json(R"({"error":"none","failed":5,"text":"1 errors, 5 failed"})")).error_word.empty());
  CHECK(load::compare(profile, json(R"({"error":"none","failed":5,"text":"timeout"})")).error_word == "timeout");
}

TEST_CASE("an answer without its data is empty") {
  const auto profile = learned(json(R"({"results":[{"s":"v"}],"next":null})"));
  CHECK(load::compare(profile, json(R"({"results":[],"next":null})")).empty);
  CHECK(load::compare(profile, json(R"({})")).empty);
  CHECK(load::compare(profile, json("")).empty);
  CHECK(load::compare(profile, json(R"([])")).empty);
  CHECK(!load::compare(profile, json(R"({"results":[{"s":"w"}],"next":null})")).empty);
  CHECK(!load::compare(profile, json(R"({"error":"x"})", 500)).empty);
  const auto always_empty = learned(json(R"({"results":[]})"));
  CHECK(!load::compare(always_empty, json(R"({"results":[]})")).empty);
  const auto root = learned(json(R"([{"id":1}])"));
  CHECK(load::compare(root, json("[]")).empty);
}

TEST_CASE("pages are compared by their words") {
  const std::string page =
      "<html><style>p{margin:0}</style><h1>Welcome back</h1><p>Your latest orders and messages</p>"
      "<script>var error = 'failed';</script></html>";
  const auto profile = learned(seen(200, "text/html", page));
  CHECK(load::compare(profile, seen(200, "text/html", page)).match == 100);
  CHECK(load::compare(profile, seen(200, "text/html", page)).error_word.empty());
  const auto like = load::compare(profile, seen(200, "text/html", "<html><h1>Something went wrong</h1></html>"));
  CHECK(like.match < 90);
  CHECK(like.error_word == "went wrong");
  CHECK(!load::compare(profile, seen(200, "application/json", page)).same_kind);
}

TEST_CASE("styles and scripts are compared by status and type alone; long texts are read in part") {
  CHECK(load::features_of("text/css", ".error{color:red}", false).parts.empty());
  CHECK(load::features_of("text/css", ".error{color:red}", false).error_words.empty());
  std::string text(1 << 20, 'x');
  text += " failed";
  CHECK(load::features_of("text/plain", text, false).error_words.empty());
  CHECK(load::features_of("text/plain", "it failed", false).error_words.size() == 1);
}

TEST_CASE("401 means a lost session only where it is not usual") {
  CHECK(load::compare(learned(json("{\"a\":1}")), json("{}", 401)).session_lost);
  CHECK(!load::compare(learned(json("{}", 401)), json("{}", 401)).session_lost);
}

TEST_CASE("an answer too long to be kept whole is not compared with whole ones") {
  const auto profile = learned(json(R"({"items":[{"id":1}]})"));
  AnswerSeen longer = json("");
  longer.cut = true;
  CHECK(load::compare(profile, longer).match == 100);
  CHECK(!load::compare(profile, longer).empty);
}

TEST_CASE("the profile is that of most answers") {
  load::ProfileLearner learner;
  for (int i = 0; i < 90; ++i) learner.add(json(R"({"a":1})"));
  for (int i = 0; i < 10; ++i) learner.add(seen(500, "text/html", "error"));
  const auto profile = learner.learn().value();
  CHECK(profile.status == 200);
  CHECK(profile.stable_percent == 90);
  CHECK(profile.error_words.empty());
}

TEST_CASE("another answer that is usual has a profile of its own, errors have none unless they are declared as good") {
  load::ProfileLearner learner;
  for (int i = 0; i < 60; ++i) learner.add(json(R"({"id":1,"name":"x"})", 201));
  for (int i = 0; i < 20; ++i) learner.add(seen(204, "", ""));
  for (int i = 0; i < 20; ++i) learner.add(json(R"({"message":"none of that name"})", 404));
  const auto profile = learner.learn().value();
  CHECK(profile.usual_status(201));
  CHECK(profile.usual_status(204));
  CHECK(!profile.usual_status(404));
  CHECK(!load::compare(profile.of(204, ""), seen(204, "", "")).empty);
  CHECK(load::compare(profile.of(201, "application/json"), json("", 201)).empty);
  const int good[] = {201, 404};
  CHECK(learner.learn(good)->usual_status(404));
  CHECK(learner.learn(good)->of(404, "application/json").parts.contains("$.message"));
}

TEST_CASE("an envelope without what it carries, or with a status that says failure") {
  const auto profile = learned(json(R"({"code":0,"msg":"ok","data":{"name":"x"}})"));
  CHECK(load::compare(profile, json(R"({"code":1,"msg":"system busy","data":null})")).empty);
  CHECK(load::compare(profile, json(R"({"code":0,"msg":"ok","data":{"name":"x"}})")).error_word.empty());
  CHECK(load::compare(profile, json(R"({"code":500,"msg":"busy","data":{"name":"x"}})")).error_word == "code: 500");
  CHECK(load::compare(profile, json(R"({"code":0,"errcode":7,"data":{"name":"x"}})")).error_word == "errcode");
  const auto codes = learned(json(R"({"code":404,"text":"a page"})"));
  CHECK(load::compare(codes, json(R"({"code":404,"text":"a page"})")).error_word.empty());
}

TEST_CASE("a redirect that leads elsewhere is not the same answer") {
  const auto redirect = [](std::string_view location) {
    AnswerSeen answer = seen(302, "", "");
    load::add_location(answer.features, location);
    return answer;
  };
  const auto profile = learned(redirect("/notes/17"));
  CHECK(load::compare(profile, redirect("/notes/18")).match == 100);
  CHECK(load::compare(profile, redirect("http://127.0.0.1:3000/notes/19?saved=1#top")).match == 100);
  CHECK(load::compare(profile, redirect("/error")).match == 0);
}

TEST_CASE("a stream without the texts that flow through steady ones is empty") {
  const std::string begin = "data: {\"id\":\"x1\",\"delta\":\"\"}\n\n", end = "event: done\ndata: {\"chat\":7}\n\n";
  const auto piece = [](const std::string& text) { return "data: {\"id\":\"x1\",\"delta\":\"" + text + "\"}\n\n"; };
  const auto steady = load::seen_of(streamed(begin + piece("Once") + piece("upon") + piece("a time") + end));
  const auto profile = learned(steady);
  CHECK(load::compare(profile, load::seen_of(streamed(begin + end))).empty);
  CHECK(!load::compare(profile, steady).empty);
  // In one piece, or in another one: there is an answer.
  CHECK(!load::compare(profile, load::seen_of(streamed(begin + piece("No idea") + end))).empty);
  const auto words = learned(load::seen_of(streamed("data: Once\n\ndata: upon\n\ndata: [DONE]\n\n")));
  CHECK(load::compare(words, load::seen_of(streamed("data: [DONE]\n\n"))).empty);
  // By type: the names of the events change, and are no data.
  const std::string typed = "data: {\"type\":\"start\"}\n\n", delta = "data: {\"type\":\"delta\",\"text\":\"";
  const auto named = learned(load::seen_of(streamed(typed + delta + "a\"}\n\n" + delta + "b\"}\n\n")));
  CHECK(load::compare(named, load::seen_of(streamed(typed + "data: {\"type\":\"stop\"}\n\n"))).empty);
  // A stream whose events do not change has no such texts.
  CHECK(!load::compare(learned(load::seen_of(streamed(begin + end))), load::seen_of(streamed(end))).empty);
}

TEST_CASE("event streams: events, gaps, final event and explicit error") {
  const auto good = streamed("data: {\"delta\":\"a\"}\n\ndata: {\"delta\":\"b\"}\n\ndata: [DONE]\n\n");
  CHECK(good.stream());
  CHECK(good.events() == 3);
  CHECK(good.stream_done());
  CHECK(!good.stream_error());
  CHECK(good.longest_gap() == 20 * kMs);
  CHECK(good.features().parts.contains("$.delta"));
  const auto cut = streamed("data: {\"delta\":\"a\"}\n\n");
  CHECK(!cut.stream_done());
  CHECK(streamed("event: error\ndata: oh\n\n").stream_error());
  CHECK(streamed("data: {\"error\":{\"message\":\"gone\"}}\n\n").stream_error());
  CHECK(!streamed("data: {\"error\":null}\n\n").stream_error());

  const auto as_seen = [](const load::Answer& answer) {
    return AnswerSeen{
        200, answer.media(), answer.features(), answer.stream(), answer.stream_done(), answer.stream_error()};
  };
  const auto profile = learned(as_seen(good));
  CHECK(load::compare(profile, as_seen(cut)).unfinished);
  CHECK(!load::compare(profile, as_seen(good)).unfinished);
  CHECK(load::compare(profile, as_seen(streamed(""))).empty);
}

TEST_CASE("long answers are kept in part") {
  load::Answer answer;
  wire::HttpHead head;
  head.status = 200;
  head.headers = {{"Content-Type", "application/json"}};
  answer.on_head(head, 0);
  const std::string chunk(1 << 16, 'x');
  for (int i = 0; i < 100; ++i) answer.on_body(chunk, i);
  CHECK(answer.bytes() == 6553600);
  CHECK(answer.body().size() == 1 << 20);
  CHECK(answer.cut());
}
