#include "report/sample.h"

#include <algorithm>
#include <cmath>

#include "facts/fault_words.h"

namespace pl::report {
namespace {

using facts::Cell;
using facts::Criticality;
using facts::Outcome;

constexpr std::string_view kHostile =
    "</script></style><img src=x onerror=alert(1)>\"'&`|[x](javascript:alert(1))\x1b[31m\n\xff\xe2\x80\xae";

std::string said(bool hostile, std::string text) { return hostile ? text + std::string(kHostile) : text; }

facts::Component component(std::int64_t id, std::string name, std::string program, std::int64_t port) {
  facts::Component out;
  out.id = id;
  out.name = std::move(name);
  out.program = std::move(program);
  out.listeners = {{"127.0.0.1", port}};
  return out;
}

facts::Edge edge(std::int64_t id, std::int64_t to, std::string name, std::string protocol, std::int64_t per_second,
                 Ns latency) {
  facts::Edge out;
  out.id = id;
  out.from = 0;
  out.to = to;
  out.name = std::move(name);
  out.protocol = std::move(protocol);
  out.addresses = {"127.0.0.1"};
  out.port = 5000 + id;
  out.provenance = facts::Provenance::proved;
  out.connects = 10;
  out.open = 10;
  out.requests = per_second * 160;
  out.exchanges = std::max<std::int64_t>(out.requests - 3, 0);
  out.bytes_up = 40'000 * per_second;
  out.bytes_down = 310'000 * per_second;
  for (std::int64_t second = 0; second < 160; ++second) out.requests_by_second[second] = per_second;
  out.latency.record(latency, 990);
  out.latency.record(latency * 6, 10);
  out.evidence = {12 + id, 30 + id};
  return out;
}

void add_topology(facts::Facts& facts, bool hostile) {
  auto& topology = facts.topology;
  topology.components = {component(0, said(hostile, "web"), "server.js", 3000),
                         component(1, "postgres 15.18", "postgres", 5001), component(2, "redis 7.0.15", "redis", 5002),
                         component(3, "api.openai.com", "model", 5003)};
  topology.components[0].argv = {"node", said(hostile, "server.js")};
  topology.components[0].entry = true;
  topology.components[1].provided = "postgres";
  topology.components[1].product = "PostgreSQL";
  topology.components[1].version = said(hostile, "15.18");
  topology.components[2].product = "Redis";
  topology.components[2].version = "7.0.15";
  topology.entry = 0;
  topology.edges = {edge(0, 1, "postgres", "postgres", 118, 4 * kMs), edge(1, 2, "redis", "redis", 48, 200 * kUs),
                    edge(2, 3, "api.openai.com", "http", 4, 410 * kMs), edge(3, 1, "postgres", "postgres", 0, kMs)};
  topology.edges[0].criticality = {{0, Criticality::hard}, {1, Criticality::hard}, {2, Criticality::hard}};
  topology.edges[1].criticality = {{0, Criticality::soft}, {1, Criticality::soft}, {2, Criticality::unused}};
  topology.edges[2].criticality = {{0, Criticality::hard}, {1, Criticality::unused}, {2, Criticality::unused}};
  topology.edges[3].from = -1;
  topology.edges[3].setup = true;
}

void add_journeys(facts::Facts& facts, bool hostile) {
  const std::vector<std::pair<std::string, std::string>> rows = {{said(hostile, "ask"), "POST /api/chat"},
                                                                 {"browse", "GET /"},
                                                                 {"search", "GET /search"},
                                                                 {"health", "GET /health"}};
  for (const auto& [name, step] : rows) {
    facts::Journey& journey = facts.journeys.emplace_back();
    journey.declared.id = static_cast<std::int64_t>(facts.journeys.size()) - 1;
    journey.declared.name = name;
    journey.declared.steps = {step};
    journey.declared.health = name == "health";
    journey.profile = record::AnswerProfiled{journey.declared.id, 40, 200, "application/json", 6, 100};
    journey.steady = {200, 200, 38 * kMs, 120 * kMs, 212 * kMs, 4.1, true, true, false};
    journey.uses = {0};
    journey.alone_measured = true;
  }
  facts.journeys[0].uses = {0, 1, 2};
}

Cell cell(std::int64_t journey, Outcome headline, Ns wait, Ns recovery) {
  Cell out;
  out.journey = journey;
  out.state = Cell::State::decided;
  out.headline = headline;
  if (headline != Outcome::unaffected) out.all.push_back({headline, 41, 60});
  if (headline > Outcome::errors) out.all.push_back({Outcome::errors, 7, 60});
  out.uses_target = headline != Outcome::unaffected;
  out.longest_wait = wait;
  out.recovery = recovery;
  out.trials = 1;
  out.evidence = {2041, 2042};
  if (headline == Outcome::hangs) out.wait_end = facts::WaitEnd::fault_removed;
  if (headline == Outcome::degraded) out.median_change = 204 * kMs;
  return out;
}

/// One experiment with its trial; the outcomes are those of the four journeys.
void add_experiment(facts::Facts& facts, std::string key, std::int64_t component, std::int64_t edge,
                    const std::vector<Outcome>& outcomes, Ns wait) {
  const Ns from = static_cast<Ns>(20 + 14 * facts.experiments.size()) * kSec;
  record::TrialEnded trial;
  trial.key = key;
  trial.form = "hold";
  trial.fault = facts::fault_of_key(key);
  if (trial.fault == "latency") trial.parameters.set("delay_ms", 200);
  trial.component = component;
  trial.edge = edge;
  trial.control_from = from - 5 * kSec;
  trial.fault_from = from;
  trial.fault_to = from + 5 * kSec;
  trial.watched_to = from + 8 * kSec;
  trial.requests_met = 590;
  trial.connections_met = 10;
  trial.achieved.set("connections", 10).set("added_p50_ns", 201 * kMs);
  facts.trials.push_back({2000 + static_cast<std::int64_t>(facts.trials.size()), trial.watched_to, trial});
  facts::Experiment& experiment = facts.experiments.emplace_back();
  experiment.key = std::move(key);
  experiment.fault = trial.fault;
  experiment.component = component;
  experiment.edge = edge;
  experiment.trials = {static_cast<std::int64_t>(facts.trials.size()) - 1};
  for (std::size_t journey = 0; journey < outcomes.size(); ++journey) {
    const Outcome outcome = outcomes[journey];
    const bool calm = outcome == Outcome::unaffected;
    experiment.cells.push_back(cell(static_cast<std::int64_t>(journey), outcome, calm ? 90 * kMs : wait,
                                    outcome == Outcome::no_recovery ? -1
                                    : calm                          ? 0
                                                                    : 2300 * kMs));
  }
}

void add_experiments(facts::Facts& facts, bool hostile) {
  using enum Outcome;
  add_experiment(facts, "chaos.postgres.silent", -1, 0, {hangs, hangs, hangs, misleading}, 10'200 * kMs);
  add_experiment(facts, "chaos.postgres.refuse", -1, 0, {errors, errors, errors, unaffected}, 8 * kMs);
  add_experiment(facts, "chaos.postgres.slow", -1, 0, {degraded, degraded, degraded, unaffected}, 431 * kMs);
  add_experiment(facts, "chaos.postgres.restart", 1, -1, {no_recovery, data_lost, errors, unaffected}, 3 * kSec);
  add_experiment(facts, "chaos.redis.silent", -1, 1, {unaffected, unaffected, unaffected, unaffected}, 0);
  add_experiment(facts, "chaos.redis.refuse", -1, 1, {outage, fail_open, unaffected, unaffected}, 30 * kMs);
  add_experiment(facts, "chaos.openai.refuse", -1, 2, {graceful, unaffected, unaffected, unaffected}, 40 * kMs);
  add_experiment(facts, "chaos.web.freeze", 0, -1, {crash, crash, crash, crash}, 10'100 * kMs);
  add_experiment(facts, "chaos.openai.slow", -1, 2, {unaffected, unaffected, unaffected, unaffected}, 0);
  facts.experiments.back().cells[0].state = Cell::State::inconclusive;
  facts.experiments.back().cells[0].note = said(hostile, "pooled 7 of 180");
  add_experiment(facts, "chaos.openai.silent", -1, 2, {}, 0);
  facts.experiments.back().note = "no journey has a steady state";
  record::DrillEnded drill;
  drill.key = "chaos.web.terminate";
  drill.drill = "terminate";
  drill.component = 0;
  drill.drained = 1;
  drill.cut = 4;
  drill.result = "cut";
  drill.signal = 15;
  drill.exit_after = 4 * kMs;
  facts.drills.push_back({2900, 158 * kSec, drill});
  facts.left_out.push_back({2901, 158 * kSec, {"chaos.redis.freeze", said(hostile, "budget"), true}});
}

/// Ten iterations per second and journey; those in the first fault wait for its end.
void add_iterations(facts::Facts& facts, bool hostile) {
  for (std::int64_t i = 0; i < 4 * 10 * 145; ++i) {
    record::Iteration one;
    one.journey = i % 4;
    one.number = i;
    one.intended = 10 * kSec + i * 25 * kMs;
    const Ns usual = 30 * kMs + (i * 7919 % 40) * kMs + (i % 97 == 0 ? 150 * kMs : 0);
    one.done = one.intended + usual;
    one.status = 200;
    for (std::size_t t = 0; t < facts.trials.size(); ++t) {
      const record::TrialEnded& trial = facts.trials[t].value;
      if (one.intended < trial.fault_from || one.intended >= trial.fault_to) continue;
      if (t == 0 || t == 7) one.done = trial.fault_to + usual;
      if (t == 1) one.status = 500, one.done = one.intended + 8 * kMs;
      if (t == 2) one.done += 204 * kMs;
    }
    if (hostile) one.said = std::string(kHostile);
    facts.iterations.push_back({3000 + i, one.done, one});
  }
}

void add_run(facts::Facts& facts, bool hostile) {
  facts.run.version = "0.1.0";
  facts.run.subject = said(hostile, "playhouse");
  facts.run.argv = {"node", said(hostile, "server.js")};
  facts.run.wall_time = "2026-11-23T10:12:00Z";
  facts.run.seed = 7;
  facts.run.uid = 1000;
  facts.run.cores = 2;
  facts.run.kernel = "Linux 6.1.0";
  facts.run.repeat = "--seed 7 -- node server.js";
  facts.last = 161 * kSec;
  facts.sandbox = {{1, 0, {"user+pid+mount", {"no memory limits here"}}}};
  facts.end = {{9000, facts.last, {"complete", ""}}};
  facts.periods = {{40, 20 * kSec, {"steady", -1, 10 * kSec, 20 * kSec, 10}}};
  facts.generator = {{50, 11 * kSec, {10, 40, 300 * kUs, false}}, {51, 12 * kSec, {11, 40, 90 * kMs, true}}};
  facts.stalls = {{52, 30 * kSec, {29 * kSec, 29 * kSec + 80 * kMs, 0}}};
  facts.processor = {{53, 160 * kSec, {"relay", 0, 160 * kSec, 11 * kSec}}};
  facts.refused = {{54, 9 * kSec, {70, said(hostile, "node"), "93.184.216.34", 443, "tcp"}}};
  facts.not_intercepted = {{55, 9 * kSec, {70, "node", said(hostile, "UDP to 127.0.0.1:53")}}};
  facts.services = {{5, kSec, {"postgres", "PostgreSQL", "15.18", 60, "127.0.0.1", 5001}}};
  facts.stages = {{56, 20 * kSec, {"steady", 10 * kSec, ""}}, {57, 160 * kSec, {"chaos", 140 * kSec, ""}}};
}

facts::Finding finding(facts::Severity severity, facts::Checkpoint checkpoint, std::string title) {
  facts::Finding out;
  out.check = "chaos.outcome";
  out.checkpoint = checkpoint;
  out.subject = "postgres silent";
  out.severity = severity;
  out.title = std::move(title);
  out.why = "Nothing in the application limits how long it waits: waits ended when the fault ended.";
  out.remedy =
      "Set a time limit of about 2 s on queries and on the wait for a connection; answer 503 with Retry-After.";
  out.numbers = {{"longest wait", 10.2, "s", 180}, {"answers that waited", 61.2, "%", 180}};
  out.evidence = {2000, 2041, 2042};
  out.cells = {"chaos.postgres.silent"};
  out.command = "proofload repeat 2026-11-23-1 chaos.postgres.silent";
  out.fingerprint = "5f2c9a";
  return out;
}

void add_findings(verdict::Verdict& verdict, bool hostile) {
  using enum facts::Severity;
  using enum facts::Checkpoint;
  verdict.findings = {
      finding(blocking, chaos, said(hostile, "When the database stalls, every customer waits until it is back")),
      finding(blocking, operations, "A restart cuts answers: 4 of 5 requests in flight were lost"),
      finding(warning, architecture, "postgres 15.18 is a single point of failure for ask, browse and search"),
      finding(note, security, "node listens on all addresses")};
  verdict.findings[1].cells = {"chaos.web.terminate"};
  verdict.findings[1].subject = "web";
  verdict.findings[3].evidence_class = facts::Evidence::declared;
}

void add_verdict(verdict::Verdict& verdict, bool hostile) {
  using enum facts::Checkpoint;
  verdict.overall = verdict::Overall::not_ready;
  verdict.exit_code = 1;
  verdict.headline = "Not ready for customers";
  verdict.sentence =
      "When the database stalls, every customer waits until it is back. A restart loses 4 of 5 requests.";
  verdict.first = {"Give database and model calls a time limit", "Finish open answers before stopping",
                   said(hostile, "Answer 503 where the database is refused")};
  add_findings(verdict, hostile);
  using enum verdict::Outcome;
  verdict.checkpoints = {{architecture, pass, {2}, 0, 1, 5, "1 warning"},
                         {security, inconclusive, {3}, 0, 0, 1, "1 of 3 questions open"},
                         {chaos, fail, {0}, 6, 2, 9, "6 of 31 cells blocking"},
                         {data, not_run, {}, 0, 0, 0, "not run"},
                         {operations, fail, {1}, 1, 0, 2, "1 blocking"},
                         {vendor, not_run, {}, 0, 0, 0, "nothing declared"}};
  verdict.answers = {{architecture,
                      "Which are single points of failure?",
                      facts::Answer::State::answered,
                      said(hostile, "postgres 15.18 and web, for every journey."),
                      facts::Evidence::measured,
                      {2000}},
                     {chaos,
                      "Does it recover alone?",
                      facts::Answer::State::inconclusive,
                      "Two of three trials agree.",
                      facts::Evidence::measured,
                      {2003}},
                     {vendor,
                      "Who uses it at scale?",
                      facts::Answer::State::not_run,
                      "Nothing is declared.",
                      facts::Evidence::declared,
                      {}}};
  verdict.not_tested = {{"chaos.redis.freeze", said(hostile, "budget"), true},
                        {"several regions", "no second region is described", false}};
}

}  // namespace

Sample sample(bool hostile) {
  Sample out;
  add_run(out.facts, hostile);
  add_topology(out.facts, hostile);
  add_journeys(out.facts, hostile);
  add_experiments(out.facts, hostile);
  add_iterations(out.facts, hostile);
  add_verdict(out.verdict, hostile);
  out.inputs = {"7f3a90c2", "2026-11-23-1"};
  return out;
}

}  // namespace pl::report
