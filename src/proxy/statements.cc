#include "proxy/statements.h"

#include <algorithm>

#include "base/limits.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kDigits = 3;  ///< Of a canary's number.

std::string_view form_of(std::string_view behind) {
  if (behind.starts_with("'q")) return "raw";
  return behind.starts_with("''q") || behind.starts_with("\\'q") ? "escaped" : "text";
}

template <class Kind>
void name(Kind& kind, const record::FlowSecond& whose) {
  kind.pid = whose.pid;
  kind.owner = whose.owner;
  kind.address = whose.address;
  kind.port = whose.port;
}

}  // namespace

std::vector<Sighting> find_canaries(std::string_view statement, std::string_view mark) {
  std::vector<Sighting> found;
  if (mark.empty()) return found;
  for (std::size_t at = statement.find(mark); at != statement.npos; at = statement.find(mark, at + 1)) {
    const std::string_view digits = statement.substr(at + mark.size(), kDigits);
    if (digits.size() < kDigits || digits.find_first_not_of("0123456789") != digits.npos) continue;
    const std::int64_t number = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    found.push_back({number, form_of(statement.substr(at + mark.size() + kDigits))});
  }
  return found;
}

std::int64_t StatementTable::number_of(std::string_view text, bool cut) {
  if (const auto known = texts_.find(text); known != texts_.end()) return known->second;
  wire::SqlShape shape = wire::sql_shape(text, cut);
  std::int64_t number = -1;
  if (const auto known = by_fingerprint_.find(shape.fingerprint); known != by_fingerprint_.end()) {
    number = known->second;
  } else if (!shape.text.empty() && shapes_.size() < limits::kStatementShapes) {
    number = static_cast<std::int64_t>(shapes_.size());
    by_fingerprint_.emplace(shape.fingerprint, number);
    shapes_.push_back(std::move(shape));
  } else {
    limit_ = limit_ || !shape.text.empty();
  }
  if (texts_.size() >= limits::kStatementTexts) texts_.clear();
  texts_.emplace(std::string(text), number);
  return number;
}

void FlowStatements::done(std::int64_t statement, const wire::PgEvent& event, Ns now) {
  Statement& one = statements_[statement];
  ++one.executions;
  one.time += now - event.sent;
  touched_ = true;
  if (!event.sqlstate.empty()) {
    ++one.errors;
    return;
  }
  one.rows += event.rows;
  one.most_rows = std::max(one.most_rows, event.rows);
  one.succeeded = true;
  ++one.traced;
  one.traced_rows += event.rows;
}

void FlowStatements::sighted(const Sighting& sighting, std::int64_t statement) {
  if (canaries_known_.size() >= 4 * limits::kCanaries) return;  // four forms of each
  if (!canaries_known_.emplace(sighting.canary, sighting.form).second) return;
  record::CanarySeen& seen = canaries_.emplace_back();
  seen.canary = sighting.canary;
  seen.form = sighting.form;
  seen.statement = statement;
}

void FlowStatements::say(const record::FlowSecond& whose, Ns now, const StatementTable& table,
                         const record::Sink& sink) {
  for (record::CanarySeen& seen : std::exchange(canaries_, {})) {
    name(seen, whose);
    sink(record::observe(now, seen));
  }
  if (!std::exchange(touched_, false)) return;
  record::StatementSecond second;
  name(second, whose);
  second.second = whose.second;
  for (auto& [number, one] : statements_) {
    if (one.succeeded && !std::exchange(one.said, true)) {
      const wire::SqlShape& shape = table.shape(number);
      record::StatementSeen seen;
      name(seen, whose);
      seen.statement = number;
      seen.fingerprint = shape.fingerprint;
      seen.kind = shape.kind;
      seen.text = shape.text;
      seen.limited = shape.limited;
      seen.aggregate = shape.aggregate;
      sink(record::observe(now, seen));
    }
    if (one.executions == 0) continue;
    second.statements.push_back(number);
    second.executions.push_back(std::exchange(one.executions, 0));
    second.errors.push_back(std::exchange(one.errors, 0));
    second.rows.push_back(std::exchange(one.rows, 0));
    second.most_rows.push_back(std::exchange(one.most_rows, 0));
    second.time.push_back(std::exchange(one.time, 0));
  }
  sink(record::observe(now, second));
}

void FlowStatements::trace(record::StatementsTraced traced, Ns now, const record::Sink& sink) {
  for (auto& [number, one] : statements_) {
    if (one.traced == 0) continue;
    traced.statements.push_back(number);
    traced.executions.push_back(std::exchange(one.traced, 0));
    traced.rows.push_back(std::exchange(one.traced_rows, 0));
  }
  if (traced.journey >= 0 && !traced.statements.empty()) sink(record::observe(now, traced));
}

bool StatementWatch::feed(Way way, std::string_view bytes, Ns now, FlowStatements& flow) {
  for (;;) {
    const wire::PgParser::Step step = parser_.next(way == Way::up, bytes, now);
    if (step != wire::PgParser::Step::event) return step == wire::PgParser::Step::more;
    const wire::PgEvent& event = parser_.event();
    switch (event.kind) {
      case wire::PgEvent::Kind::statement:
        on_statement(flow);
        break;
      case wire::PgEvent::Kind::bound:
        on_bound(flow);
        break;
      case wire::PgEvent::Kind::done:
        if (event.label >= 0) flow.done(event.label, event, now);
        break;
    }
  }
}

void StatementWatch::on_statement(FlowStatements& flow) {
  const wire::PgEvent& event = parser_.event();
  const std::vector<Sighting> sightings = find_canaries(event.text, table_.mark());
  const bool raw = std::ranges::any_of(sightings, [](const Sighting& one) { return one.form == "raw"; });
  // What an unescaped mark has broken is no statement of the application's.
  const std::int64_t number = raw ? -1 : table_.number_of(event.text, event.cut);
  for (const Sighting& one : sightings) flow.sighted(one, number);
  if (!parser_.label(number)) table_.names_full();
}

void StatementWatch::on_bound(FlowStatements& flow) {
  const wire::PgEvent& event = parser_.event();
  for (const Sighting& one : find_canaries(event.text, table_.mark())) {
    flow.sighted({one.canary, "bound"}, event.label);
  }
}

}  // namespace pl::proxy
