#include <set>

#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

constexpr Ns kLook = kMs;  ///< A request that waits for its turn looks again after this much.

/// The places of the edge, shared by its connections. A request waits with a ticket: first come, first served.
struct Places {
  std::size_t limit;
  std::size_t taken = 0;
  std::int64_t next_ticket = 0;
  std::set<std::int64_t> waiting{};
  Measure* measure;
};

class ThrottleTap : public Tap {
 public:
  ThrottleTap(Places& places, bool awaiting) : places_(places) {
    if (awaiting) take();  // already on its way: it counts, though that may be one too many
  }
  ~ThrottleTap() override {
    give_back();
    places_.waiting.erase(ticket_);
  }

  void arrive(Way way, std::string_view, Ns now) override {
    if (way == Way::down || inside_ || ticket_ >= 0) return;
    ticket_ = places_.next_ticket++;
    places_.waiting.insert(ticket_);
    since_ = now;
  }

  Step admit(Way way, const Waiting& waiting, Ns now) override {
    if (way == Way::down) {
      // It ends: no answer comes any more.
      if (!waiting.bytes.empty() || waiting.end != End::none) give_back();
      return pass_all(waiting);
    }
    if (waiting.bytes.empty()) return {};
    if (!inside_ && ticket_ >= 0 && !turn_has_come()) return {.hold_end = true, .again = now + kLook};
    if (!inside_) {
      places_.waiting.erase(ticket_);
      if (ticket_ >= 0 && now > since_) places_.measure->delay(now - since_, now - since_);
      ticket_ = -1;
      take();
    }
    return pass_all(waiting);
  }

 private:
  bool turn_has_come() const { return places_.taken < places_.limit && *places_.waiting.begin() == ticket_; }
  void take() {
    inside_ = true;
    ++places_.taken;
  }
  void give_back() {
    if (inside_) --places_.taken;
    inside_ = false;
  }

  Places& places_;
  std::int64_t ticket_ = -1;
  Ns since_ = 0;
  bool inside_ = false;
};

class Throttle : public Fault {
 public:
  explicit Throttle(Places places) : places_(std::move(places)) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<ThrottleTap>(places_, view.awaiting);
  }
  void update(const Values& values) override { places_.limit = static_cast<std::size_t>(values["at_once"]); }

 private:
  Places places_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_throttle(const Values& values, FaultContext context) {
  return std::make_unique<Throttle>(
      Places{.limit = static_cast<std::size_t>(values["at_once"]), .measure = context.measure});
}

}  // namespace pl::proxy::faults
