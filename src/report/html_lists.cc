#include <fmt/format.h>

#include <algorithm>

#include "report/build.h"
#include "report/html.h"
#include "report/text.h"

namespace pl::report {
namespace {

std::string_view severity_text(facts::Severity severity) {
  constexpr std::string_view kWords[] = {"blocking", "warning", "note"};
  return kWords[static_cast<int>(severity)];
}

Tone severity_tone(facts::Severity severity) {
  constexpr Tone kTones[] = {Tone::bad, Tone::warn, Tone::none};
  return kTones[static_cast<int>(severity)];
}

std::string row_of(std::string_view label, const std::string& html) {
  return html.empty() ? "" : fmt::format("<dt>{}</dt><dd>{}</dd>", label, html);
}

std::string numbers(const facts::Finding& finding) {
  std::string out;
  for (const facts::Number& one : finding.numbers) {
    out += (out.empty() ? "" : "; ") + one.name + " " + number_text(one);
  }
  return html_text(out);
}

/// Links to the experiments that a finding rests on.
std::string rests_on(const Report& report, const facts::Finding& finding) {
  std::string out;
  for (const std::string& key : finding.cells) {
    const auto at = std::ranges::find(report.experiments, key, &ExperimentRow::key);
    out += out.empty() ? "" : ", ";
    out += at == report.experiments.end() ? html_text(key)
                                          : fmt::format("<a href=\"#{}\">{} {}</a>", at->anchor, html_text(at->part),
                                                        html_text(fault_heading(at->fault)));
  }
  return out;
}

/// What only those need who check it: where it comes from and what it rests on, in one paragraph.
std::string origin(const Report& report, const facts::Finding& finding) {
  std::string out =
      fmt::format("{}, {}", html_text(facts::checkpoint_word(finding.checkpoint)), html_text(finding.subject));
  if (const std::string cells = rests_on(report, finding); !cells.empty()) out += ". Rests on " + cells;
  if (!finding.evidence.empty()) out += ". Evidence: " + html_frames(finding.evidence);
  return out + fmt::format(". Check <code>{}</code>, fingerprint <code>{}</code>", html_text(finding.check),
                           html_text(finding.fingerprint));
}

std::string finding_html(const Report& report, const facts::Finding& finding, std::size_t number) {
  std::string out = fmt::format(
      "<section class=\"card finding\" id=\"f{0}\" aria-labelledby=\"f{0}h\"><div class=\"fh\">{1}<h3 "
      "id=\"f{0}h\">{2}</h3>{3}"
      "</div><dl>",
      number, html_chip(severity_text(finding.severity), severity_tone(finding.severity)), html_said(finding.title),
      html_chip(facts::evidence_word(finding.evidence_class), Tone::none));
  out += row_of("Why", html_said(finding.why)) + row_of("Do", html_said(finding.remedy));
  out += row_of("Numbers", numbers(finding)) + "</dl>";
  out += "<p class=\"soft from\">" + origin(report, finding) + ".</p>";
  if (!finding.command.empty()) out += "<pre>" + html_text(finding.command) + "</pre>";
  return out + "</section>";
}

std::string answer_html(const facts::Answer& answer) {
  const bool known = answer.state == facts::Answer::State::answered;
  const std::string_view state = answer.state == facts::Answer::State::not_run ? "not run" : "inconclusive";
  const std::string chip = known ? html_chip(facts::evidence_word(answer.evidence_class), Tone::none)
                                 : html_chip(state, state == "not run" ? Tone::none : Tone::warn);
  return fmt::format(
      "<tr><th scope=\"row\">{}</th><td>{}{}</td><td>{}</td></tr>", html_text(answer.question), html_said(answer.text),
      answer.evidence.empty() ? "" : " <span class=\"soft\">" + html_frames(answer.evidence) + "</span>", chip);
}

}  // namespace

std::string html_chip(std::string_view text, Tone tone) {
  return fmt::format("<span class=\"chip {}\">{}</span>", tone_word(tone), html_text(text));
}

std::string html_scroll(std::string_view label, std::string_view inner) {
  return fmt::format("<div class=\"scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">{}</div>",
                     html_text(label), inner);
}

std::string html_head(std::initializer_list<std::string_view> columns) {
  std::string out = "<thead><tr>";
  for (const std::string_view column : columns) {
    const bool is_number = column.starts_with('+');
    out +=
        fmt::format("<th scope=\"col\"{}>{}</th>", is_number ? " class=\"n\"" : "", column.substr(is_number ? 1 : 0));
  }
  return out + "</tr></thead>";
}

std::string html_frame_numbers(const std::vector<std::int64_t>& frames) {
  constexpr std::size_t kMost = 6;
  std::string out;
  for (std::size_t i = 0; i < frames.size() && i < kMost; ++i)
    out += fmt::format("{}{}", i == 0 ? "" : ", ", frames[i]);
  if (frames.size() > kMost) out += fmt::format(" and {} more", frames.size() - kMost);
  return out;
}

std::string html_frames(const std::vector<std::int64_t>& frames) {
  const std::string out = html_frame_numbers(frames);
  return out.empty() ? out : (frames.size() == 1 ? "frame " : "frames ") + out;
}

std::string html_findings(const Report& report) {
  std::string out = "<h2 id=\"findings\">Findings</h2>";
  if (report.findings.empty()) return out + "<p>Nothing was found. What was not tested is listed below.</p>";
  std::string counts;
  for (const auto severity : {facts::Severity::blocking, facts::Severity::warning, facts::Severity::note}) {
    const auto number = std::ranges::count(report.findings, severity, &facts::Finding::severity);
    if (number > 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", number, severity_text(severity));
    if (number > 1 && severity != facts::Severity::blocking) counts += "s";
  }
  out += "<p><b>" + counts +
         ".</b> Most important first. Each names the frames of the run log that prove it, and the command that repeats "
         "it.</p>";
  for (std::size_t i = 0; i < report.findings.size(); ++i) out += finding_html(report, report.findings[i], i + 1);
  return out;
}

std::string html_answers(const Report& report) {
  std::string out = "<h2 id=\"questions\">The questions, answered</h2>";
  for (const CheckpointRow& row : report.checkpoints) {
    std::string rows;
    for (const facts::Answer& answer : report.answers) {
      if (facts::checkpoint_word(answer.checkpoint) == row.name) rows += answer_html(answer);
    }
    out += fmt::format(
        "<section class=\"card ev\" id=\"q-{0}\" aria-labelledby=\"q-{0}h\"><h3 id=\"q-{0}h\">{0} {1}</h3><p>{2}</p>",
        html_text(row.name), html_chip(row.outcome, row.tone),
        html_said(row.point.empty() ? row.summary : row.summary + ". " + row.point));
    if (!rows.empty()) {
      out += html_scroll("Questions: " + row.name, "<table class=\"q tall\">" +
                                                       html_head({"question", "answer", "known"}) + "<tbody>" + rows +
                                                       "</tbody></table>");
    }
    out += "</section>";
  }
  return out;
}

std::string html_not_tested(const Report& report) {
  std::string out = "<h2 id=\"not-tested\">What was not tested</h2><p>None of this counts as passed.</p>";
  if (report.not_tested.empty()) return out + "<p>Nothing that the policy asks for was left out.</p>";
  std::string rows;
  for (const verdict::NotTested& open : report.not_tested) {
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>", html_said(open.what),
                        html_said(open.why),
                        open.required ? html_chip("required", Tone::warn) : html_chip("not required", Tone::none));
  }
  return out + "<div class=\"card flat\">" +
         html_scroll("Not tested", "<table class=\"tall\">" + html_head({"what", "why", "by the policy"}) + "<tbody>" +
                                       rows + "</tbody></table>") +
         "</div>";
}

std::string html_journeys(const Report& report) {
  std::string rows;
  for (const JourneyRow& row : report.journeys) {
    std::string note = row.good ? "" : row.why_no_cells + ": gets no cells";
    if (!row.latency_steady)
      note += (note.empty() ? "" : "; ") + std::string("latency unsteady: never judged degraded");
    if (row.crawled) note += (note.empty() ? "" : "; ") + std::string("found by crawling");
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td><code>{}</code></td><td class=\"n\">{} of {}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1f} %</td><td>{}</td><td>{}</td></tr>",
        html_text(row.name), html_text(listed(row.steps)), count(row.success), count(row.count), duration(row.median),
        duration(row.p95), duration(row.p99), row.spread_percent,
        html_text(row.uses.empty() && !row.alone_measured ? "not measured alone" : listed(row.uses)), html_text(note));
  }
  if (rows.empty()) return "";
  return "<h2 id=\"journeys\">What customers do</h2><p>The steady state of each journey, without any fault: what every "
         "cell is "
         "compared with.</p><div class=\"card flat\">" +
         html_scroll("Journeys", "<table>" +
                                     html_head({"journey", "steps", "+success", "+median", "+p95", "+p99", "+spread",
                                                "uses", "note"}) +
                                     "<tbody>" + rows + "</tbody></table>") +
         "</div>";
}

