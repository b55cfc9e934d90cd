#pragma once
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "proxy/faults/selection.h"
#include "proxy/faults/sql_match.h"
#include "proxy/messages/mysql_tap.h"

/// Faults on the statements of MySQL and MariaDB: makers, parameters, and what they have in common. Each lives in a
/// file mysql_*.cc.
namespace pl::proxy::faults {

/// A fault on statements that is nothing but its setting: `static Result<Setting> of(const Values&)` makes it, and it
/// has `bool takes(const MySqlStatement&) const`, whether it can act on a statement that matches, and `MySqlPlan plan()
/// const`.
template <class Setting>
class MySqlFault : public Fault, public MySqlPlanner {
 public:
  MySqlFault(Setting setting, SqlMatch match, const Values& values, FaultContext context)
      : seed_(context.rng.next()),
        measure_(context.measure),
        setting_(std::move(setting)),
        match_(std::move(match)),
        selection_(values) {}
  static Result<std::unique_ptr<Fault>> make(const Values& values, FaultContext context) {
    SqlMatch match = PL_TRY(SqlMatch::of(values));
    return std::make_unique<MySqlFault>(PL_TRY(Setting::of(values)), std::move(match), values, std::move(context));
  }
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<MySqlTap>(*this, *measure_, view, chance_of(seed_, view));
  }
  void update(const Values& values) override {
    if (auto setting = Setting::of(values)) setting_ = std::move(*setting);
    if (auto match = SqlMatch::of(values)) match_ = std::move(*match);
    selection_.update(values);
  }

 private:
  MySqlPlan plan(const MySqlStatement& statement, Rng& rng) override {
    if (!setting_.takes(statement)) return {};
    if (!match_.any() && !match_.matches(from_mysql(statement.text))) return {};
    return selection_.takes(rng) ? setting_.plan() : MySqlPlan{};
  }

  std::uint64_t seed_;
  Measure* measure_;
  Setting setting_;
  SqlMatch match_;
  Selection selection_;
};

Result<std::unique_ptr<Fault>> make_mysql_error(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_mysql_slow(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_mysql_refuse_new(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_mysql_kill_in_transaction(const Values& values, FaultContext context);

inline constexpr auto kMySqlErrorParameters =
    joined(std::array<ParameterRow, 3>{{
               {"code", "",
                "Number of the error, such as 1205 lock wait timeout, 1213 deadlock, 1290 read only, 1040 too many "
                "connections, 1053 server shutdown, 1317 interrupted; none of a client's own, 2000 to 2999.",
                1000, 65535, 1205, true},
               text_parameter("sqlstate", "", "Five characters, instead of the error's usual ones."),
               text_parameter("message", "", "Instead of the error's usual one."),
           }},
           kSqlMatchParameters, kSelectionParameters);
inline constexpr auto kMySqlSlowParameters =
    joined(std::array<ParameterRow, 1>{{
               {"delay", "ms", "Before the statement goes on.", 0, 3'600'000, 1000},
           }},
           kSqlMatchParameters, kSelectionParameters);
inline constexpr auto kMySqlKillParameters = joined(std::array<ParameterRow, 1>{{
                                                        {"reset", "", "1: with RST; 0: with FIN.", 0, 1, 0, true},
                                                    }},
                                                    kSqlMatchParameters, kSelectionParameters);

}  // namespace pl::proxy::faults
