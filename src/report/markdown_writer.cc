#include <fmt/format.h>

#include "report/text.h"
#include "report/writers.h"

namespace pl::report {
namespace {

constexpr std::size_t kMostFindings = 20;  ///< A comment has a limited length.

/// Sign and word, so that it reads without colours too.
std::string marked(std::string_view text, Tone tone) {
  constexpr std::string_view kSigns[] = {"🟢", "🟢", "🟡", "🔴", "🔴", "⚪"};
  return std::string(kSigns[static_cast<int>(tone)]) + " " + md_text(text);
}

std::string checkpoints(const Report& report) {
  if (report.checkpoints.empty()) return "";
  std::string out = "| checkpoint | outcome | main point |\n| --- | --- | --- |\n";
  for (const CheckpointRow& row : report.checkpoints) {
    const std::string point = row.point.empty() ? row.summary : row.summary + ": " + row.point;
    out += fmt::format("| {} | {} | {} |\n", row.name, marked(row.outcome, row.tone), md_text(point));
  }
  return out + "\n";
}

std::string matrix(const Report& report) {
  if (report.matrix.rows.empty()) return "";
  std::string out = "### What happens when each part fails or degrades\n\n| part |", line = "\n| --- |";
  for (const MatrixColumn& column : report.matrix.columns) {
    out += " " + md_text(column.text) + " |";
    line += " --- |";
  }
  out += line + "\n";
  for (const MatrixRow& row : report.matrix.rows) {
    out += "| **" + md_text(row.part) + "** |";
    for (const MatrixCell& cell : row.cells) {
      if (cell.experiments.empty()) {
        out += " – |";
        continue;
      }
      const ExperimentRow& one = report.experiments[cell.experiments.front()];
      out += " " + marked(one.outcome, one.tone) + (one.figure.empty() ? "" : " " + md_text(one.figure)) + " |";
    }
    out += "\n";
  }
  return out + "\n";
}

std::string findings(const Report& report) {
  if (report.findings.empty()) return "";
  constexpr std::string_view kSeverities[] = {"🔴 blocking", "🟡 warning", "note"};
  std::string out = "### Findings\n\n";
  for (std::size_t i = 0; i < report.findings.size() && i < kMostFindings; ++i) {
    const facts::Finding& finding = report.findings[i];
    out +=
        fmt::format("- {} **{}** ({}, {})\n", kSeverities[static_cast<int>(finding.severity)], md_text(finding.title),
                    facts::checkpoint_word(finding.checkpoint), facts::evidence_word(finding.evidence_class));
    if (!finding.remedy.empty()) out += "  Do: " + md_text(finding.remedy) + "\n";
    if (!finding.command.empty()) out += "  Repeat: " + md_code(finding.command) + "\n";
  }
  if (report.findings.size() > kMostFindings) {
    out += fmt::format("- and {} more in the report\n", report.findings.size() - kMostFindings);
  }
  return out + "\n";
}

std::string not_tested(const Report& report) {
  if (report.not_tested.empty()) return "";
  std::string out = "### Not tested (never counts as passed)\n\n";
  for (const verdict::NotTested& open : report.not_tested) {
    out += fmt::format("- {}: {}{}\n", md_text(open.what), md_text(open.why), open.required ? " (required)" : "");
  }
  return out + "\n";
}

}  // namespace

std::string write_markdown(const Report& report, const Style&) {
  std::string out =
      fmt::format("## {}\n\n{}\n\n", marked(report.headline.empty() ? report.overall : report.headline, report.tone),
                  md_text(report.sentence));
  for (std::size_t i = 0; i < report.first.size(); ++i) out += fmt::format("{}. {}\n", i + 1, md_text(report.first[i]));
  if (!report.first.empty()) out += "\n";
  out += checkpoints(report) + matrix(report) + findings(report) + not_tested(report);
  const RunFacts& run = report.run;
  return out + fmt::format("proofload {}, {}, {}, run {}\n", md_text(run.version), md_text(date(run.wall_time)),
                           duration(run.duration), md_code(run.run_id));
}

}  // namespace pl::report
