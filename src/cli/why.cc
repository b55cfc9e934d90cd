#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "cli/chosen.h"
#include "cli/commands.h"
#include "record/print.h"
#include "report/text.h"

namespace pl::cli {
namespace {

constexpr std::size_t kLabel = 10;
constexpr std::size_t kObservation = 400;  ///< Characters of one in the list; `proofload log` prints it whole.
constexpr std::size_t kMostObservations = 60;
constexpr std::size_t kMostExperiments = 6;
constexpr std::size_t kLongest = 3;  ///< Waits of an experiment that are shown beside what the finding names.

/// Lines with a label on the first one.
class Chain {
 public:
  explicit Chain(std::size_t width) : width_(width) {}

  void row(std::string_view label, std::string_view text) {
    if (text.empty()) return;
    text_ += report::padded(label, kLabel) + " " + report::beside(report::visible(text), kLabel + 1, width_) + "\n";
  }
  void raw(std::string_view line) { text_.append(line).append("\n"); }
  void gap() { text_ += "\n"; }
  const std::string& text() const { return text_; }

 private:
  std::size_t width_;
  std::string text_;
};

void add_finding(const facts::Finding& finding, Chain& out) {
  out.row("finding", finding.title);
  out.row("",
          fmt::format("{}, {}", facts::severity_word(finding.severity), facts::evidence_word(finding.evidence_class)));
  out.row("check", fmt::format("{}, of: {}, fingerprint {}", finding.check, finding.subject, finding.fingerprint));
  out.row("why", finding.why);
  std::string numbers;
  for (const facts::Number& one : finding.numbers) {
    numbers += (numbers.empty() ? "" : "; ") + one.name + " " + report::number_text(one);
  }
  out.row("numbers", numbers);
  out.row("do", finding.remedy);
}

std::string counts_of(const report::CellRow& cell) {
  std::string text;
  for (const report::OutcomeRow& one : cell.all) {
    text += fmt::format("{}{} {} of {}", text.empty() ? "" : ", ", one.word, one.count, one.of);
  }
  return text;
}

void add_cell(const report::CellRow& cell, Chain& out) {
  std::string text = cell.outcome;
  if (const std::string counts = counts_of(cell); !counts.empty()) text += " (" + counts + ")";
  if (cell.state == "decided") {
    text += "; longest wait " + report::duration(cell.longest_wait);
    if (!cell.wait_end.empty()) {
      text += cell.wait_end == "not seen to end" ? ", not seen to end" : ", ended by " + cell.wait_end;
    }
    text += cell.recovery < 0 ? "; not back while it was watched" : "; back after " + report::duration(cell.recovery);
    if (cell.median_change != 0) text += "; median " + report::change(cell.median_change);
  }
  text += fmt::format("; {}", report::counted(cell.trials, "trial", "trials"));
  if (!cell.note.empty()) text += "; " + cell.note;
  if (!cell.uses_target) text += "; does not use the part";
  out.row("  " + cell.journey, text);
}

void add_trial(const report::TrialRow& trial, Chain& out) {
  out.row("  trial",
          fmt::format("{} {} (frame {}): control from {}, fault {} to {}, watched to {}", trial.form, trial.trial,
                      trial.frame, report::moment(trial.control_from), report::moment(trial.fault_from),
                      report::moment(trial.fault_to), report::moment(trial.watched_to)));
  out.row("", "asked for: " + (trial.requested_text.empty() ? "no parameters" : trial.requested_text));
  out.row("", "achieved: " + (trial.achieved_text.empty() ? "nothing is recorded" : trial.achieved_text) +
                  fmt::format("; met {} on {}", report::counted(trial.requests_met, "request", "requests"),
                              report::counted(trial.connections_met, "connection", "connections")));
  if (!trial.aborted.empty()) out.row("", "decides nothing: " + trial.aborted);
  if (!trial.note.empty()) out.row("", trial.note);
}

void add_experiment(const report::ExperimentRow& row, Chain& out) {
  out.row("experiment", fmt::format("{}: {} {}: {}{}", row.key, row.part, row.fault_text, row.outcome,
                                    row.figure.empty() ? "" : ", " + row.figure));
  if (row.state != "decided" && !row.note.empty()) out.row("", row.note);
  for (const auto& [label, text] : row.facts) out.row("", label + ": " + text);
  for (const report::CellRow& cell : row.cells) add_cell(cell, out);
  for (const report::TrialRow& trial : row.trials) add_trial(trial, out);
}

/// The answers that customers waited for longest while the experiment's fault was in force.
void add_longest(const facts::Facts& facts, const report::ExperimentRow& row, std::set<std::int64_t>& frames) {
  std::vector<std::pair<Ns, std::int64_t>> waits;
  for (const auto& seen : facts.iterations) {
    const record::Iteration& one = seen.value;
    const bool met = std::ranges::any_of(row.trials, [&](const report::TrialRow& trial) {
      return one.intended < trial.fault_to && one.done > trial.fault_from;
    });
    if (met) waits.emplace_back(one.done - one.intended, seen.id);
  }
  std::ranges::sort(waits, std::greater<>());
  for (std::size_t i = 0; i < waits.size() && i < kLongest; ++i) frames.insert(waits[i].second);
}

/// The frames as text, in the order of the log, each once.
void add_observations(const record::ReadResult& log, const std::set<std::int64_t>& frames, Chain& out) {
  if (frames.empty()) return;
  out.row("evidence", fmt::format("{} of the log, the longest waits among them; seconds since the run began:",
                                  report::counted(static_cast<std::int64_t>(frames.size()), "frame", "frames")));
  std::size_t printed = 0;
  for (const std::int64_t frame : frames) {
    if (frame < 0 || frame >= static_cast<std::int64_t>(log.observations.size())) continue;
    if (printed++ == kMostObservations) {
      return out.raw(fmt::format("       and {} more: proofload log prints all", frames.size() - kMostObservations));
    }
    const std::string line = record::print_observation(log.observations[static_cast<std::size_t>(frame)]);
    out.raw(fmt::format("{:>6} {}", frame, report::clean(line, kObservation)));
  }
}

}  // namespace

Result<int> why(const std::string& run, const std::string& name) {
  const StoredRun stored = PL_TRY(read_run(run));
  const Chosen chosen = PL_TRY(choose(stored.report, name));
  const Terminal screen = terminal();
  Chain out(static_cast<std::size_t>(std::clamp(screen.width, 60, 140)));
  std::set<std::int64_t> frames;
  if (chosen.finding != nullptr) {
    add_finding(*chosen.finding, out);
    frames.insert(chosen.finding->evidence.begin(), chosen.finding->evidence.end());
  }
  std::size_t shown = 0;
  for (const report::ExperimentRow& row : stored.report.experiments) {
    if (std::ranges::find(chosen.keys, row.key) == chosen.keys.end() || shown++ >= kMostExperiments) continue;
    if (chosen.finding != nullptr || shown > 1) out.gap();
    add_experiment(row, out);
    add_longest(stored.facts, row, frames);
    if (chosen.finding != nullptr) continue;
    frames.insert(row.evidence.begin(), row.evidence.end());
    for (const report::CellRow& cell : row.cells) frames.insert(cell.evidence.begin(), cell.evidence.end());
  }
  if (shown > kMostExperiments) out.row("", fmt::format("and {} more experiments", shown - kMostExperiments));
  for (const facts::Finding& finding : stored.report.findings) {
    const bool rests = std::ranges::find(finding.cells, name) != finding.cells.end();
    if (chosen.finding == nullptr && rests) out.row("found", finding.fingerprint + ": " + finding.title);
  }
  out.gap();
  add_observations(stored.log, frames, out);
  return print_text(out.text());
}

}  // namespace pl::cli
