#include <algorithm>

#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"

namespace pl::proxy::faults {
namespace {

struct LimitDataSetting {
  explicit LimitDataSetting(const Values& values) : bytes(static_cast<std::size_t>(values["bytes"])) {}
  std::size_t bytes;
};

class LimitDataTap : public Tap {
 public:
  LimitDataTap(const LimitDataSetting& setting, TapContext) : limit_(setting.bytes) {}
  Step admit(Way way, const Waiting& waiting, Ns) override {
    if (waiting.bytes.empty()) return {};
    std::size_t& passed = passed_[index(way)];
    const std::size_t pass = std::min(waiting.bytes.size(), limit_ - std::min(limit_, passed));
    passed += pass;
    return {.pass = pass, .close = passed >= limit_};
  }

 private:
  const std::size_t& limit_;
  std::size_t passed_[2] = {};  ///< Kept when the limit changes.
};

}  // namespace

Result<std::unique_ptr<Fault>> make_limit_data(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<LimitDataTap, LimitDataSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
