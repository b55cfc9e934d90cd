#include "proxy/faults/postgres.h"

namespace pl::proxy::faults {
namespace {

constexpr std::string_view kState = "57P01";

struct PostgresKillInTransactionSetting {
  explicit PostgresKillInTransactionSetting(const Values& values) : announced(values["announced"] != 0) {}
  bool concerns(const PgStatement& statement) const { return statement.in_transaction; }
  PgPlan plan(const PgStatement&) const {
    if (!announced) return {.then = PgPlan::Then::reset};
    return {.then = PgPlan::Then::end, .sqlstate = std::string(kState), .message = pg_usual_message(kState)};
  }

  bool announced;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_postgres_kill_in_transaction(const Values& values, FaultContext context) {
  return make_message_fault<PostgresFault<PostgresKillInTransactionSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
