#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "facts/cells.h"
#include "facts/facts.h"

/// What the procedure measures with: iterations of a window with their class and their latency less the machine's
/// stalls. Internal to `facts`.
namespace pl::facts {

inline constexpr std::int64_t kTooMany = 429;  ///< Too Many Requests (RFC 6585 section 4).

/// Stalls of all cores as one sorted list without overlaps, and the seconds in which the generator fell behind.
class MachineView {
 public:
  explicit MachineView(const Facts& facts);
  /// Time stalled within [from, to).
  Ns stalled(Ns from, Ns to) const;
  /// The generator fell behind in the second of this moment.
  bool is_void(Ns at) const;

 private:
  std::vector<std::pair<Ns, Ns>> stalls_;
  std::vector<Ns> before_;  ///< Stalled time before each stall.
  std::vector<std::int64_t> void_seconds_;
};

/// One iteration as the procedure sees it.
struct Sample {
  Ns intended = 0;
  Ns done = 0;
  bool ended = true;  ///< Else still waiting, and `done` is the last moment known.
  AnswerClass answer = AnswerClass::same;
  Ns latency = 0;  ///< Done minus intended, less stalls.
  Ns stalled = 0;
  std::int64_t id = 0;  ///< Frame; -1 for one that has not ended.
  std::int64_t status = 0;

  Ns wait() const { return done - intended; }
  /// Waiting at this moment.
  bool waits_at(Ns at) const { return !ended || done > at; }
};

/// Classifies with the status that the faulted provider itself gave (0: none), which may be passed on gracefully.
AnswerClass classify_passed_on(const record::Iteration& iteration, const Journey& journey,
                               std::int64_t provider_status);

/// What a window of the run held.
struct Window {
  Ns from = 0;
  Ns to = 0;
  std::int64_t journey = -1;         ///< -1: all journeys with a steady state.
  std::int64_t provider_status = 0;  ///< Of the fault, 0: none.
  Ns ended_before = std::numeric_limits<Ns>::max();
};

/// Iterations intended within the window, by journey and time; void seconds left out.
std::vector<std::vector<Sample>> samples_of(const Facts& facts, const MachineView& machine, const Window& window,
                                            std::span<const OpenIteration> open);

/// The samples with from <= intended < to, of a list sorted by intended.
std::span<const Sample> between(std::span<const Sample> samples, Ns from, Ns to);

/// The value below which the share q lies; 0 for an empty list.
Ns quantile(std::vector<Ns> values, double q);
Ns median_latency(std::span<const Sample> samples);
std::int64_t count_slow(std::span<const Sample> samples, Ns limit);

/// An answer above this is slow: max(median + 500 ms, 2 x p95).
Ns slow_limit(Ns median, Ns p95);
/// A rise of the median that counts: max(100 ms, 25 %).
Ns rise_limit(Ns median);

}  // namespace pl::facts
