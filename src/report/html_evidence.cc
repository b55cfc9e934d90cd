#include <fmt/format.h>

#include <algorithm>

#include "report/html.h"
#include "report/text.h"

namespace pl::report {
namespace {

constexpr std::size_t kMostCharts = 40;  ///< Of single experiments; the campaign's charts show all.

std::string wait_text(const CellRow& cell) {
  std::string out = duration(cell.longest_wait);
  if (cell.wait_end == "the application")
    return out + ", ended by the application" + (cell.bound > 0 ? " at " + duration(cell.bound) : "");
  return cell.wait_end.empty()
             ? out
             : out + ", " + (cell.wait_end == "the fault's end" ? "until the fault ended" : cell.wait_end);
}

std::string cell_html(const CellRow& cell) {
  std::string all;
  for (const OutcomeRow& one : cell.all) {
    all += fmt::format("{}{} {} of {}", all.empty() ? "" : ", ", one.word, count(one.count), count(one.of));
  }
  std::string note = cell.note;
  if (!cell.uses_target) note += note.empty() ? "does not use the part" : "; does not use the part";
  const std::string recovery = cell.recovery < 0 ? "not seen" : duration(cell.recovery);
  const bool decided = cell.state == "decided";
  return fmt::format(
      "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}"
      "</td><td class=\"n\">{}</td><td>{}</td><td>{}</td></tr>",
      html_text(cell.journey), html_chip(cell.outcome, cell.tone), html_text(all),
      decided ? html_text(wait_text(cell)) : "", decided ? recovery : "", change(cell.median_change),
      count(cell.trials), html_text(note), html_frame_numbers(cell.evidence));
}

std::string cells_table(const ExperimentRow& row, const std::string& title) {
  if (row.cells.empty()) return "";
  std::string rows;
  for (const CellRow& cell : row.cells) rows += cell_html(cell);
  return html_scroll("What each journey saw: " + title,
                     "<table>" +
                         html_head({"journey", "outcome", "counts", "longest wait", "+back after", "+median", "+trials",
                                    "note", "frames"}) +
                         "<tbody>" + rows + "</tbody></table>");
}

std::string trial_html(const TrialRow& trial) {
  std::string note = trial.aborted.empty() ? "" : "decides nothing: " + trial.aborted;
  if (!trial.note.empty()) note += (note.empty() ? "" : "; ") + trial.note;
  return fmt::format(
      "<tr><th scope=\"row\">{} {}</th><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{} – {}</td>"
      "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td></tr>",
      html_text(trial.form), trial.trial, html_text(trial.requested_text), html_text(trial.achieved_text),
      moment(trial.control_from), moment(trial.fault_from), moment(trial.fault_to), moment(trial.watched_to),
      count(trial.requests_met), count(trial.connections_met), html_text(note), trial.frame);
}

std::string trials_table(const ExperimentRow& row, const std::string& title) {
  if (row.trials.empty()) return "";
  std::string rows;
  for (const TrialRow& trial : row.trials) rows += trial_html(trial);
  return html_scroll("Trials: " + title,
                     "<table>" +
                         html_head({"trial", "fault as requested", "as achieved", "+control from", "+fault",
                                    "+watched to", "+requests met", "+connections met", "note", "frame"}) +
                         "<tbody>" + rows + "</tbody></table>");
}

std::string section(const ExperimentRow& row, bool with_chart) {
  const std::string title = row.part + " " + row.fault_text;
  std::string out =
      fmt::format("<section class=\"card ev\" id=\"{0}\" aria-labelledby=\"{0}h\"><h3 id=\"{0}h\">{1} {2}</h3>",
                  row.anchor, html_text(title), html_chip(row.outcome, row.tone));
  out += fmt::format("<p>{}.{}{} <span class=\"soft\">{}{}</span></p>", html_text(row.customer_impact),
                     row.note.empty() ? "" : " ", html_text(row.note.empty() ? "" : "Seen: " + row.note + "."),
                     html_text(row.edge.empty() ? "" : "Fault on the connection " + row.edge + ". "),
                     html_text("Key " + row.key + "."));
  if (!row.facts.empty()) {
    out += "<dl>";
    for (const auto& [label, text] : row.facts)
      out += "<dt>" + html_text(label) + "</dt><dd>" + html_text(text) + "</dd>";
    out += "<dt>evidence</dt><dd>" + html_frames(row.evidence) + "</dd></dl>";
  }
  out += cells_table(row, title);
  if (with_chart) out += html_scroll("Latency: " + title, html_chart(row.chart, row.anchor + "c", true));
  out += trials_table(row, title);
  if (!row.command.empty()) out += "<pre>" + html_text(row.command) + "</pre>";
  return out + "</section>";
}

}  // namespace

std::string html_evidence(const Report& report) {
  std::string out;
  std::size_t charts = 0;
  for (const ExperimentRow& row : report.experiments) {
    if (row.trials.empty() && row.cells.empty() && row.facts.empty()) continue;
    const bool telling = row.tone != Tone::good && row.tone != Tone::none && !row.chart.dots.empty();
    out += section(row, telling && charts < kMostCharts);
    charts += telling ? 1 : 0;
  }
  if (out.empty()) out = "<p>No experiment was made.</p>";
  return "<h2 id=\"evidence\">Evidence of every experiment</h2><p>What each journey saw, what the fault was asked to "
         "do and "
         "what it really did. Times count from the start of the run; frames are positions in the run log.</p>" +
         out;
}

}  // namespace pl::report
