#include <doctest/doctest.h>

#include <algorithm>

#include "checks/checks.h"
#include "checks/security/access.h"
#include "checks/security/cookies.h"
#include "checks/security/exposure.h"
#include "checks/security/guessing.h"
#include "checks/security/headers.h"
#include "checks/security/internals.h"
#include "checks/security/model_limits.h"
#include "checks/security/model_markup.h"
#include "checks/security/plaintext.h"
#include "checks/security/secrets.h"

namespace pl::checks {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Server (0, the entry) and cache (1), with an edge between them and journey ask.
facts::Facts shop() {
  facts::Facts facts;
  for (const char* name : {"server", "cache"}) {
    facts::Component component;
    component.id = static_cast<std::int64_t>(facts.topology.components.size());
    component.name = name;
    component.roots = {10 + component.id};
    component.listeners = {{"127.0.0.1", component.id == 0 ? 3000 : 6379}};
    facts.topology.components.push_back(component);
    facts.started.push_back({20 + component.id, 0, {10 + component.id, 1, "/bin/x", {"x"}, "/", 0, ""}});
  }
  facts.topology.entry = 0;
  facts::Edge edge;
  edge.from = 0;
  edge.to = 1;
  edge.name = "cache";
  edge.addresses = {"127.0.0.1"};
  edge.port = 6379;
  edge.protocol = "redis";
  edge.exchanges = 5;
  edge.evidence = {3};
  facts.topology.edges.push_back(edge);
  facts::Journey journey;
  journey.declared.name = "ask";
  facts.journeys.push_back(journey);
  facts.ready = facts::Seen<record::SubjectReady>{5, 5, {"127.0.0.1", 3000, kSec, 10}};
  return facts;
}

record::AnswerProbed& add_probe(facts::Facts& facts, const char* what, std::int64_t status, const char* media) {
  record::AnswerProbed probe;
  probe.what = what;
  probe.method = "GET";
  probe.target = "/";
  probe.status = status;
  probe.media = media;
  facts.probes.push_back({100 + static_cast<std::int64_t>(facts.probes.size()), 0, probe});
  return facts.probes.back().value;
}

Json strict() {
  return Json::object()
      .set("content-security-policy", "default-src 'self'; frame-ancestors 'none'")
      .set("x-content-type-options", "nosniff")
      .set("referrer-policy", "no-referrer");
}

}  // namespace

TEST_CASE("exposure: others on every interface, the entrance as a note, what nobody uses; loopback is silent") {
  facts::Facts facts = shop();
  CHECK(exposure(facts).empty());
  facts.topology.components[1].listeners = {{"0.0.0.0", 6379}};
  facts.topology.components[0].listeners = {{"::", 3000}, {"127.0.0.1", 9229}};
  const auto findings = exposure(facts);
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].check == "security.entrance");
  CHECK(findings[0].severity == facts::Severity::note);
  CHECK(findings[1].check == "security.undeclared_listener");
  CHECK(has(findings[1].title, "9229"));
  CHECK(findings[2].check == "security.exposure");
  CHECK(findings[2].severity == facts::Severity::warning);
  CHECK(findings[2].evidence == std::vector<std::int64_t>{21});
  facts.topology.components[1].provided = "redis";
  CHECK(exposure(facts).size() == 2);
}

TEST_CASE("plaintext: to another machine in clear; loopback, TLS and what cannot be told are silent") {
  facts::Facts facts = shop();
  CHECK(plaintext(facts).empty());
  facts.topology.edges[0].addresses = {"10.0.0.7"};
  REQUIRE(plaintext(facts).size() == 1);
  CHECK(has(plaintext(facts)[0].title, "cache leaves the machine in clear (redis, port 6379)"));
  for (const char* protocol : {"tls", "opaque", "", "postgres"}) {
    facts.topology.edges[0].protocol = protocol;
    CHECK(plaintext(facts).empty());
  }
  facts.topology.components[1].version = "15.18";
  facts.topology.edges[0].protocol = "postgres";
  CHECK(plaintext(facts).size() == 1);
}

TEST_CASE("headers: pages without them; strict pages, data and failures are silent") {
  facts::Facts facts = shop();
  add_probe(facts, "page", 200, "text/html").headers = strict();
  add_probe(facts, "step", 200, "application/json");
  add_probe(facts, "unknown path", 404, "text/html");
  CHECK(headers(facts).empty());
  add_probe(facts, "page", 200, "text/html");
  const auto findings = headers(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].title ==
        "1 of 2 pages are without Content-Security-Policy, X-Content-Type-Options: nosniff, frame-ancestors (or "
        "X-Frame-Options) and Referrer-Policy.");
  CHECK(findings[0].evidence == std::vector<std::int64_t>{103});
}

