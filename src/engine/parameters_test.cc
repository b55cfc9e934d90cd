#include "engine/parameters.h"

#include <doctest/doctest.h>

#include "base/limits.h"

namespace pl::engine {
namespace {

std::string names_of(const conf::Step& step) {
  std::string out;
  for (const Parameter& one : parameters_of(step)) out += one.place + " " + one.name + "; ";
  return out;
}

}  // namespace

TEST_CASE("parameters: of the query and of parts of the path that are made of variables") {
  conf::Step step;
  step.path = "/api/chats/${id}/notes?q=milk&page=2&flag";
  CHECK(names_of(step) == "query q; query page; path segment 3; ");
  const auto all = parameters_of(step);
  CHECK(with_more(step, all[0], "X'q").path == "/api/chats/${id}/notes?q=milkX'q&page=2&flag");
  CHECK(with_more(step, all[1], "X").path == "/api/chats/${id}/notes?q=milk&page=2X&flag");
  CHECK(with_more(step, all[2], "X").path == "/api/chats/${id}X/notes?q=milk&page=2&flag");
  step.path = "/";
  CHECK(names_of(step).empty());
}

TEST_CASE("parameters: of a JSON body, at any depth, and of a form") {
  conf::Step step;
  step.path = "/api";
  step.body_kind = conf::Step::Body::json;
  step.json = *Json::parse(R"({"name": "a ${user}", "filter": {"ids": [1, 2]}, "on": true, "none": null})");
  CHECK(names_of(step) == "body name; body filter.ids.0; body filter.ids.1; ");
  const auto all = parameters_of(step);
  CHECK(with_more(step, all[0], "X").json["name"].as_string() == "a ${user}X");
  CHECK(with_more(step, all[2], "X").json.dump() ==
        Json::parse(R"({"name": "a ${user}", "filter": {"ids": [1, "2X"]}, "on": true, "none": null})")->dump());
  step.body_kind = conf::Step::Body::form;
  step.form = {{"a", "1"}, {"b", "2"}};
  CHECK(names_of(step) == "body a; body b; ");
  CHECK(with_more(step, parameters_of(step)[1], "X").form[1].second == "2X");
}

TEST_CASE("parameters: no more than the limit") {
  conf::Step step;
  step.path = "/?";
  for (int i = 0; i < 100; ++i) step.path += "a=1&";
  CHECK(parameters_of(step).size() == limits::kStepParameters);
}

}  // namespace pl::engine
