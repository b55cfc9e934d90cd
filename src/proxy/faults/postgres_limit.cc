#include <algorithm>
#include <set>

#include "proxy/faults/postgres.h"

namespace pl::proxy::faults {
namespace {

constexpr Ns kLook = kMs;  ///< A statement that waits for its turn looks again after this much.

/// What the connections of the fault share. Statements wait with a ticket: first come, first served.
struct Queue {
  explicit Queue(const Values& values) { update(values); }
  void update(const Values& values) {
    at_once = static_cast<std::int64_t>(values["at_once"]);
    const double per_second = values["per_second"];
    apart = per_second > 0 ? static_cast<Ns>(kSec / per_second) : 0;
  }

  std::int64_t at_once = 0;
  Ns apart = 0;  ///< Between the beginnings of two statements; 0: no bound.
  std::int64_t taken = 0;
  Ns next = 0;  ///< When one more may begin.
  std::int64_t next_ticket = 0;
  std::set<std::int64_t> waiting{};
};

class Place : public PgPlace {
 public:
  /// `inside`: a place is there already; waiting for those that wait for it would be for ever.
  Place(Queue& queue, bool inside) : queue_(queue), ticket_(inside ? -1 : queue.next_ticket++) {
    if (!inside) queue_.waiting.insert(ticket_);
  }
  ~Place() override {
    if (has_it_) --queue_.taken;
    queue_.waiting.erase(ticket_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Ns take(Ns now) override {
    if (ticket_ >= 0 && *queue_.waiting.begin() != ticket_) return now + kLook;
    if (ticket_ >= 0 && queue_.at_once > 0 && queue_.taken >= queue_.at_once) return now + kLook;
    // Never further away than one turn: the rate may have been changed.
    const Ns next = std::min(queue_.next, now + queue_.apart);
    if (queue_.apart > 0 && now < next) return next;
    queue_.next = now + queue_.apart;
    if (ticket_ < 0) return now;
    queue_.waiting.erase(ticket_);
    has_it_ = true;
    ++queue_.taken;
    return now;
  }

 private:
  Queue& queue_;
  std::int64_t ticket_;
  bool has_it_ = false;
};

class Limit : public Fault, public PgPlanner {
 public:
  Limit(const Values& values, FaultContext context)
      : seed_(context.rng.next()), measure_(context.measure), queue_(values), match_(values), selection_(values) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<PgTap>(*this, *measure_, view, chance_of(seed_, view));
  }
  void update(const Values& values) override {
    if (!check_postgres(values)) return;
    queue_.update(values);
    match_ = PgMatch(values);
    selection_.update(values);
  }

 private:
  PgPlan plan(const PgStatement& statement, Rng& rng, Ns) override {
    if (!match_.matches(statement) || !selection_.takes(rng)) return {};
    return {.place = std::make_unique<Place>(queue_, statement.has_place)};
  }

  std::uint64_t seed_;
  Measure* measure_;
  Queue queue_;
  PgMatch match_;
  Selection selection_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_postgres_limit(const Values& values, FaultContext context) {
  PL_TRY(check_postgres(values));
  return std::make_unique<Limit>(values, std::move(context));
}

}  // namespace pl::proxy::faults
