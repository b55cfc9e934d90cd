#include "proxy/faults/postgres.h"
#include "wire/sql_read_only.h"

namespace pl::proxy::faults {
namespace {

struct PostgresErrorSetting {
  explicit PostgresErrorSetting(const Values& values)
      : sqlstate(values.text("sqlstate")),
        message(values.text("message")),
        writes_only(sqlstate == "25006" && values.text("statement") == "any") {}
  bool concerns(const PgStatement& statement) const {
    return !writes_only || (statement.known && !wire::sql_refused_read_only(statement.text).empty());
  }
  PgPlan plan(const PgStatement& statement) const {
    return {.then = pg_is_fatal(sqlstate) ? PgPlan::Then::end : PgPlan::Then::error,
            .sqlstate = sqlstate,
            .message = message.empty() ? pg_usual_message(sqlstate, statement.text) : message};
  }

  std::string sqlstate, message;
  bool writes_only;  ///< A read-only transaction's error, and no class of statements was asked for.
};

}  // namespace

Result<std::unique_ptr<Fault>> make_postgres_error(const Values& values, FaultContext context) {
  return make_message_fault<PostgresFault<PostgresErrorSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
