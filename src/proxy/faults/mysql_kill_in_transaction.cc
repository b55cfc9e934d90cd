#include "proxy/faults/mysql.h"

namespace pl::proxy::faults {
namespace {

struct MysqlKillInTransactionSetting {
  static Result<MysqlKillInTransactionSetting> of(const Values& values) {
    return MysqlKillInTransactionSetting{values["reset"] == 1 ? End::reset : End::fin};
  }
  bool takes(const MySqlStatement& statement) const { return statement.in_transaction; }
  MySqlPlan plan() const { return {.end = end}; }

  End end;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_mysql_kill_in_transaction(const Values& values, FaultContext context) {
  return make_message_fault<MySqlFault<MysqlKillInTransactionSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
