#include "proxy/faults/postgres.h"

namespace pl::proxy::faults {
namespace {

struct PostgresSlowSetting {
  explicit PostgresSlowSetting(const Values& values) : delay(static_cast<Ns>(values["delay"] * kMs)) {}
  bool concerns(const PgStatement&) const { return true; }
  PgPlan plan(const PgStatement&) const { return {.delay = delay}; }

  Ns delay;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_postgres_slow(const Values& values, FaultContext context) {
  return make_message_fault<PostgresFault<PostgresSlowSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
