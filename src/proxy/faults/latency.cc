#include <algorithm>
#include <deque>

#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

/// How long the next answer is held; shared by the connections of one fault.
struct Delay {
  Ns base = 0;
  Ns jitter = 0;
  Rng rng;
  Measure* measure;

  Ns next() {
    if (jitter == 0) return base;
    return std::max<Ns>(0, base + static_cast<Ns>((2 * rng.uniform() - 1) * static_cast<double>(jitter)));
  }
};

/// Marks the first byte of each answer with the time when it may pass. Each mark counts from its own arrival, so a
/// stream of exchanges is late as a whole and not slower; what follows a mark waits behind it.
class LatencyTap : public Tap {
 public:
  LatencyTap(Delay& delay, bool awaiting) : delay_(delay), awaiting_(awaiting) {}

  void arrive(Way way, std::string_view bytes, Ns now) override {
    if (way == Way::up) {
      awaiting_ = true;
      return;
    }
    if (awaiting_) {
      const Ns wanted = delay_.next();
      const Ns earliest = marks_.empty() ? 0 : marks_.back().release;  // jitter never overtakes
      marks_.push_back({arrived_, now, wanted, std::max(earliest, now + wanted)});
    }
    awaiting_ = false;
    arrived_ += bytes.size();
  }

  Step admit(Way way, const Waiting& waiting, Ns now) override {
    if (way == Way::up) return pass_all(waiting);
    while (!marks_.empty() && marks_.front().release <= now) {
      delay_.measure->delay(marks_.front().wanted, now - marks_.front().arrived);
      marks_.pop_front();
    }
    const std::size_t before = arrived_ - waiting.bytes.size();
    if (marks_.empty()) return pass_all(waiting);
    return {.pass = marks_.front().offset - before, .again = marks_.front().release};
  }

 private:
  struct Mark {
    std::size_t offset;  ///< Of the answer's first byte, counted from the fault's beginning.
    Ns arrived;
    Ns wanted;
    Ns release;
  };
  Delay& delay_;
  bool awaiting_;
  std::size_t arrived_ = 0;
  std::deque<Mark> marks_;  ///< At most one per waiting byte.
};

Ns base_of(const Values& values, Ns usual) {
  if (values["factor"] == 0) return static_cast<Ns>(values["delay"] * kMs);
  return static_cast<Ns>((values["factor"] - 1) * static_cast<double>(usual));
}

class Latency : public Fault {
 public:
  Latency(Delay delay, Ns usual) : delay_(std::move(delay)), usual_(usual) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<LatencyTap>(delay_, view.awaiting);
  }
  /// Answers that wait already keep their delay.
  void update(const Values& values) override {
    delay_.base = base_of(values, usual_);
    delay_.jitter = static_cast<Ns>(values["jitter"] * kMs);
  }

 private:
  Delay delay_;
  Ns usual_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_latency(const Values& values, FaultContext context) {
  if (values["factor"] > 0 && context.usual == 0) {
    return fail(Errc::config, "fault latency: factor needs an edge that has answered before; give a delay instead");
  }
  Delay delay{base_of(values, context.usual), static_cast<Ns>(values["jitter"] * kMs), context.rng, context.measure};
  return std::make_unique<Latency>(std::move(delay), context.usual);
}

}  // namespace pl::proxy::faults
