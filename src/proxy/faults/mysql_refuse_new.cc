#include "proxy/faults/mysql.h"

namespace pl::proxy::faults {
namespace {

constexpr int kTooManyConnections = 1040;

/// New connections get the server's refusal; open ones are let be.
class RefuseNew : public Fault, public MySqlPlanner {
 public:
  RefuseNew(const Values& values, FaultContext context)
      : seed_(context.rng.next()), measure_(context.measure), selection_(values) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<MySqlTap>(*this, *measure_, view, chance_of(seed_, view));
  }
  void update(const Values& values) override { selection_.update(values); }

 private:
  MySqlPlan plan(const MySqlStatement&, Rng&) override { return {}; }
  std::string refusal(Rng& rng) override {
    if (!selection_.takes(rng)) return {};
    return mysql_error_packet(0, kTooManyConnections, {}, "Too many connections");
  }

  std::uint64_t seed_;
  Measure* measure_;
  Selection selection_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_mysql_refuse_new(const Values& values, FaultContext context) {
  return std::make_unique<RefuseNew>(values, std::move(context));
}

}  // namespace pl::proxy::faults
