#include "base/internals.h"

#include <doctest/doctest.h>

namespace pl {

TEST_CASE("stack traces, paths, database errors and debug pages are told apart") {
  const auto what = [](std::string_view text) {
    const auto found = find_internals(text);
    return found ? found->what : std::string_view();
  };
  CHECK(what("<pre>TypeError: x\n    at file:///srv/server.js:41:20\n    at next (router.js:1:2)") == "a stack trace");
  CHECK(what("SyntaxError: x<br> &nbsp; &nbsp;at JSON.parse (&lt;anonymous&gt;)") == "a stack trace");
  CHECK(what("Traceback (most recent call last):\n  File \"/srv/app.py\", line 3") == "a stack trace");
  CHECK(what("java.lang.Error\n\tat com.shop.Cart.add(Cart.java:41)") == "a stack trace");
  CHECK(what("{\"stack\":\"Error: x\\n    at f (/srv/a.js:1:2)\"}") == "a stack trace");
  CHECK(what("error: syntax error at or near \"'\"") == "a database's error text");
  CHECK(what("{\"error\":\"sorry, too many clients already\"}") == "a database's error text");
  CHECK(what("connect ECONNREFUSED 127.0.0.1:5432") == "an address of the inside");
  CHECK(what("cannot open /srv/shop/db.py:12") == "a file path");
}

TEST_CASE("an honest error answer shows nothing") {
  for (const char* text : {"", "{\"error\":\"something went wrong\"}", "<h1>Not Found</h1>", "Cannot GET /nothing",
                           "We are open at 10:30. Look at our pages, or at /home/page", "meet at noon\nat 12:30",
                           "Service unavailable, try again at 12:30", "/app/index.html", "come in /usr/share"}) {
    CHECK_FALSE(find_internals(text));
  }
}

TEST_CASE("the excerpt is one short line without a password") {
  const auto found =
      find_internals(std::string(500, 'x') + "connect ECONNREFUSED postgres://me:hush@db/x\n" + std::string(500, 'y'));
  REQUIRE(found);
  CHECK(found->excerpt.size() <= 200);
  CHECK(found->excerpt.find("hush") == std::string::npos);
  CHECK(found->excerpt.find('\n') == std::string::npos);
}

}  // namespace pl
