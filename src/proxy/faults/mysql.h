#pragma once
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "proxy/faults/message_fault.h"
#include "proxy/faults/sql_match.h"
#include "proxy/messages/mysql_tap.h"

/// Faults on the statements of MySQL and MariaDB: makers, parameters, and what they have in common. Each lives in a
/// file mysql_*.cc.
namespace pl::proxy::faults {

/// A fault on statements that is nothing but its setting: `static Result<Setting> of(const Values&)` makes it, and it
/// has `bool takes(const MySqlStatement&) const`, whether it can act on a statement that matches, and `MySqlPlan plan()
/// const`.
template <class Setting>
class MySqlFault : public MessageFault<MySqlPlanner, MySqlTap, Setting, SqlMatch> {
 public:
  using MessageFault<MySqlPlanner, MySqlTap, Setting, SqlMatch>::MessageFault;

 private:
  std::optional<Ns> delay() const override { return delay_of(this->setting_); }
  MySqlPlan plan(const MySqlStatement& statement, Rng& rng) override {
    if (!this->setting_.takes(statement)) return {};
    if (!this->match_.any() && !this->match_.matches(from_mysql(statement.text))) return {};
    return this->selection_.takes(rng) ? this->setting_.plan() : MySqlPlan{};
  }
};

Result<std::unique_ptr<Fault>> make_mysql_error(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_mysql_slow(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_mysql_refuse_new(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_mysql_kill_in_transaction(const Values& values, FaultContext context);

inline constexpr auto kMySqlErrorParameters =
    joined(std::array<ParameterRow, 3>{{
               {"code", "",
                "Number of the error, such as 1205 lock wait timeout, 1213 deadlock, 1290 read only, 1040 too many "
                "connections, 1053 server shutdown, 1317 interrupted; none of a client's own, 2000 to 2999. 1290, 1792 "
                "and 1836, of a read-only server, are of write and ddl alone unless a class of statements is asked "
                "for.",
                1000, 65535, 1205, true},
               text_parameter("sqlstate", "", "Five characters, instead of the error's usual ones."),
               text_parameter("message", "", "Instead of the error's usual one."),
           }},
           kSqlMatchParameters, kSelectionParameters);
inline constexpr auto kMySqlSlowParameters =
    joined(std::array<ParameterRow, 1>{{
               {"delay", "ms", "Before the statement goes on.", 0, kHourMs, 1000},
           }},
           kSqlMatchParameters, kSelectionParameters);
inline constexpr auto kMySqlKillParameters = joined(std::array<ParameterRow, 1>{{
                                                        {"reset", "",
                                                         "1: with RST, at once; 0: with FIN, behind the answers to "
                                                         "earlier statements.",
                                                         0, 1, 0, true},
                                                    }},
                                                    kSqlMatchParameters, kSelectionParameters);

}  // namespace pl::proxy::faults
