#include "proxy/faults/postgres.h"

namespace pl::proxy::faults {
namespace {

class RefuseNew : public Fault, public PgPlanner {
 public:
  RefuseNew(const Values& values, Measure* measure) : measure_(measure) { update(values); }
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<PgTap>(*this, *measure_, view, Rng(0));
  }
  void update(const Values& values) override {
    if (!check_postgres(values)) return;
    sqlstate_ = values.text("sqlstate");
    message_ = values.text("message");
  }

 private:
  PgPlan log_in(Ns) override {
    return {.then = PgPlan::Then::end,
            .sqlstate = sqlstate_,
            .message = message_.empty() ? pg_usual_message(sqlstate_) : message_};
  }

  Measure* measure_;
  std::string sqlstate_, message_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_postgres_refuse_new(const Values& values, FaultContext context) {
  PL_TRY(check_postgres(values));
  return std::make_unique<RefuseNew>(values, context.measure);
}

}  // namespace pl::proxy::faults
