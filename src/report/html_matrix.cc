#include <fmt/format.h>

#include <algorithm>

#include "facts/fault_words.h"
#include "report/build.h"
#include "report/html.h"
#include "report/text.h"

namespace pl::report {
namespace {

std::string cell_html(const Report& report, const MatrixCell& cell) {
  if (cell.experiments.empty()) return "<td class=\"c none\"><span class=\"x\"><b>–</b>not planned</span></td>";
  const ExperimentRow& row = report.experiments[cell.experiments.front()];
  const bool shown = !row.trials.empty() || !row.cells.empty() || !row.facts.empty();
  std::string detail = row.figure;
  if (row.state != "decided") detail = row.note;
  if (cell.experiments.size() > 1) {
    detail += fmt::format("{}worst of {}", detail.empty() ? "" : ", ", cell.experiments.size());
  }
  return fmt::format("<td class=\"c {}\"><a href=\"#{}\"><b>{}</b>{}</a></td>", tone_word(row.tone),
                     shown ? row.anchor : "not-tested", html_text(row.outcome), html_text(clean(detail, 48)));
}

std::string legend() {
  std::string out = "<div class=\"legend\">";
  for (int i = 0; i <= static_cast<int>(facts::Outcome::fail_open); ++i) {
    const auto outcome = static_cast<facts::Outcome>(i);
    out += html_chip(facts::outcome_row(outcome).word, tone_of(outcome));
  }
  return out + html_chip("not run", Tone::none) + "<a href=\"#words\">what the words mean</a></div>";
}

std::string failure_model(const Report& report) {
  std::string rows;
  for (const ExperimentRow& row : report.experiments) {
    if (row.state == "not run") continue;
    rows +=
        fmt::format("<tr><th scope=\"row\">{}</th><td><a href=\"#{}\">{}</a></td><td>{}</td><td>{} {}</td></tr>",
                    html_text(row.part), row.anchor, html_text(facts::fault_words(row.fault).does),
                    html_text(row.service_impact), html_chip(row.outcome, row.tone), html_text(row.customer_impact));
  }
  if (rows.empty()) return "";
  return "<h3 id=\"failure-model\">Failure model</h3><div class=\"card flat\">" +
         html_scroll("Failure model", "<table class=\"tall\">" +
                                          html_head({"component", "failure", "service impact", "customer impact"}) +
                                          "<tbody>" + rows + "</tbody></table>") +
         "</div>";
}

}  // namespace

std::string html_matrix(const Report& report) {
  std::string out = "<h2 id=\"matrix\">What happens when each part fails or degrades</h2>";
  if (report.matrix.rows.empty()) return out + "<p>No part was made to fail in this run.</p>";
  out +=
      "<p>One row a part, one column a fault; a cell says the worst that customers saw, and the longest wait or how "
      "long it took to recover. Each cell leads to its evidence.</p>" +
      legend();
  std::string table = "<table class=\"m\"><thead><tr><th scope=\"col\">part</th>";
  for (const MatrixColumn& column : report.matrix.columns) {
    table += fmt::format("<th scope=\"col\">{}</th>", html_text(column.text));
  }
  table += "</tr></thead><tbody>";
  for (const MatrixRow& row : report.matrix.rows) {
    table += fmt::format("<tr><th scope=\"row\">{}</th>", html_text(row.part));
    for (const MatrixCell& cell : row.cells) table += cell_html(report, cell);
    table += "</tr>";
  }
  out += "<div class=\"card flat\">" + html_scroll("Faults by part", table + "</tbody></table>") + "</div>";
  return out + failure_model(report);
}

std::string html_latency(const Report& report) {
  if (report.charts.empty()) return "";
  std::string inner;
  for (std::size_t i = 0; i < report.charts.size(); ++i)
    inner += html_chart(report.charts[i], fmt::format("c{}", i), false);
  return "<h2 id=\"latency\">How long every customer waited</h2><p>One dot an iteration of a journey, counted from "
         "when it "
         "should have been sent; red where it failed or was answered otherwise. Shaded: a fault was in force. "
         "Logarithmic "
         "scale, time since the run began.</p><div class=\"card\">" +
         html_scroll("Latency over time", inner) + "</div>";
}

}  // namespace pl::report
