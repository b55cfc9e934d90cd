#include "load/template.h"

#include <doctest/doctest.h>

#include "load/cookies.h"
#include "load/journey.h"
#include "load/json_path.h"
#include "load/schedule.h"

using namespace pl;
using load::Place;
using load::Template;

namespace {

const load::Variables kValues{{"n", "17"}, {"user", "3"}, {"x", "a b/\"&ä\r\n"}};

std::string rendered(std::string_view text, Place place) {
  return Template::parse(text).value().render(kValues, place);
}

conf::Journey one_step(conf::Step step) { return {"buy", 1, {std::move(step)}}; }

std::string error_of(conf::Journey journey) {
  const auto plan = load::compile(journey);
  return plan ? "" : plan.error().detail;
}

}  // namespace

TEST_CASE("templates write values as their place needs it") {
  CHECK(rendered("u${user}-${n}", Place::text) == "u3-17");
  CHECK(rendered("/a b?q=${x}", Place::path) == "/a%20b?q=a%20b%2F%22%26%C3%A4%0D%0A");
  CHECK(rendered("/50%25/${n}", Place::path) == "/50%25/17");
  CHECK(rendered("p q${x}", Place::form) == "p+qa+b%2F%22%26%C3%A4%0D%0A");
  CHECK(rendered("Bearer ${x}", Place::header) == "Bearer a b/\"&ä");
  CHECK(rendered("$${n} $n $", Place::text) == "${n} $n $");
  const Json document = Json::parse(R"({"text":"note ${n}","deep":[{"who":"${x}"}],"count":2})").value();
  const std::string json = Template::of_json(document).value().render(kValues, Place::json);
  const Json back = Json::parse(json).value();
  CHECK(back["text"].as_string() == "note 17");
  CHECK(back["deep"].at(0)["who"].as_string() == kValues.at("x"));
  CHECK(back["count"].as_int() == 2);
}

TEST_CASE("malformed templates are configuration errors") {
  for (const char* text : {"${", "a ${n", "${}", "${a b}"}) {
    const auto parsed = Template::parse(text);
    REQUIRE(!parsed);
    CHECK(parsed.error().code == Errc::config);
  }
}

TEST_CASE("JSON paths") {
  const Json document = Json::parse(R"({"a":{"b":[{"c":7},{"c":"x"}]},"k y":[true],"z":null})").value();
  const auto at = [&](const char* path) -> std::string {
    const Json* found = load::JsonPath::parse(path).value().find(document);
    return found == nullptr ? "-" : load::as_variable(*found).value_or("null");
  };
  CHECK(at("$.a.b[0].c") == "7");
  CHECK(at("$.a.b[1].c") == "x");
  CHECK(at("$['k y'][0]") == "true");
  CHECK(at("$.a.b[2].c") == "-");
  CHECK(at("$.a.nothing") == "-");
  CHECK(at("$.z") == "null");
  CHECK(at("$.a.b[0]") == R"({"c":7})");
  for (const char* bad : {"a.b", "$..a", "$.a[", "$.a[x]", "$a", "$.", "$.a[-1]"}) CHECK(!load::JsonPath::parse(bad));
}

