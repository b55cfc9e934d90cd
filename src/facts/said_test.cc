#include "facts/said.h"

#include <doctest/doctest.h>

using pl::facts::said_text;

TEST_CASE("a page says its text, without head, style, script, comments and tags") {
  CHECK(
      said_text("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n"
                "<body>\n<pre>Error: no key &#39;K&#39; &lt;set it&gt;<br> &nbsp; &nbsp;at load (a.js)</pre>\n") ==
      "Error: no key 'K' <set it> at load (a.js)");
  CHECK(said_text(
            "  <p>one</p><STYLE>b { c }</STYLE><script>if (a < b) d();</script><!-- <p>no</p> -->two &amp; three") ==
        "one two & three");
  CHECK(said_text("<h1>Whitelabel Error Page</h1><p>status=500 &quot;x&quot; 1 < 2") ==
        "Whitelabel Error Page status=500 \"x\" 1 < 2");
}

TEST_CASE("a page whose beginning is all head says its title") {
  CHECK(said_text("<html><head><title>OperationalError\n   at /notes</title><style>h1 { ") ==
        "OperationalError at /notes");
  CHECK(said_text("<html><head><title>cut off").empty() == false);
  CHECK(said_text("<html><head><style>h1 {").empty());
  CHECK(said_text("<").empty() == false);
  CHECK(said_text("<!-- never closed").empty());
}

TEST_CASE("what is no page is its beginning, on one line and cut") {
  CHECK(said_text(" {\"error\":\n  \"no <b>key</b>\"}\n") == "{\"error\": \"no <b>key</b>\"}");
  CHECK(said_text("The key is missing.\n") == "The key is missing");
  CHECK(said_text("").empty());
  const std::string cut = said_text(std::string(400, 'x'));
  CHECK(cut.size() == 160);
  CHECK(cut.ends_with("x..."));
}
