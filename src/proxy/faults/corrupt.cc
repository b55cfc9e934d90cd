#include <algorithm>
#include <cmath>

#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"

namespace pl::proxy::faults {
namespace {

struct CorruptSetting {
  explicit CorruptSetting(const Values& values) : rate(values["rate"]) {}
  double rate;
};

/// Turns one bit of some bytes; the distance from one to the next is drawn, so that it costs nothing per byte.
class CorruptTap : public Tap {
 public:
  CorruptTap(const CorruptSetting& setting, TapContext context)
      : rate_(setting.rate), rng_(context.rng), measure_(*context.measure) {}
  Step admit(Way, const Waiting& waiting, Ns) override {
    if (rate_ == 0 || waiting.bytes.empty()) return pass_all(waiting);
    if (drawn_for_ != rate_) draw();
    if (waiting.bytes.size() <= gap_) {
      gap_ -= waiting.bytes.size();
      return pass_all(waiting);
    }
    const std::size_t at = gap_;
    const auto turned = static_cast<char>(waiting.bytes[at] ^ static_cast<char>(1u << rng_.below(8)));
    draw();
    ++measure_.acted;
    return {.pass = at, .drop = 1, .insert = std::string(1, turned)};
  }

 private:
  /// Bytes before the next: geometric, by inversion.
  void draw() {
    drawn_for_ = rate_;
    const double bytes = rate_ >= 1 ? 0 : std::log1p(-rng_.uniform()) / std::log1p(-rate_);
    gap_ = static_cast<std::size_t>(std::min(bytes, 1e15));
  }

  const double& rate_;
  Rng rng_;
  Measure& measure_;
  double drawn_for_ = 0;
  std::size_t gap_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_corrupt(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<CorruptTap, CorruptSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