TEST_CASE("cookies follow RFC 6265") {
  load::CookieJar jar;
  jar.set("sid=1; Path=/; HttpOnly; Secure", "/login");
  jar.set("deep = 2", "/a/b/c");
  jar.set("other=3; Path=/a", "/");
  CHECK(jar.header("/") == "sid=1");
  CHECK(jar.header("/a/b?x=1") == "deep=2; other=3; sid=1");
  CHECK(jar.header("/ab") == "sid=1");
  jar.set("sid=new; path=/", "/x");
  CHECK(jar.header("/x") == "sid=new");
  jar.set("sid=; Path=/; Max-Age=0", "/");
  jar.set("other=; Path=/a; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "/");
  CHECK(jar.header("/a/b") == "deep=2");
  jar.set("broken", "/");
  jar.set("=x", "/");
  CHECK(jar.header("/") == "");
}

TEST_CASE("a cookie is deleted by its lifetime, not by the hour or the day at which it ends") {
  for (const char* kept :
       {"Expires=Sat, 05 Dec 2026 19:40:31 GMT", "expires=Sat, 19 Dec 2026 01:00:00 GMT",
        "Expires=Sat, 05-Dec-26 19:40:31 GMT", "Expires=Saturday, 19-Dec-2026 19:19:19 GMT",
        "Expires=Sat Dec 19 19:00:00 2026", "Expires=soon", "Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Expires=Tue, 19 Jan 2038 03:14:07 GMT"}) {
    load::CookieJar jar;
    jar.set(std::string("sid=1; Path=/; ") + kept, "/");
    CHECK_MESSAGE(jar.header("/") == "sid=1", kept);
  }
  for (const char* gone : {"Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Thu, 01-Jan-70 00:00:00 GMT",
                           "Expires=Thu Jan  1 00:00:00 1970", "Max-Age=-1; Expires=Sat, 05 Dec 2026 19:40:31 GMT"}) {
    load::CookieJar jar;
    jar.set(std::string("sid=1; Path=/; ") + gone, "/");
    CHECK_MESSAGE(jar.empty(), gone);
  }
}

TEST_CASE("a journey is checked before anything is sent") {
  conf::Step step{"GET", "/x/${id}"};
  CHECK(error_of(one_step(step)).contains("journey \"buy\", step 1, get: ${id} is not known here"));
  step = {"POST", "/x", {{"Authorization", "Bearer ${token}"}}};
  CHECK(error_of(one_step(step)).contains("headers.Authorization"));
  step = {"POST", "/x"};
  step.capture = {{"id", "id"}};
  CHECK(error_of(one_step(step)).contains("capture.id"));
  step.capture = {{"id", "$.id"}};
  step.verify = conf::Verify{"/x/${id}", {}, "always"};
  CHECK(error_of(one_step(step)).contains("verify.contains"));
  step.verify->contains = "v${n}";
  CHECK(error_of(one_step(step)).empty());
  CHECK(error_of(one_step({"GET", "x"})).contains("is not a path"));
  CHECK(error_of({"none", 1, {}}).contains("no steps"));
  conf::Step later{"GET", "/x/${id}"};
  CHECK(error_of({"two", 1, {step, later}}).empty());
  CHECK(!error_of({"two", 1, {later, step}}).empty());
}

TEST_CASE("requests carry body, type and the usual headers") {
  conf::Step step{"POST", "/notes/${user}", {{"X-Key", "k${n}"}}};
  step.body_kind = conf::Step::Body::form;
  step.form = {{"a b", "x=${n}"}, {"c", "ü"}};
  const load::Request request = load::compile(one_step(step)).value().steps[0].request(kValues);
  CHECK(request.target == "/notes/3");
  CHECK(request.body == "a+b=x%3D17&c=%C3%BC");
  CHECK(*wire::find_header(request.headers, "content-type") == "application/x-www-form-urlencoded");
  CHECK(*wire::find_header(request.headers, "x-key") == "k17");
  CHECK(wire::find_header(request.headers, "accept") != nullptr);
}

TEST_CASE("health journeys are known by path or name") {
  const auto declared = [](const char* name, const char* path) {
    return load::compile({name, 1, {{"GET", path}}}).value().declared(0, false);
  };
  CHECK(declared("a", "/healthz").health);
  CHECK(declared("health", "/x").health);
  CHECK(declared("a", "/api/live").live);
  CHECK(!declared("a", "/api/health").live);
  CHECK(!declared("list", "/deliveries").health);
  CHECK(!declared("list", "/x?health=1").health);
}

TEST_CASE("departures are evenly spaced and do not drift") {
  load::Schedule schedule(2, 0.25);
  CHECK(!schedule.next());
  schedule.set_rate(0, 10, 0);
  schedule.set_rate(1, 3, 0);
  std::vector<Ns> first, second;
  for (Ns now = 0; now <= 100 * kSec; now += 7 * kMs) {
    while (const auto departure = schedule.take(now)) {
      CHECK(departure->intended <= now);
      (departure->journey == 0 ? first : second).push_back(departure->intended);
    }
  }
  CHECK(first.size() == 1000);
  CHECK(second.size() == 300);
  for (std::size_t i = 1; i < first.size(); ++i) CHECK(first[i] - first[i - 1] == 100 * kMs);
  CHECK(second.back() - second.front() == doctest::Approx(299.0 / 3 * 1e9).epsilon(1e-10));
}

TEST_CASE("a rate that stays keeps its spacing; a stopped journey sends nothing") {
  load::Schedule schedule(2, 0);
  schedule.set_rate(0, 10, 0);
  REQUIRE(schedule.take(0));
  schedule.set_rate(0, 10, 50 * kMs);
  schedule.set_rate(1, 5, 50 * kMs);
  CHECK(*schedule.next() == 100 * kMs);
  schedule.set_rate(0, 0, 60 * kMs);
  schedule.set_rate(1, 0, 60 * kMs);
  CHECK(!schedule.running());
  CHECK(!schedule.take(10 * kSec));
}
