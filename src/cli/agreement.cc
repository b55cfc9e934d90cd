#include "cli/agreement.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/text.h"

namespace pl::cli {
namespace {

const report::ExperimentRow* find(const report::Report& report, const std::string& key) {
  const auto at = std::ranges::find(report.experiments, key, &report::ExperimentRow::key);
  return at == report.experiments.end() ? nullptr : &*at;
}

/// Words of the cells by journey; a drill has one, of its part.
std::vector<AgreementRow> words_of(const report::ExperimentRow& row) {
  std::vector<AgreementRow> words;
  for (const report::CellRow& cell : row.cells) {
    words.push_back({.who = cell.journey, .first = cell.state == "decided" ? cell.outcome : ""});
  }
  if (words.empty()) words.push_back({.who = row.part, .first = row.state == "decided" ? row.outcome : ""});
  return words;
}

std::string_view state_word(AgreementRow::State state) {
  constexpr std::string_view kWords[] = {"same", "different", "not decided"};
  return kWords[static_cast<int>(state)];
}

}  // namespace

Agreement compare(const report::Report& first, const report::Report& second, const std::string& key) {
  using State = AgreementRow::State;
  Agreement out;
  const report::ExperimentRow *before = find(first, key), *after = find(second, key);
  if (before == nullptr || after == nullptr) {
    out.missing = before == nullptr ? "the first run did not make it" : "it was not planned this time";
    return out;
  }
  if (after->state == "not run") out.missing = after->note.empty() ? "not run" : after->note;
  out.rows = words_of(*before);
  const std::vector<AgreementRow> now = words_of(*after);
  for (AgreementRow& row : out.rows) {
    const auto same = std::ranges::find(now, row.who, &AgreementRow::who);
    if (same != now.end()) row.second = same->first;
    if (row.first.empty() || row.second.empty()) continue;
    row.state = row.first == row.second ? State::same : State::different;
  }
  const auto any = [&](State state) {
    return std::ranges::find(out.rows, state, &AgreementRow::state) != out.rows.end();
  };
  out.exit_code = any(State::different) ? 1 : any(State::not_decided) ? 3 : 0;
  return out;
}

std::string agreement_text(const Agreement& agreement, const std::string& key) {
  std::string out = " " + key + "\n";
  std::size_t who = 8, first = 9;
  for (const AgreementRow& row : agreement.rows) {
    who = std::max(who, std::min<std::size_t>(report::points(row.who), 24));
    first = std::max(first, report::points(row.first));
  }
  if (!agreement.rows.empty()) {
    out += fmt::format("   {}  {}  {}  {}\n", report::padded("", who), report::padded("first run", first),
                       report::padded("this run", 12), "");
    while (out.ends_with(" \n")) out.erase(out.size() - 2, 1);
  }
  for (const AgreementRow& row : agreement.rows) {
    const auto word = [](const std::string& text) { return text.empty() ? std::string("not decided") : text; };
    out += fmt::format("   {}  {}  {}  {}\n", report::padded(row.who, who), report::padded(word(row.first), first),
                       report::padded(word(row.second), 12), state_word(row.state));
  }
  if (!agreement.missing.empty()) out += "   " + agreement.missing + "\n";
  return out;
}

}  // namespace pl::cli
