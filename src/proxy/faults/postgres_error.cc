#include "proxy/faults/postgres.h"

namespace pl::proxy::faults {
namespace {

struct Setting {
  explicit Setting(const Values& values) : sqlstate(values.text("sqlstate")), message(values.text("message")) {}
  bool concerns(const PgStatement&) const { return true; }
  PgPlan plan(const PgStatement& statement) const {
    return {.then = pg_is_fatal(sqlstate) ? PgPlan::Then::end : PgPlan::Then::error,
            .sqlstate = sqlstate,
            .message = message.empty() ? pg_usual_message(sqlstate, statement.text) : message};
  }

  std::string sqlstate, message;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_postgres_error(const Values& values, FaultContext context) {
  PL_TRY(check_postgres(values));
  return std::make_unique<PostgresFault<Setting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
