#include <algorithm>

#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

class LimitDataTap : public Tap {
 public:
  explicit LimitDataTap(const std::size_t& limit) : limit_(limit) {}
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

class LimitData : public Fault {
 public:
  explicit LimitData(const Values& values) { update(values); }
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<LimitDataTap>(limit_); }
  void update(const Values& values) override { limit_ = static_cast<std::size_t>(values["bytes"]); }

 private:
  std::size_t limit_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_limit_data(const Values& values, FaultContext) {
  return std::make_unique<LimitData>(values);
}

}  // namespace pl::proxy::faults
