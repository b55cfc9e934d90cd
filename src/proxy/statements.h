#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proxy/fault.h"
#include "record/kinds.h"
#include "record/sink.h"
#include "wire/postgres.h"
#include "wire/sql_shape.h"

namespace pl::proxy {

/// Where a canary stands in a text: its number, and its form as record::CanarySeen has it.
struct Sighting {
  std::int64_t canary = 0;
  std::string_view form;
};
/// Finds canaries in a statement: the mark and three digits, `'q` behind them or not.
std::vector<Sighting> find_canaries(std::string_view statement, std::string_view mark);

/// The statements of all flows, told apart by their normalised text (limits::kStatementShapes). Texts as they came are
/// remembered too (kStatementTexts), in memory only, so that most need no second reading. The relay's thread alone.
class StatementTable {
 public:
  /// The statement's number; -1 where it cannot be read or there is no room.
  std::int64_t number_of(std::string_view text, bool cut);
  const wire::SqlShape& shape(std::int64_t number) const { return shapes_.at(static_cast<std::size_t>(number)); }

  /// Canaries begin with this mark; empty: none are looked for.
  void watch_for(std::string mark) { mark_ = std::move(mark); }
  const std::string& mark() const { return mark_; }

  /// A connection has more prepared statements than are remembered.
  void names_full() { limit_ = true; }
  /// A limit was reached: some executions are not counted.
  bool limit_reached() const { return limit_; }

 private:
  /// Finds a text without a copy of it.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> texts_, by_fingerprint_;
  std::vector<wire::SqlShape> shapes_;
  std::string mark_;
  bool limit_ = false;
};

/// What the statements of one flow did; see FlowSecond for whose it is.
class FlowStatements {
 public:
  void done(std::int64_t statement, const wire::PgEvent& event, Ns now);
  void sighted(const Sighting& sighting, std::int64_t statement);

  /// Puts statements and canaries seen for the first time, and what the second carried, into the sink. `whose` has the
  /// flow's name.
  void say(const record::FlowSecond& whose, Ns now, const StatementTable& table, const record::Sink& sink);
  /// Puts what was done since the last call into the sink as one journey's; -1: nobody's, and nothing is said.
  void trace(record::StatementsTraced traced, Ns now, const record::Sink& sink);

 private:
  struct Statement {
    std::int64_t executions = 0, errors = 0, rows = 0, most_rows = 0;  ///< Of this second.
    Ns time = 0;
    std::int64_t traced = 0, traced_rows = 0;
    bool succeeded = false, said = false;
  };
  std::map<std::int64_t, Statement> statements_;
  std::vector<record::CanarySeen> canaries_;
  std::set<std::pair<std::int64_t, std::string>> canaries_known_;
  bool touched_ = false;
};

/// Looks on at one connection that may speak PostgreSQL.
class StatementWatch {
 public:
  explicit StatementWatch(StatementTable& table) : table_(table) {}
  /// Bytes of one way, in their order. False: nothing more can be learned of this connection.
  bool feed(Way way, std::string_view bytes, Ns now, FlowStatements& flow);

 private:
  void on_statement(FlowStatements& flow);
  void on_bound(FlowStatements& flow);

  StatementTable& table_;
  wire::PgParser parser_;
};

}  // namespace pl::proxy
