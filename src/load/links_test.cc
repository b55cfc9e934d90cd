#include "load/links.h"

#include <doctest/doctest.h>

#include "base/rng.h"

using namespace pl;
using load::Link;

TEST_CASE("links of a page") {
  const auto links = load::html_links(R"(<!-- <a href="/no"> --><A HREF='/a?x=1&amp;y=2'>a</a><a href=b.html>b</a>
    <form action="/search" method=GET><input name=q value="two words"><input type=submit name=go><select name=s></form>
    <form action="/buy" method="post"><input name=id></form>
    <script src="/app.js"></script><link rel="stylesheet" href="s.css"><link rel=icon href=i.png><img src="p.png">
    <a>none</a><a href="">empty</a><a href="/last)");
  REQUIRE(links.size() == 7);
  CHECK(links[0].url == "/a?x=1&y=2");
  CHECK(links[1].url == "b.html");
  CHECK(links[2].url == "/search?q=two%20words&s=a");
  CHECK(links[3].kind == Link::Kind::script);
  CHECK(links[4].url == "s.css");
  CHECK(links[5].url == "p.png");
  CHECK(links[6].url == "/last");
}

TEST_CASE("character references of an attribute are read as the characters they name") {
  const auto first = [](const std::string& href) { return load::html_links("<a href=\"" + href + "\">").at(0).url; };
  CHECK(first("/a&#x2F;b&#38;c&amp;d&#039;e") == "/a/b&c&d'e");
  CHECK(first("/&#x2713;&#233;&#x1F600;") == "/\xE2\x9C\x93\xC3\xA9\xF0\x9F\x98\x80");
  for (const char* none : {"/&#;", "/&#x;", "/&#xD800;", "/&#0;", "/&#1114112;", "/&#99999999999;", "/&#-5;", "/&#65",
                           "/&#x41 ;", "/&unknown;", "/&"}) {
    CHECK(first(none) == none);
  }
  const auto form = load::html_links("<form action=/s><input type=hidden name=utf8 value=\"&#x2713;\"></form>");
  CHECK(form.at(0).url == "/s?utf8=%E2%9C%93");
}

TEST_CASE("any bytes are read without harm") {
  Rng rng(1);
  const std::string_view alphabet = "<a href=\"/'>form!-- \n";
  for (int round = 0; round < 2000; ++round) {
    std::string html;
    for (int i = 0; i < 60; ++i) html += alphabet[rng.below(alphabet.size())];
    load::html_links(html);
    load::script_paths(html);
    load::resolve("/x/y", html, "h");
    load::template_of(html);
  }
}

TEST_CASE("references resolve within the origin only") {
  const auto at = [](const char* url) { return load::resolve("/a/b?x=1", url, "h:1").value_or("-"); };
  CHECK(at("c") == "/a/c");
  CHECK(at("../c") == "/c");
  CHECK(at("../../../c/./d/..") == "/c/");
  CHECK(at("/c?d=e#f") == "/c?d=e");
  CHECK(at("?z") == "/a/b?z");
  CHECK(at("http://h:1/k") == "/k");
  CHECK(at("http://h:1") == "/");
  CHECK(at("//H:1/k") == "/k");
  CHECK(at("http://h:2/k") == "-");
  CHECK(at("https://elsewhere/") == "-");
  CHECK(at("mailto:a@b") == "-");
  CHECK(at("javascript:void(0)") == "-");
  CHECK(at("#top") == "-");
  CHECK(at("a b") == "/a/a%20b");
  CHECK(load::resolve("/", "http://localhost:80/k", "127.0.0.1:80") == "/k");
  CHECK(load::resolve("/", "http://[::1]:80/k", "localhost:80") == "/k");
  CHECK(!load::resolve("/", "http://localhost:81/k", "127.0.0.1:80"));
  CHECK(!load::resolve("/", "http://localhost.example:80/k", "127.0.0.1:80"));
}

TEST_CASE("what would end the session or destroy is skipped") {
  for (const char* bad : {"/logout", "/users/sign-out", "/item/5/delete", "/x?action=remove", "/cart/removeAll"}) {
    CHECK(load::is_dangerous(bad));
  }
  for (const char* good : {"/", "/login", "/items/5", "/presets", "/outlook"}) CHECK(!load::is_dangerous(good));
}

TEST_CASE("identifiers fold into a template") {
  CHECK(load::template_of("/") == "/");
  CHECK(load::template_of("/items/12/edit") == "/items/{id}/edit");
  CHECK(load::template_of("/u/550e8400-e29b-41d4-a716-446655440000") == "/u/{id}");
  CHECK(load::template_of("/p?page=2&a=x") == "/p?a&page");
  CHECK(load::template_of("/v1/models") == "/v1/models");
  CHECK(load::template_of("/feedback") == "/feedback");
}

TEST_CASE("paths in scripts and documents") {
  const auto paths =
      load::script_paths(R"(fetch("/api/items"); x='/api/users?limit=5'; y=`/api/${id}`; "//x/y"; "/"; "/s.js")");
  CHECK(paths == std::vector<std::string>{"/api/items", "/api/users?limit=5"});
  const Json document =
      Json::parse(R"({"self":"http://h:1/a","items":[{"url":"/b"}],"text":"/not a path","t":"/x/{id}"})").value();
  CHECK(load::json_links(document) == std::vector<std::string>{"http://h:1/a", "/b"});
}
