#include <algorithm>

#include "proxy/faults/all.h"
#include "proxy/faults/answer_count.h"

namespace pl::proxy::faults {
namespace {

class StallTap : public Tap {
 public:
  StallTap(std::size_t bytes, bool awaiting) : count_(bytes, awaiting) {}
  Step admit(Way way, const Waiting& waiting, Ns) override {
    if (stalled_) return {.hold_end = true};
    const std::size_t pass = count_.allowed(way, waiting.bytes.size());
    stalled_ = pass < waiting.bytes.size();
    return {.pass = pass, .hold_end = stalled_};
  }

 private:
  AnswerCount count_;
  bool stalled_ = false;
};

class Stall : public Fault {
 public:
  explicit Stall(std::size_t bytes) : bytes_(bytes) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<StallTap>(bytes_, view.awaiting);
  }

 private:
  std::size_t bytes_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_stall(const Values& values, FaultContext) {
  return std::make_unique<Stall>(static_cast<std::size_t>(values["bytes"]));
}

}  // namespace pl::proxy::faults
