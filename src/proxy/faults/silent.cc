#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

/// Holds everything, ends and resets included. The chain takes in one queue of bytes per way, so that requests are
/// counted, and then stops reading; the kernels go on acknowledging as far as their buffers reach.
class SilentTap : public Tap {
 public:
  Step admit(Way, const Waiting&, Ns) override { return {.hold_end = true}; }
};

class Silent : public Fault {
 public:
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<SilentTap>(); }
  void update(const Values&) override {}
};

}  // namespace

Result<std::unique_ptr<Fault>> make_silent(const Values&, FaultContext) { return std::make_unique<Silent>(); }

}  // namespace pl::proxy::faults