std::string html_made(const Report& report) {
  std::string out = "<h2 id=\"made\">How this was made</h2><div class=\"card\"><dl>";
  for (const MadeRow& row : report.made) out += row_of(html_text(row.label), html_text(row.text));
  return out + "</dl></div>";
}

std::string html_glossary() {
  std::string out =
      "<h2 id=\"words\">What the words mean</h2><p>From best to worst: what customers see while a part fails.</p>"
      "<div class=\"card\"><dl>";
  for (int i = 0; i <= static_cast<int>(facts::Outcome::fail_open); ++i) {
    const facts::OutcomeRow& row = facts::outcome_row(static_cast<facts::Outcome>(i));
    out += fmt::format("<dt>{}</dt><dd>{}{}</dd>", html_chip(row.word, tone_of(row.outcome)), html_text(row.sees),
                       row.blocks ? " <span class=\"soft\">(blocks)</span>" : "");
  }
  out += fmt::format("<dt>{}</dt><dd>trials disagree, or the fault met no traffic: never counts as passed</dd>",
                     html_chip("inconclusive", Tone::none));
  return out + fmt::format("<dt>{}</dt><dd>not tried, and the reason is given: never counts as passed</dd></dl></div>",
                           html_chip("not run", Tone::none));
}

}  // namespace pl::report
