#include <optional>

#include "proxy/faults/postgres.h"
#include "wire/sql_read_only.h"

namespace pl::proxy::faults {
namespace {

PgPlan refusal(PgPlan::Then then, std::string_view sqlstate, std::string_view statement = {}) {
  return {.then = then, .sqlstate = std::string(sqlstate), .message = pg_usual_message(sqlstate, statement)};
}

/// Its times count from the first moment that it is told of.
class Failover : public Fault, public PgPlanner {
 public:
  Failover(const Values& values, Measure* measure) : measure_(measure) { update(values); }
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<PgTap>(*this, *measure_, view, Rng(0));
  }
  void update(const Values& values) override {
    down_ = static_cast<Ns>(values["down"] * kMs);
    read_only_ = static_cast<Ns>(values["read_only"] * kMs);
  }

 private:
  Ns passed(Ns now) {
    if (!since_) since_ = now;
    return now - *since_;
  }
  PgPlan meet(bool fresh, Ns now) override {
    passed(now);
    return fresh ? PgPlan() : refusal(PgPlan::Then::end, "57P01");
  }
  PgPlan log_in(Ns now) override { return passed(now) < down_ ? refusal(PgPlan::Then::end, "57P03") : PgPlan(); }
  PgPlan plan(const PgStatement& statement, Rng&, Ns now) override {
    if (passed(now) >= down_ + read_only_ || wire::sql_refused_read_only(statement.text).empty()) return {};
    return refusal(PgPlan::Then::error, "25006", statement.text);
  }

  Measure* measure_;
  std::optional<Ns> since_;
  Ns down_ = 0, read_only_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_postgres_failover(const Values& values, FaultContext context) {
  return std::make_unique<Failover>(values, context.measure);
}

}  // namespace pl::proxy::faults
