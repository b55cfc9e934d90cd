#include "scan/scripts.h"

#include <doctest/doctest.h>

#include "scan/answer_words.h"

namespace pl::scan {

TEST_CASE("scripts of a page: its own, once each, as absolute paths") {
  const auto scripts = scripts_of(
      "<script src=\"/app.js\"></script><script src='lib/x.js' defer></script><script>inline()</script>"
      "<script src=https://cdn.example/y.js></script><script type=module src=./m.js></script><script src=\"/app.js\">");
  CHECK(scripts == std::vector<std::string>{"/app.js", "/lib/x.js", "/m.js"});
}

TEST_CASE("text that becomes markup is found; constants, readings and dense text are not") {
  const auto bad = read_script("/app.js",
                               "const a = 1;\n  bubble.innerHTML = answer += data.text;\n"
                               "x.insertAdjacentHTML('beforeend', text);\nlist.innerHTML = `<li>${name}</li>`;\n"
                               "<div dangerouslySetInnerHTML={{ __html: text }} />\n");
  REQUIRE(bad.places.size() == 4);
  CHECK(bad.places[0] == "line 2: bubble.innerHTML = answer += data.text;");
  CHECK_FALSE(bad.sanitizer);
  const auto good = read_script("/app.js",
                                "x.innerHTML = '';\nx.innerHTML = \"<b>fixed</b>\";\nif (x.innerHTML == y) z();\n"
                                "// x.innerHTML = text\nx.textContent = text;\nconst s = x.innerHTML;\n");
  CHECK(good.places.empty());
  const auto dense = read_script("/lib.js", std::string(2000, ' ') + ";" + std::string(2000, 'a') + ".innerHTML=b;");
  CHECK(dense.minified);
  CHECK(dense.places.empty());
  CHECK(read_script("/a.js", "x.innerHTML = DOMPurify.sanitize(text);").sanitizer);
}

TEST_CASE("an answer is described without the values of its cookies, and internals only where it failed") {
  Asked asked;
  asked.head.status = 200;
  asked.head.headers = {{"Content-Type", "Text/HTML; charset=utf-8"},
                        {"X-Frame-Options", "DENY"},
                        {"Set-Cookie", "sid=top-secret; Path=/; HttpOnly"},
                        {"X-Other", "1"}};
  asked.body = "connect ECONNREFUSED 127.0.0.1:5432";
  const auto good = describe(asked);
  CHECK(good.media == "text/html");
  CHECK(good.cookies == std::vector<std::string>{"sid; Path=/; HttpOnly"});
  CHECK(good.headers.size() == 1);
  CHECK(good.internals.empty());
  asked.head.status = 500;
  CHECK(describe(asked).internals == "an address of the inside");
}

}  // namespace pl::scan
