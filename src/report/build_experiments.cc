#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "facts/fault_words.h"
#include "report/build.h"
#include "report/text.h"
#include "report/worst.h"

namespace pl::report {
namespace {

std::string journey_name(const facts::Facts& facts, std::int64_t journey) {
  if (journey < 0 || journey >= static_cast<std::int64_t>(facts.journeys.size())) return "?";
  return clean(facts.journeys[static_cast<std::size_t>(journey)].declared.name, 80);
}

const facts::Edge* edge_of(const facts::Facts& facts, std::int64_t edge) {
  if (edge < 0 || edge >= static_cast<std::int64_t>(facts.topology.edges.size())) return nullptr;
  return &facts.topology.edges[static_cast<std::size_t>(edge)];
}

std::string_view wait_end_text(facts::WaitEnd end) {
  constexpr std::string_view kTexts[] = {"", "the application", "the fault's end", "not seen to end"};
  return kTexts[static_cast<int>(end)];
}

CellRow cell_row(const facts::Facts& facts, const facts::Cell& from) {
  constexpr std::string_view kStates[] = {"decided", "inconclusive", "not run"};
  CellRow row;
  row.journey = journey_name(facts, from.journey);
  row.state = kStates[static_cast<int>(from.state)];
  row.outcome = row.state;
  if (from.state == facts::Cell::State::decided) {
    row.outcome = facts::outcome_row(from.headline).word;
    row.tone = tone_of(from.headline);
    row.blocks = facts::outcome_row(from.headline).blocks;
  }
  for (const facts::OutcomeCount& one : from.all) {
    row.all.push_back({std::string(facts::outcome_row(one.outcome).word), tone_of(one.outcome), one.count, one.of});
  }
  row.uses_target = from.uses_target;
  row.longest_wait = from.longest_wait;
  row.bound = from.bound;
  row.recovery = from.recovery;
  row.median_change = from.median_change;
  row.wait_end = wait_end_text(from.wait_end);
  row.trials = from.trials;
  row.note = clean(from.note);
  row.evidence = from.evidence;
  return row;
}

TrialRow trial_row(const facts::Seen<record::TrialEnded>& seen) {
  const record::TrialEnded& from = seen.value;
  TrialRow row;
  row.frame = seen.id;
  row.trial = from.trial;
  row.form = clean(from.form, 40);
  row.parameters = from.parameters;
  row.achieved = from.achieved;
  row.requested_text = members_text(from.parameters);
  row.achieved_text = effects_text(from.achieved);
  row.control_from = from.control_from;
  row.fault_from = from.fault_from;
  row.fault_to = from.fault_to;
  row.watched_to = from.watched_to;
  row.requests_met = from.requests_met;
  row.connections_met = from.connections_met;
  row.aborted = clean(from.aborted);
  row.note = clean(from.note);
  return row;
}

/// Worst of the cells; what is open ranks above unaffected, because it must never look passed.
const facts::Cell* worst_cell(const facts::Experiment& experiment) {
  const auto rank = [](const facts::Cell& cell) {
    if (cell.state == facts::Cell::State::inconclusive) return 2;
    if (cell.state == facts::Cell::State::not_run) return 1;
    return cell.headline == facts::Outcome::unaffected ? 0 : 2 + static_cast<int>(cell.headline);
  };
  const facts::Cell* worst = nullptr;
  for (const facts::Cell& cell : experiment.cells) {
    if (worst == nullptr || rank(cell) > rank(*worst))
      worst = &cell;
    else if (rank(cell) == rank(*worst) && cell.longest_wait > worst->longest_wait)
      worst = &cell;
  }
  return worst;
}

/// The one number of a matrix cell.
std::string figure_of(const facts::Experiment& experiment, const facts::Cell& cell) {
  using enum facts::Outcome;
  if (cell.state != facts::Cell::State::decided) return "";
  switch (cell.headline) {
    case unaffected:
      return std::ranges::any_of(experiment.cells, &facts::Cell::uses_target) ? "" : "no journey uses it";
    case degraded:
      return cell.median_change > 0 ? change(cell.median_change) : duration(cell.longest_wait);
    case hangs:
      return duration(cell.longest_wait) + (cell.wait_end == facts::WaitEnd::not_seen ? " +" : "");
    case no_recovery:
      return "not within the watch";
    case data_lost:
      return cell.all.empty() ? "" : count(cell.all.front().count);
    default:
      break;
  }
  if (cell.recovery > kSec) return "back after " + duration(cell.recovery);
  return cell.longest_wait > kSec ? duration(cell.longest_wait)
         : cell.all.empty()       ? ""
                                  : fmt::format("{} of {}", count(cell.all.front().count), count(cell.all.front().of));
}

std::string service_impact(const ExperimentRow& row) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_outcome;
  for (const CellRow& cell : row.cells) {
    auto at = std::ranges::find(by_outcome, cell.outcome, &decltype(by_outcome)::value_type::first);
    if (at == by_outcome.end()) at = by_outcome.insert(by_outcome.end(), {cell.outcome, {}});
    at->second.push_back(cell.journey);
  }
  std::string out;
  for (const auto& [outcome, journeys] : by_outcome) {
    out += (out.empty() ? "" : "; ") + outcome + ": " + listed(journeys);
  }
  return out;
}

std::string customer_impact(const facts::Experiment& experiment, const facts::Cell* worst) {
  if (worst == nullptr) return "not known: no journey has a steady state";
  if (worst->state != facts::Cell::State::decided) return "not known";
  std::string out(facts::outcome_row(worst->headline).sees);
  if (worst->headline == facts::Outcome::unaffected && !worst->uses_target) out = "nothing: no journey uses it";
  Ns wait = 0, recovery = 0;
  for (const facts::Cell& cell : experiment.cells) {
    if (cell.state != facts::Cell::State::decided) continue;
    wait = std::max(wait, cell.longest_wait);
    recovery = cell.recovery < 0 || recovery < 0 ? -1 : std::max(recovery, cell.recovery);
  }
  if (worst->headline == facts::Outcome::unaffected) return out;
  if (wait > 0) out += ". Longest wait " + duration(wait);
  if (recovery > 0) out += fmt::format("{} back {} after the fault", wait > 0 ? "," : ".", duration(recovery));
  if (recovery < 0) out += ". Not back while it was watched";
  return out;
}

/// What customers connect to is down as long as its restart takes: said is what came after it.
void say_restart_of_entry(const facts::Facts& facts, const facts::Experiment& from, const facts::Cell& worst,
                          ExperimentRow& row) {
  const bool entry = from.component >= 0 && from.component == facts.topology.entry;
  if (!entry || worst.state != facts::Cell::State::decided || worst.headline != facts::Outcome::unaffected) return;
  Ns recovery = 0;
  for (const facts::Cell& cell : from.cells) recovery = std::max(recovery, cell.recovery);
  row.figure = "back after " + duration(recovery);
  row.customer_impact =
      fmt::format("refused while it is down; the same answers as before {} after it was back", duration(recovery));
}

std::string command_of(const Report& report, const std::string& key) {
  for (const facts::Finding& finding : report.findings) {
    if (std::ranges::find(finding.cells, key) != finding.cells.end()) return finding.command;
  }
  return "";
}

void name_target(const facts::Facts& facts, std::int64_t component, std::int64_t edge, ExperimentRow& row) {
  const facts::Edge* faulted = edge_of(facts, edge);
  if (component >= 0) row.part = part_name(facts, component);
  if (faulted == nullptr) return;
  const std::string to = faulted->to >= 0 ? part_name(facts, faulted->to) : clean(faulted->name, 80);
  if (component < 0) row.part = to;
  row.edge = part_name(facts, faulted->from) + " → " + to;
}

/// The parts behind several edges that were faulted at once.
std::string together_text(const facts::Facts& facts, const std::vector<std::int64_t>& edges) {
  std::vector<std::string> names;
  for (const std::int64_t id : edges) {
    const facts::Edge* edge = edge_of(facts, id);
    if (edge != nullptr) names.push_back(edge->to >= 0 ? part_name(facts, edge->to) : clean(edge->name, 80));
  }
  return listed(names);
}

std::string fault_text(const ExperimentRow& row) {
  std::string parameters;
  for (const TrialRow& trial : row.trials) {
    if (trial.form != "patience" && parameters.empty()) parameters = trial.requested_text;
  }
  return fault_heading(row.fault) + (parameters.empty() ? "" : ": " + parameters);
}

ExperimentRow experiment_row(const facts::Facts& facts, const facts::Experiment& from, const Report& report) {
  ExperimentRow row;
  row.key = clean(from.key, 200);
  row.fault = clean(from.fault, 60);
  name_target(facts, from.component, from.edge, row);
  if (!from.edges.empty()) row.part = together_text(facts, from.edges);
  for (const facts::Cell& cell : from.cells) row.cells.push_back(cell_row(facts, cell));
  for (const std::int64_t trial : from.trials) {
    if (trial < 0 || trial >= static_cast<std::int64_t>(facts.trials.size())) continue;
    row.trials.push_back(trial_row(facts.trials[static_cast<std::size_t>(trial)]));
    row.evidence.push_back(row.trials.back().frame);
  }
  row.fault_text = fault_text(row);
  row.note = clean(from.note);
  row.state = "not run";
  row.outcome = "not run";
  const facts::Cell* worst = worst_cell(from);
  if (worst != nullptr) {
    const CellRow cell = cell_row(facts, *worst);
    row.state = cell.state;
    row.outcome = cell.outcome;
    row.tone = cell.tone;
    row.blocks = cell.blocks;
    row.journey = cell.journey;
    row.figure = figure_of(from, *worst);
    if (row.note.empty()) row.note = cell.note;
  }
  row.service_impact = service_impact(row);
  row.customer_impact = customer_impact(from, worst);
  if (worst != nullptr) say_restart_of_entry(facts, from, *worst, row);
  row.command = command_of(report, row.key);
  return row;
}

Tone drill_tone(std::string_view result) {
  if (result == "drained" || result == "starts" || result == "retries") return Tone::good;
  if (result == "cut" || result == "refused" || result == "stays broken") return Tone::bad;
  return result == "gives up" ? Tone::warn : Tone::none;
}

/// What customers see of a drill's result, and the result as the page's word.
std::string drill_customers(const record::DrillEnded& drill) {
  if (drill.drill == "terminate_streams") {
    if (drill.result == "drained") return "nothing: streams come to their end";
    if (drill.result == "cut") return "streams break off without a word";
    if (drill.result == "refused") return "streams end early, and say so";
  }
  if (drill.drill == "terminate_idle") {
    if (drill.result == "drained") return "nothing: kept connections are answered or closed in order";
    if (drill.result == "cut") return "requests on kept connections get no answer";
  }
  if (drill.result == "drained" && drill.waiting > 0)
    return "requests that were not accepted yet end without an answer";
  if (drill.result == "drained") return "nothing: requests in flight are answered";
  if (drill.result == "cut") return "requests in flight end without an answer";
  if (drill.result == "refused") return "requests in flight are refused";
  if (drill.result == "starts") return "the application starts and serves what does not need it";
  if (drill.result == "retries") return "the application waits and starts when it is there";
  if (drill.result == "gives up") return "the application does not start";
  if (drill.result == "stays broken") return "the application answers, and fails also when it is there";
  return "not known";
}

ExperimentRow drill_row(const facts::Facts& facts, const facts::Seen<record::DrillEnded>& seen, const Report& report) {
  const record::DrillEnded& from = seen.value;
  ExperimentRow row;
  row.key = clean(from.key, 200);
  row.fault = clean(from.drill, 60);
  name_target(facts, from.component, from.edge, row);
  row.fault_text = fault_heading(row.fault);
  row.outcome = clean(from.result, 60);
  row.tone = drill_tone(from.result);
  row.state = row.tone == Tone::none ? "inconclusive" : "decided";
  row.blocks = row.tone == Tone::bad;
  row.note = clean(from.note);
  if (from.drill.starts_with("terminate")) {
    const bool idle = from.drill == "terminate_idle", streams = from.drill == "terminate_streams";
    const std::int64_t all = from.drained + from.cut + from.refused,
                       lost = from.cut - from.waiting + (idle ? 0 : from.refused);
    row.facts.emplace_back(idle      ? "kept connections"
                           : streams ? "streams open"
                                     : "requests in flight",
                           fmt::format("{}: {} answered in full, {} {}, {} {}", all, from.drained, from.cut,
                                       idle ? "lost" : "cut", from.refused,
                                       idle      ? "closed in order"
                                       : streams ? "ended with an error event"
                                                 : "refused"));
    if (from.waiting > 0) row.facts.emplace_back("not accepted yet", fmt::format("{} of those cut", from.waiting));
    if (lost > 0) row.figure = fmt::format("{} of {} lost", lost, all);
  }
  if (from.exit_after > 0) row.facts.emplace_back("ended after", duration(from.exit_after));
  if (from.status >= 0) row.facts.emplace_back("exit status", fmt::format("{}", from.status));
  if (from.signal > 0) row.facts.emplace_back("ended by signal", fmt::format("{}", from.signal));
  if (row.figure.empty() && from.exit_after > 0) row.figure = "ended after " + duration(from.exit_after);
  row.service_impact = row.outcome;
  row.customer_impact = drill_customers(from);
  row.command = command_of(report, row.key);
  row.evidence.push_back(seen.id);
  return row;
}

/// The part and the fault of a key ("chaos.postgres.freeze"): between the first and the last point, and after it.
ExperimentRow left_out_row(const Report& report, const record::ExperimentLeftOut& from) {
  ExperimentRow row;
  row.key = clean(from.key, 200);
  const std::size_t first = from.key.find('.'), last = from.key.rfind('.');
  const bool whole = first != std::string::npos && last > first;
  row.part = clean(whole ? from.key.substr(first + 1, last - first - 1) : from.key, 80);
  row.fault = clean(whole ? facts::fault_of_key(from.key) : "", 60);
  for (const Part& part : report.parts) {
    const bool same = slug(part.name.substr(0, part.name.find(' '))) == row.part;
    if (same) row.part = part.name;
    if (same) break;
  }
  row.fault_text = fault_heading(row.fault);
  row.state = row.outcome = "not run";
  row.note = clean(from.why);
  row.service_impact = row.customer_impact = "not known";
  return row;
}

}  // namespace

