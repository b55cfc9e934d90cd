#pragma once
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "proxy/faults/message_fault.h"
#include "proxy/faults/sql_match.h"
#include "proxy/messages/postgres_tap.h"

/// Faults on PostgreSQL connections: makers, parameters, and what they have in common. Each lives in a file
/// postgres_*.cc.
namespace pl::proxy::faults {

/// Errc::config where a text is not as its parameter demands: the class of statements, the SQLSTATE.
Result<void> check_postgres(const Values& values);

/// Which statements a fault is about. One without a text is meant only where every statement is.
class PgMatch {
 public:
  static Result<PgMatch> of(const Values& values) {
    PL_TRY(check_postgres(values));
    return PgMatch(values);
  }
  /// Of values that check_postgres() takes; others mean every statement.
  explicit PgMatch(const Values& values) {
    if (auto match = SqlMatch::of(values)) match_ = std::move(*match);
  }
  bool matches(const PgStatement& statement) const {
    return match_.any() || (statement.known && match_.matches(statement.text));
  }

 private:
  SqlMatch match_;
};

/// The message that PostgreSQL has for an SQLSTATE, in English; for others "injected".
std::string pg_usual_message(std::string_view sqlstate, std::string_view statement = {});
/// Whether PostgreSQL ends the connection with it.
bool pg_is_fatal(std::string_view sqlstate);

/// A fault on statements that is nothing but its setting: made of a row's Values, it has
/// `PgPlan plan(const PgStatement&) const` for the statements that it acts on, and `bool concerns(const PgStatement&)
/// const`: which those can be, besides the match.
template <class Setting>
class PostgresFault : public MessageFault<PgPlanner, PgTap, Setting, PgMatch> {
 public:
  using MessageFault<PgPlanner, PgTap, Setting, PgMatch>::MessageFault;

 private:
  std::optional<Ns> delay() const override { return delay_of(this->setting_); }
  PgPlan plan(const PgStatement& statement, Rng& rng, Ns) override {
    if (!this->setting_.concerns(statement) || !this->match_.matches(statement)) return {};
    return this->selection_.takes(rng) ? this->setting_.plan(statement) : PgPlan{};
  }
};

Result<std::unique_ptr<Fault>> make_postgres_error(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_postgres_slow(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_postgres_limit(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_postgres_refuse_new(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_postgres_connections(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_postgres_kill_in_transaction(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_postgres_failover(const Values& values, FaultContext context);

inline constexpr auto kPostgresErrorParameters = joined(
    std::array<ParameterRow, 2>{{
        text_parameter("sqlstate", "57014",
                       "Of the error; 53300, 57P01, 57P02, 57P03 and class 08 end the connection; 25006 is of what "
                       "PostgreSQL refuses in a read-only transaction alone, as far as the statement's own words "
                       "tell (what a function or a DO block writes is not seen), unless a class of statements is "
                       "asked for."),
        text_parameter("message", "", "Of the error; empty: PostgreSQL's own for that SQLSTATE."),
    }},
    kSqlMatchParameters, kSelectionParameters);
inline constexpr auto kPostgresSlowParameters =
    joined(std::array<ParameterRow, 1>{{
               {"delay", "ms", "Before a statement goes to the server; what follows on its connection waits too.", 0,
                kHourMs, 1000},
           }},
           kSqlMatchParameters, kSelectionParameters);
inline constexpr auto kPostgresLimitParameters = joined(
    std::array<ParameterRow, 2>{{
        {"at_once", "", "Statements of all connections that run together; 0: no bound.", 0, 1e6, 1, true},
        {"per_second", "", "Statements of all connections that begin in a second, evenly; 0: no bound.", 0, 1e6, 0},
    }},
    kSqlMatchParameters, kSelectionParameters);
inline constexpr std::array<ParameterRow, 2> kPostgresRefuseNewParameters{{
    text_parameter("sqlstate", "57P03", "Of the error that a new connection gets for its start-up."),
    text_parameter("message", "", "Of the error; empty: PostgreSQL's own for that SQLSTATE."),
}};
inline constexpr std::array<ParameterRow, 1> kPostgresConnectionsParameters{{
    {"most", "", "Connections that live at once, those that were open before among them.", 0, 1e6, 10, true},
}};
inline constexpr auto kPostgresKillParameters =
    joined(std::array<ParameterRow, 1>{{
               {"announced", "", "1: a FATAL error 57P01 comes first; 0: RST.", 0, 1, 1, true},
           }},
           kSqlMatchParameters, kSelectionParameters);
inline constexpr std::array<ParameterRow, 2> kPostgresFailoverParameters{{
    {"down", "ms", "New connections are refused this long, with 57P03.", 0, kHourMs, 3000},
    {"read_only", "ms", "After that, what a read-only transaction refuses fails with 25006 this long.", 0, kHourMs, 0},
}};

}  // namespace pl::proxy::faults