TEST_CASE("cookies: a session without HttpOnly and SameSite; protected ones, themes and tokens for forms are silent") {
  facts::Facts facts = shop();
  add_probe(facts, "step", 200, "application/json").cookies = {"sid; Path=/; HttpOnly; SameSite=Lax", "theme; Path=/",
                                                               "xsrf-token; Path=/"};
  CHECK(cookies(facts).empty());
  add_probe(facts, "step", 200, "text/html").cookies = {
      "user; expires=Fri, 28-Nov-2025 19:20:00 GMT; Max-Age=0; path=/", "sid; Expires=Thu, 01 Jan 1970 00:00:00 GMT"};
  CHECK(cookies(facts).empty());
  add_probe(facts, "step", 200, "application/json").cookies = {"sid; Path=/; Max-Age=60"};
  REQUIRE(cookies(facts).size() == 1);
  CHECK(cookies(facts)[0].title == "The session cookie `sid` is set without HttpOnly and SameSite.");
}

TEST_CASE("internals: in questions and in answers under faults; honest errors and good answers are silent") {
  facts::Facts facts = shop();
  add_probe(facts, "unknown path", 404, "text/html");
  record::Iteration good;
  good.status = 200;
  good.said = "connect ECONNREFUSED 10.0.0.1:1";
  facts.iterations.push_back({50, 0, good});
  record::Iteration honest;
  honest.status = 503;
  honest.said = "{\"error\":\"please try again\"}";
  facts.iterations.push_back({51, 0, honest});
  CHECK(internals(facts).empty());
  record::Iteration bad = honest;
  bad.status = 500;
  bad.said = "<pre>Error: x\n    at f (file:///srv/server.js:1:2)";
  facts.iterations.push_back({52, 0, bad});
  record::AnswerProbed& probe = add_probe(facts, "broken JSON", 400, "text/html");
  probe.internals = "a file path";
  probe.excerpt = "/srv/node_modules/x";
  const auto findings = internals(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].title == "Error answers show customers a file path and a stack trace (2 of 4 that failed).");
  CHECK(findings[0].evidence == std::vector<std::int64_t>{52, 101});
}

TEST_CASE("secrets: in a file, kept out of git, and confirmed by a connection; nothing found is silent") {
  facts::Facts facts = shop();
  facts.files.push_back({60, 0, {10, 1000, 0, false}});
  facts.credentials.push_back({70, 0, {10, 10, "127.0.0.1", 80, "authorization", "other", "zz"}});
  CHECK(secrets(facts).empty());
  facts.secrets.push_back({61, 0, {".env", 1, "value of KEY", "KEY", "h1", "ab", "tracked"}});
  facts.secrets.push_back({62, 0, {".env.local", 1, "value of KEY", "KEY", "h2", "cd", "not tracked"}});
  auto findings = secrets(facts);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].check == "security.secret");
  CHECK(findings[0].severity == facts::Severity::warning);
  CHECK(findings[0].evidence_class == facts::Evidence::from_files);
  CHECK(findings[1].severity == facts::Severity::note);
  facts.credentials.push_back({71, 0, {10, 10, "127.0.0.1", 80, "authorization", "h1", "ab"}});
  findings = secrets(facts);
  CHECK(findings[0].check == "security.secret_in_use");
  CHECK(findings[0].severity == facts::Severity::blocking);
  CHECK(findings[0].evidence == std::vector<std::int64_t>{61, 71});
}

TEST_CASE("markup of the model: proved in a page, suspected by scripts; escaped, sanitized or text is silent") {
  facts::Facts facts = shop();
  facts.markup.push_back({80, 0, {0, 1, "POST /ask", "html", false, "&lt;b"}});
  facts.markup.push_back({81, 0, {0, 1, "POST /ask", "json", true, "<b"}});
  facts.scripts.push_back({90, 0, {"/safe.js", 10, false, true, {"line 1: x.innerHTML = clean(y)"}}});
  facts.scripts.push_back({91, 0, {"/text.js", 10, false, false, {}}});
  CHECK(model_markup(facts).empty());
  facts.scripts.push_back({92, 0, {"/app.js", 10, false, false, {"line 2: x.innerHTML = y;"}}});
  auto findings = model_markup(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == facts::Severity::warning);
  CHECK(findings[0].evidence_class == facts::Evidence::from_files);
  CHECK(findings[0].evidence == std::vector<std::int64_t>{81, 92});
  facts.markup[0].value.raw = true;
  findings = model_markup(facts);
  CHECK(findings[0].severity == facts::Severity::blocking);
  CHECK(findings[0].evidence_class == facts::Evidence::measured);
}

