#include "proxy/faults/mysql.h"

namespace pl::proxy::faults {
namespace {

struct MysqlSlowSetting {
  static Result<MysqlSlowSetting> of(const Values& values) {
    return MysqlSlowSetting{static_cast<Ns>(values["delay"] * kMs)};
  }
  bool takes(const MySqlStatement&) const { return true; }
  MySqlPlan plan() const { return {.delay = delay}; }

  Ns delay;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_mysql_slow(const Values& values, FaultContext context) {
  return make_message_fault<MySqlFault<MysqlSlowSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
