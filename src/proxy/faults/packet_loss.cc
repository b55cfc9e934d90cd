#include <deque>

#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"

namespace pl::proxy::faults {
namespace {

struct PacketLossSetting {
  explicit PacketLossSetting(const Values& values) : rate(values["loss_rate"]), correlation(values["correlation"]) {}
  double rate, correlation;
};

/// What arrived together is one chunk; a chunk passes or is gone as a whole.
class PacketLossTap : public Tap {
 public:
  PacketLossTap(const PacketLossSetting& setting, TapContext context)
      : setting_(setting), rng_(context.rng), measure_(*context.measure) {}
  void arrive(Way way, std::string_view bytes, Ns) override { chunks_[index(way)].push_back(bytes.size()); }
  Step admit(Way way, const Waiting& waiting, Ns) override {
    std::deque<std::size_t>& chunks = chunks_[index(way)];
    if (waiting.bytes.empty() || chunks.empty()) return pass_all(waiting);
    const std::size_t size = chunks.front();
    chunks.pop_front();
    bool& lost = lost_[index(way)];
    lost = rng_.uniform() < setting_.rate + (lost ? setting_.correlation : 0);
    measure_.acted += lost;
    return lost ? Step{.drop = size} : Step{.pass = size};
  }

 private:
  const PacketLossSetting& setting_;
  Rng rng_;
  Measure& measure_;
  std::deque<std::size_t> chunks_[2];
  bool lost_[2] = {};  ///< The chunk before.
};

}  // namespace

Result<std::unique_ptr<Fault>> make_packet_loss(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<PacketLossTap, PacketLossSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