TEST_CASE("the model's limits: answers without one, conversations sent whole; limits, and few turns, are silent") {
  facts::Facts facts = shop();
  record::ConsumptionProbed probe{.journey = 0, .step = 1, .target = "POST /ask", .limit = 1000, .turns = 12};
  probe.first_messages = 2;
  probe.messages = 21;
  facts.consumption.push_back({85, 0, probe});
  CHECK(model_limits(facts).empty());
  facts.consumption[0].value.limit = 0;
  auto findings = model_limits(facts);
  REQUIRE(findings.size() == 1);
  CHECK(has(findings[0].title, "POST /ask asks the model without a limit"));
  facts.consumption[0].value.turns = 24;
  facts.consumption[0].value.messages = 48;
  facts.consumption[0].value.grows = true;
  findings = model_limits(facts);
  REQUIRE(findings.size() == 2);
  CHECK(has(findings[1].title, "2 messages with the first one, 48 with the 24th"));
  CHECK(findings[1].evidence == std::vector<std::int64_t>{85});
  CHECK(findings[0].subject != findings[1].subject);
}

TEST_CASE("access: open steps and foreign data; refusals are silent") {
  facts::Facts facts = shop();
  facts.accesses.push_back({110, 0, {"no session", 0, 1, "GET /history", 200, {401}, false}});
  facts.accesses.push_back({111, 0, {"another user", 0, 1, "GET /notes/${id}", 200, {404}, false}});
  CHECK(access(facts).empty());
  facts.accesses[0].value.statuses = {200};
  facts.accesses[1].value.readable = true;
  const auto findings = access(facts);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].severity == facts::Severity::note);
  CHECK(findings[1].check == "security.foreign_data");
  CHECK(findings[1].severity == facts::Severity::warning);
}

TEST_CASE("guessing: twenty refusals alike; a limit, too few tries and redirections are silent") {
  facts::Facts facts = shop();
  record::AccessProbed probe{"wrong password", 0, 0, "POST /login", 200, std::vector<std::int64_t>(20, 403), false};
  facts.accesses.push_back({120, 0, probe});
  REQUIRE(guessing(facts).size() == 1);
  CHECK(has(guessing(facts)[0].title, "20 wrong passwords in a row were each answered with 403 by POST /login"));
  facts.accesses[0].value.statuses[15] = 429;
  CHECK(guessing(facts).empty());
  facts.accesses[0].value.statuses = {403, 403, 429};
  CHECK(guessing(facts).empty());
  facts.accesses[0].value.statuses = std::vector<std::int64_t>(20, 302);
  CHECK(guessing(facts).empty());
}

TEST_CASE("answers of security say what was tried, and are open without a finding") {
  const auto answer = [](const facts::Facts& facts, const char* about) {
    for (const facts::Answer& row : answers(facts)) {
      if (has(row.question, about)) return row;
    }
    return facts::Answer{};
  };
  facts::Facts facts = shop();
  CHECK(answer(facts, "network level").state == facts::Answer::State::inconclusive);
  CHECK(has(answer(facts, "application level").text, "`probe` was not made"));
  CHECK(has(answer(facts, "way of the model").text, "No journey reached"));
  add_probe(facts, "page", 200, "text/html");
  const facts::Answer bare = answer(facts, "application level");
  CHECK(bare.state == facts::Answer::State::answered);
  CHECK(has(bare.text, "Not everywhere: pages lack protective header fields. Not tried: reading what others wrote"));
  facts.probes[0].value.headers = strict();
  CHECK(has(answer(facts, "application level").text, "As far as tried: header fields of pages."));
  CHECK(answer(facts, "application level").state == facts::Answer::State::inconclusive);
  facts.markup.push_back({81, 0, {0, 1, "POST /ask", "json", true, "<b"}});
  CHECK(has(answer(facts, "way of the model").text, "As far as tried: markup"));
}

}  // namespace pl::checks
