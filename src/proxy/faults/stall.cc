#include <algorithm>
#include <optional>

#include "proxy/faults/all.h"
#include "proxy/faults/answer_count.h"

namespace pl::proxy::faults {
namespace {

class StallTap : public Tap {
 public:
  StallTap(const std::size_t& bytes, bool awaiting) : limit_(bytes), count_(bytes, awaiting) {}
  Step admit(Way way, const Waiting& waiting, Ns) override {
    if (stalled_at_ == limit_) return {.hold_end = true};
    const std::size_t pass = count_.allowed(way, waiting.bytes.size());
    const bool stalls = pass < waiting.bytes.size();
    stalled_at_ = stalls ? std::optional(limit_) : std::nullopt;
    return {.pass = pass, .hold_end = stalls};
  }

 private:
  const std::size_t& limit_;
  AnswerCount count_;
  std::optional<std::size_t> stalled_at_;  ///< The limit that stopped it; another one lets it go on.
};

class Stall : public Fault {
 public:
  explicit Stall(std::size_t bytes) : bytes_(bytes) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<StallTap>(bytes_, view.awaiting);
  }
  void update(const Values& values) override { bytes_ = static_cast<std::size_t>(values["bytes"]); }

 private:
  std::size_t bytes_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_stall(const Values& values, FaultContext) {
  return std::make_unique<Stall>(static_cast<std::size_t>(values["bytes"]));
}

}  // namespace pl::proxy::faults
