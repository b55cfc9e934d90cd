#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

/// The supervisor refuses new connects itself; the relay resets what is open and whatever still comes through.
class RefuseTap : public Tap {
 public:
  Step begin(Ns) override { return {.reset = true}; }
  Step admit(Way, const Waiting&, Ns) override { return {.reset = true}; }
};

class Refuse : public Fault {
 public:
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<RefuseTap>(); }
  void update(const Values&) override {}
};

}  // namespace

Result<std::unique_ptr<Fault>> make_refuse(const Values&, FaultContext) { return std::make_unique<Refuse>(); }

}  // namespace pl::proxy::faults
