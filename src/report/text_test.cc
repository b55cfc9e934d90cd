#include "report/text.h"

#include <doctest/doctest.h>

using namespace pl;
using namespace pl::report;

TEST_CASE("times have fixed digits") {
  CHECK(duration(0) == "0");
  CHECK(duration(400 * kUs) == "0.40 ms");
  CHECK(duration(8'140 * kUs) == "8.1 ms");
  CHECK(duration(431 * kMs) == "431 ms");
  CHECK(duration(999'600 * kUs) == "1.0 s");
  CHECK(duration(161 * kSec) == "2 min 41 s");
  CHECK(duration(-3 * kMs) == "-3.0 ms");
  CHECK(change(118 * kMs) == "+118 ms");
}

TEST_CASE("numbers") {
  CHECK(count(20411) == "20,411");
  CHECK(count(-1234567) == "-1,234,567");
  CHECK(count(999) == "999");
  CHECK(number(10.2) == "10.2");
  CHECK(number(0.4) == "0.4");
  CHECK(number(1234.5) == "1,235");
  CHECK(bytes(1'500'000) == "1.5 MB");
  CHECK(bytes(12) == "12 B");
  CHECK(number_text({"x", 61.25, "%", 1}) == "61.2 % (1 sample)");
  CHECK(date("2026-11-23T10:12:00Z") == "23 November 2026, 10:12 UTC");
  CHECK(date("<yesterday>") == "<yesterday>");
}

TEST_CASE("hostile texts become harmless") {
  CHECK(clean("a\x1b[31m\r\n  b") == "a\xEF\xBF\xBD[31m b");
  CHECK(clean("\xff\xc0\xaf\xed\xa0\x80") ==
        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(clean("\xe2\x80\xae") == "\xEF\xBF\xBD");
  CHECK(clean("äöü", 2) == "äö…");
  CHECK(html_text("<a href='x'>&\"") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
  CHECK(md_code("a`b|c") == "`a'b\\|c`");
}

TEST_CASE("names in backquotes are code; a lone one is itself; what is inside stays escaped") {
  CHECK(html_said("customers of `ask` and `<b>` wait") ==
        "customers of <code>ask</code> and <code>&lt;b&gt;</code> wait");
  CHECK(html_said("5 o`clock <") == "5 o`clock &lt;");
  CHECK(html_said("") == "");
}

TEST_CASE("a line of a terminal keeps its columns and loses what would move the cursor") {
  CHECK(visible("a   b\x1b[2J\tc\xff") ==
        "a   b\xEF\xBF\xBD[2J\xEF\xBF\xBD"
        "c\xEF\xBF\xBD");
}

TEST_CASE("commands as people call them") {
  CHECK(short_command("/bin/sh -c ../../build/tools/node/bin/node server.js") == "node server.js");
  CHECK(short_command("node server.js --origin http://a/b --dir=/x/y") ==
        "node server.js --origin http://a/b --dir=/x/y");
  CHECK(short_command("exec /usr/bin/python3 ./app/main.py") == "python3 main.py");
  CHECK(short_command("") == "");
}

TEST_CASE("widths") {
  CHECK(points("äb") == 2);
  CHECK(padded("ä", 3) == "ä  ");
  CHECK(padded("abcdef", 4) == "abc…");
  CHECK(wrapped("one two three", 8, "  ") == "one two\n  three");
  CHECK(text_width("iii", 10) < text_width("mmm", 10));
  CHECK(text_width(fitted("a long name that does not fit", 60, 13), 13) <= 60);
}
