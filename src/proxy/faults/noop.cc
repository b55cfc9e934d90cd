#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

class NoopTap : public Tap {
 public:
  Step admit(Way, const Waiting& waiting, Ns) override { return pass_all(waiting); }
};

class Noop : public Fault {
 public:
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<NoopTap>(); }
  void update(const Values&) override {}
};

}  // namespace

Result<std::unique_ptr<Fault>> make_noop(const Values&, FaultContext) { return std::make_unique<Noop>(); }

}  // namespace pl::proxy::faults