Worst worst_of(const facts::Facts& facts, const facts::Experiment& experiment) {
  const facts::Cell* cell = worst_cell(experiment);
  if (cell == nullptr) return {.word = "not run"};
  const CellRow row = cell_row(facts, *cell);
  return {row.state == "decided", row.outcome, figure_of(experiment, *cell), row.tone, row.blocks};
}

Worst worst_of(const facts::Facts& facts, const record::DrillEnded& drill) {
  const ExperimentRow row = drill_row(facts, {0, 0, drill}, {});
  return {row.state == "decided", row.outcome, row.figure, row.tone, row.blocks};
}

std::string part_of(const facts::Facts& facts, std::int64_t component, std::int64_t edge) {
  ExperimentRow row;
  name_target(facts, component, edge, row);
  return row.part;
}

void build_experiments(const facts::Facts& facts, const verdict::Verdict&, Report& report) {
  const auto known = [&](const std::string& key) {
    return std::ranges::any_of(report.experiments, [&](const ExperimentRow& row) { return row.key == key; });
  };
  for (const facts::Seen<record::DrillEnded>& drill : facts.drills) {
    report.experiments.push_back(drill_row(facts, drill, report));
  }
  std::vector<ExperimentRow> rows;
  for (const facts::Experiment& experiment : facts.experiments) {
    if (!known(clean(experiment.key, 200))) rows.push_back(experiment_row(facts, experiment, report));
  }
  report.experiments.insert(report.experiments.begin(), rows.begin(), rows.end());
  for (const facts::Seen<record::ExperimentLeftOut>& left : facts.left_out) {
    // Other things that were left out stand among what was not tested; they are no cells.
    const bool cell = left.value.key.starts_with("chaos.") && facts::known_fault(facts::fault_of_key(left.value.key));
    if (cell && !known(clean(left.value.key, 200))) report.experiments.push_back(left_out_row(report, left.value));
  }
  for (std::size_t i = 0; i < report.experiments.size(); ++i) {
    report.experiments[i].anchor = fmt::format("e{}", i + 1);
  }
}

}  // namespace pl::report
