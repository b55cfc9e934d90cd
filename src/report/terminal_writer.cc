#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/text.h"
#include "report/writers.h"

namespace pl::report {
namespace {

/// SGR codes by tone (ECMA-48); empty without colours.
std::string paint(std::string_view text, Tone tone, const Style& style) {
  constexpr std::string_view kCodes[] = {"32", "32", "33", "31", "1;31", "2"};
  if (!style.colour || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<int>(tone)], text);
}

std::string bold(std::string_view text, const Style& style) {
  return style.colour ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

std::size_t columns(const Style& style) { return static_cast<std::size_t>(std::clamp(style.width, 60, 160)); }

/// Words that block are in capitals, so that they stand out without colours.
std::string cell_word(const ExperimentRow& row) {
  return (row.blocks ? upper(row.outcome) : row.outcome) +
         (row.figure.empty() || row.state != "decided" ? "" : " " + row.figure);
}

std::string column_heading(const MatrixColumn& column) {
  const std::size_t bracket = column.text.find(" (");
  return column.text.substr(0, bracket);
}

/// Columns from `first` on that fit beside the parts' names.
std::size_t last_fitting(const std::vector<std::size_t>& widths, std::size_t first, std::size_t space) {
  std::size_t last = first, used = 0;
  while (last < widths.size() && (last == first || used + widths[last] + 2 <= space)) used += widths[last++] + 2;
  return last;
}

std::vector<std::size_t> matrix_widths(const Report& report) {
  constexpr std::size_t kWidest = 30;
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < report.matrix.columns.size(); ++c) {
    std::size_t width = points(column_heading(report.matrix.columns[c]));
    for (const MatrixRow& row : report.matrix.rows) {
      if (row.cells[c].experiments.empty()) continue;
      width = std::max(width, points(cell_word(report.experiments[row.cells[c].experiments.front()])));
    }
    widths.push_back(std::min(width, kWidest));
  }
  return widths;
}

std::string matrix_text(const Report& report, const Style& style) {
  const std::vector<std::size_t> widths = matrix_widths(report);
  std::size_t names = 8;
  for (const MatrixRow& row : report.matrix.rows) names = std::max(names, points(row.part));
  names = std::min<std::size_t>(names, 24);
  std::string out;
  for (std::size_t first = 0, last = 0; first < widths.size(); first = last) {
    last = last_fitting(widths, first, columns(style) - names - 3);
    out += " " + padded("", names);
    for (std::size_t c = first; c < last; ++c) {
      out += "  " + padded(column_heading(report.matrix.columns[c]), widths[c]);
    }
    out += "\n";
    for (const MatrixRow& row : report.matrix.rows) {
      out += " " + bold(padded(row.part, names), style);
      for (std::size_t c = first; c < last; ++c) {
        if (row.cells[c].experiments.empty()) {
          out += "  " + padded("-", widths[c]);
          continue;
        }
        const ExperimentRow& cell = report.experiments[row.cells[c].experiments.front()];
        out += "  " + paint(padded(cell_word(cell), widths[c]), cell.tone, style);
      }
      out += "\n";
    }
    out += "\n";
  }
  return out;
}

std::string checkpoint_lines(const Report& report, const Style& style) {
  std::string out;
  for (const CheckpointRow& row : report.checkpoints) {
    const std::string point = row.summary.empty() ? row.point
                              : row.point.empty() ? row.summary
                                                  : row.summary + ": " + row.point;
    out += " " + bold(padded(row.name, 14), style) + paint(padded(row.outcome, 14), row.tone, style) +
           beside(point, 29, columns(style)) + "\n";
  }
  return out;
}

/// The open matters in one line each, the longest lists cut: the page has them all.
std::string not_tested_lines(const Report& report, const Style& style) {
  constexpr std::size_t kMost = 6;
  if (report.not_tested.empty()) return "";
  std::string list;
  for (std::size_t i = 0; i < report.not_tested.size() && i < kMost; ++i) {
    const verdict::NotTested& open = report.not_tested[i];
    list += (i == 0 ? "" : "; ") + open.what + (open.why.empty() ? "" : " (" + open.why + ")");
  }
  if (report.not_tested.size() > kMost) list += fmt::format("; and {} more", report.not_tested.size() - kMost);
  return " " + wrapped("not tested, never counted as passed: " + list, columns(style) - 1, "   ") + "\n";
}

/// A command on this run, with the folder as the reader knows it.
std::string with_folder(const std::string& command, const std::string& id, const std::string& folder) {
  const std::string known = "proofload repeat " + id + " ";
  return !id.empty() && command.starts_with(known) ? "proofload repeat " + folder + " " + command.substr(known.size())
                                                   : command;
}

/// One line, however long: the last thing that is read must not be torn.
std::string verdict_line(const Report& report, const Style& style) {
  std::string headline = report.headline;
  if (headline.empty()) headline = report.overall;
  const std::string text = headline + (report.sentence.empty() ? "" : ": " + report.sentence);
  return " " + paint(text, report.tone, style);
}

}  // namespace

std::string write_terminal(const Report& report, const Style& style) {
  std::string out;
  if (!report.matrix.rows.empty()) out += matrix_text(report, style);
  out += checkpoint_lines(report, style) + "\n";
  if (!report.first.empty()) {
    out += " first:\n";
    for (std::size_t i = 0; i < report.first.size(); ++i) {
      out += fmt::format("   {}. {}\n", i + 1, wrapped(report.first[i], columns(style) - 6, "      "));
    }
    out += "\n";
  }
  const std::string folder = style.folder.empty() ? report.run.run_id : clean(style.folder, 1000);
  if (!folder.empty()) out += fmt::format(" report   {}/report.html\n", folder);
  for (const facts::Finding& finding : report.findings) {
    if (finding.command.empty()) continue;
    out += " repeat   " + with_folder(finding.command, report.run.run_id, folder) + "\n";
    break;
  }
  out += not_tested_lines(report, style) + "\n";
  return out + verdict_line(report, style) + "\n";
}

}  // namespace pl::report
