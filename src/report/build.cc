#include "report/build.h"

#include <algorithm>

#include "facts/procedure.h"
#include "report/text.h"

namespace pl::report {
namespace {

std::string command_of(const std::vector<std::string>& argv) {
  std::string out;
  for (const std::string& word : argv) out += (out.empty() ? "" : " ") + word;
  return clean(out);
}

RunFacts run_facts(const facts::Facts& facts, const Inputs& inputs) {
  RunFacts run;
  run.version = clean(facts.run.version, 60);
  run.subject = clean(facts.run.subject, 120);
  run.command = command_of(facts.run.argv);
  run.wall_time = clean(facts.run.wall_time, 40);
  run.kernel = clean(facts.run.kernel, 120);
  run.repeat = clean(facts.run.repeat);
  run.isolation = facts.sandbox ? clean(facts.sandbox->value.isolation, 60) : "";
  run.how_ended = facts.end ? clean(facts.end->value.how, 60) : "cut short";
  run.end_detail = facts.end ? clean(facts.end->value.detail) : "";
  run.run_id = clean(inputs.run_id, 120);
  run.chain_head = clean(inputs.chain_head, 128);
  run.seed = facts.run.seed;
  run.uid = facts.run.uid;
  run.cores = facts.run.cores;
  run.budget = facts.run.budget;
  run.duration = facts.last;
  run.experiments = static_cast<std::int64_t>(facts.experiments.size() + facts.drills.size());
  run.trials = static_cast<std::int64_t>(facts.trials.size());
  run.left_out = static_cast<std::int64_t>(facts.left_out.size());
  return run;
}

std::string_view verdict_word(verdict::Outcome outcome) {
  constexpr std::string_view kWords[] = {"pass", "fail", "inconclusive", "not run"};
  return kWords[static_cast<int>(outcome)];
}

void build_verdict(const verdict::Verdict& verdict, Report& report) {
  constexpr std::string_view kOverall[] = {"ready", "not_ready", "not_measured", "interrupted"};
  constexpr Tone kTones[] = {Tone::good, Tone::bad, Tone::warn, Tone::none};
  report.overall = kOverall[static_cast<int>(verdict.overall)];
  report.tone = kTones[static_cast<int>(verdict.overall)];
  report.exit_code = verdict.exit_code;
  report.headline = clean(verdict.headline, 200);
  report.sentence = clean(verdict.sentence, 1000);
  for (const std::string& line : verdict.first) report.first.push_back(clean(line));
  for (const verdict::CheckpointVerdict& from : verdict.checkpoints) {
    CheckpointRow& row = report.checkpoints.emplace_back();
    row.name = facts::checkpoint_word(from.checkpoint);
    row.outcome = verdict_word(from.outcome);
    row.tone = tone_of(from.outcome);
    row.blocking = from.blocking;
    row.warnings = from.warnings;
    row.passed = from.passed;
    row.summary = clean(from.summary);
    const bool any = !from.findings.empty() && from.findings.front() < verdict.findings.size();
    if (any) row.point = clean(verdict.findings[from.findings.front()].title);
  }
}

facts::Finding cleaned(facts::Finding finding) {
  for (std::string* text : {&finding.check, &finding.subject, &finding.title, &finding.fingerprint}) {
    *text = clean(*text);
  }
  for (std::string* text : {&finding.why, &finding.remedy, &finding.command}) *text = clean(*text, 2000);
  for (facts::Number& number : finding.numbers) {
    number.name = clean(number.name, 120);
    number.unit = clean(number.unit, 20);
  }
  for (std::string& cell : finding.cells) cell = clean(cell);
  return finding;
}

void build_lists(const verdict::Verdict& verdict, Report& report) {
  for (const facts::Finding& finding : verdict.findings) report.findings.push_back(cleaned(finding));
  for (facts::Answer answer : verdict.answers) {
    answer.question = clean(answer.question);
    answer.text = clean(answer.text, 2000);
    report.answers.push_back(std::move(answer));
  }
  for (const verdict::NotTested& open : verdict.not_tested) {
    report.not_tested.push_back({clean(open.what), clean(open.why), open.required});
  }
}

double steady_rate(const facts::Facts& facts) {
  const auto* steady = facts::steady_period(facts);
  return steady == nullptr ? 0 : steady->value.rate;
}

void build_journeys(const facts::Facts& facts, Report& report) {
  for (const facts::Journey& from : facts.journeys) {
    JourneyRow& row = report.journeys.emplace_back();
    row.name = clean(from.declared.name, 80);
    for (const std::string& step : from.declared.steps) row.steps.push_back(clean(step, 200));
    row.crawled = from.declared.crawled;
    row.health = from.declared.health;
    row.verifies = from.declared.verifies;
    row.good = from.steady.good;
    row.why_no_cells = facts::no_steady_state(from.steady);
    row.latency_steady = from.steady.latency_steady;
    row.count = from.steady.count;
    row.success = from.steady.success;
    row.status = from.profile ? from.profile->status : 0;
    row.median = from.steady.median;
    row.p95 = from.steady.p95;
    row.p99 = from.steady.p99;
    row.spread_percent = from.steady.spread_percent;
    row.rate = steady_rate(facts);
    row.alone_measured = from.alone_measured;
    for (const std::int64_t edge : from.uses) {
      if (edge < 0 || edge >= static_cast<std::int64_t>(facts.topology.edges.size())) continue;
      row.uses.push_back(clean(facts.topology.edges[static_cast<std::size_t>(edge)].name, 80));
    }
  }
}

}  // namespace

Report build(const facts::Facts& facts, const verdict::Verdict& verdict, const Inputs& inputs) {
  Report report;
  report.run = run_facts(facts, inputs);
  build_verdict(verdict, report);
  build_lists(verdict, report);
  build_journeys(facts, report);
  build_graph(facts, report);
  build_experiments(facts, verdict, report);
  build_matrix(report);
  build_charts(facts, report);
  build_made(facts, report);
  return report;
}

}  // namespace pl::report
