#include "proxy/faults/postgres.h"

namespace pl::proxy::faults {
namespace {

constexpr std::string_view kState = "53300";

/// A connection that counts, as long as it lives.
class Seat {
 public:
  explicit Seat(std::int64_t& taken) : taken_(taken) { ++taken_; }
  ~Seat() { --taken_; }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  std::int64_t& taken_;
};

class Connections : public Fault, public PgPlanner {
 public:
  Connections(const Values& values, Measure* measure) : measure_(measure) { update(values); }
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<PgTap>(*this, *measure_, view, Rng(0));
  }
  void update(const Values& values) override { most_ = static_cast<std::int64_t>(values["most"]); }

 private:
  PgPlan meet(bool fresh, Ns) override {
    if (fresh) return {};
    return {.keep = std::make_shared<Seat>(taken_)};
  }
  PgPlan log_in(Ns) override {
    if (taken_ < most_) return {.keep = std::make_shared<Seat>(taken_)};
    return {.then = PgPlan::Then::end, .sqlstate = std::string(kState), .message = pg_usual_message(kState)};
  }

  Measure* measure_;
  std::int64_t most_ = 0, taken_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_postgres_connections(const Values& values, FaultContext context) {
  return std::make_unique<Connections>(values, context.measure);
}

}  // namespace pl::proxy::faults
