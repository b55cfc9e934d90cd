#include "scan/markup.h"

#include <doctest/doctest.h>

namespace pl::scan {
namespace {

Asked answer(const char* media, std::string body) {
  Asked asked;
  asked.head.status = 200;
  asked.head.headers = {{"Content-Type", media}};
  asked.body = std::move(body);
  return asked;
}

}  // namespace

TEST_CASE("markup of the model: raw in a page, escaped in a page, in JSON, in pieces in a stream, not at all") {
  const auto page = find_markup(answer("text/html; charset=utf-8", "<p><b data-pl=\"x1\">x1</b> hello</p>"), "x1");
  CHECK(page.form == "html");
  CHECK(page.raw);
  const auto escaped = find_markup(answer("text/html", "<p>&lt;b data-pl=&quot;x1&quot;&gt;x1&lt;/b&gt;</p>"), "x1");
  CHECK(escaped.form == "html");
  CHECK_FALSE(escaped.raw);
  const auto json = find_markup(answer("application/json", "{\"a\":[\"<b data-pl=\\\"x1\\\">x1</b>\"]}"), "x1");
  CHECK(json.form == "json");
  CHECK(json.raw);
  const auto stream = find_markup(
      answer("text/event-stream",
             "data: {\"id\":\"a\",\"t\":\"<b data-\"}\n\ndata: {\"id\":\"a\",\"t\":\"pl=\\\"x1\\\">x1</b>\"}\n\n"),
      "x1");
  CHECK(stream.form == "event stream");
  CHECK(stream.raw);
  CHECK(find_markup(answer("text/html", "you asked: pl-markup-x1"), "x1").form.empty());
}

}  // namespace pl::scan
