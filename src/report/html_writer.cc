#include <fmt/format.h>

#include "report/html.h"
#include "report/text.h"
#include "report/writers.h"

namespace pl::report {
namespace {

std::string top(const Report& report) {
  const RunFacts& run = report.run;
  std::string out = "<header><div class=\"top\"><b>proofload</b>";
  const auto add = [&](const std::string& html) { out += "<span>" + html + "</span>"; };
  if (!run.subject.empty())
    add(html_text(run.subject) + " <code>" + html_text(fitted(short_command(run.command), 420, 13)) + "</code>");
  if (!run.wall_time.empty()) add(html_text(date(run.wall_time)) + ", " + duration(run.duration));
  add(counted(run.experiments, "experiment", "experiments") +
      (run.left_out > 0 ? fmt::format(", {} left out", count(run.left_out)) : ""));
  if (!run.run_id.empty()) add("run <code>" + html_text(run.run_id) + "</code>");
  return out + "</div></header>";
}

std::string verdict(const Report& report) {
  std::string out =
      fmt::format("<div class=\"verdict v-{}\"><h1>{}</h1><p>{}</p>", tone_word(report.tone),
                  html_text(report.headline.empty() ? report.overall : report.headline), html_said(report.sentence));
  if (!report.first.empty()) {
    out += "<p class=\"do\">Do first</p><ol class=\"first\">";
    for (const std::string& line : report.first) out += "<li><span>" + html_said(line) + "</span></li>";
    out += "</ol>";
  }
  return out + "</div>";
}

std::string tiles(const Report& report) {
  if (report.checkpoints.empty()) return "";
  std::string out = "<nav class=\"tiles\" aria-label=\"Checkpoints\">";
  for (const CheckpointRow& row : report.checkpoints) {
    out += fmt::format("<a class=\"tile\" href=\"#q-{0}\"><b>{0}</b>{1}<span class=\"t\">{2}</span></a>",
                       html_text(row.name), html_chip(row.outcome, row.tone), html_said(row.summary));
  }
  return out + "</nav>";
}

constexpr std::string_view kContents =
    "<nav class=\"toc\" aria-label=\"On this page\"><a href=\"#findings\">Findings</a><a href=\"#graph\">What it is "
    "made of</a>"
    "<a href=\"#matrix\">What happens when a part fails</a><a href=\"#questions\">Questions</a>"
    "<a href=\"#not-tested\">Not tested</a><a href=\"#evidence\">Evidence</a><a href=\"#made\">How this was made</a><a "
    "href=\"#words\">Words</a></nav>";

std::string foot(const Report& report) {
  const std::string id = report.run.run_id.empty() ? "RUN" : report.run.run_id;
  return fmt::format(
      "<footer>Check this report: <code>proofload verify {}</code> derives it again from the run log and checks "
      "the signature.{}</footer>",
      html_text(id),
      report.run.chain_head.empty() ? ""
                                    : " Last hash of the log: <code>" + html_text(report.run.chain_head) + "</code>.");
}

}  // namespace

std::string write_html(const Report& report, const Style&) {
  const std::string subject = report.run.subject.empty() ? "report" : report.run.subject;
  std::string out =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none';style-src 'unsafe-inline';img-src data:\"><link rel=\"icon\" href=\"data:,\">";
  out += fmt::format("<title>{}: {}. proofload</title><style>", html_text(subject),
                     html_text(report.headline.empty() ? report.overall : report.headline));
  out.append(html_style()).append("</style></head><body>");
  out += top(report) + "<main>" + verdict(report) + tiles(report);
  out.append(kContents);
  out +=
      "<p class=\"soft\">Every line says how it is known: <b>measured</b> in this run, <b>simulated</b>, <b>static</b> "
      "(read "
      "from files) or <b>declared</b>. What was not tested is listed; it never counts as passed.</p>";
  out +=
      html_graph(report) + html_matrix(report) + html_findings(report) + html_answers(report) + html_not_tested(report);
  out += html_journeys(report) + html_latency(report) + html_evidence(report) + html_made(report) + html_glossary();
  return out + "</main>" + foot(report) + "</body></html>\n";
}

}  // namespace pl::report
