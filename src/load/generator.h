#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/handoff.h"
#include "base/result.h"
#include "base/time.h"
#include "conf/config.h"
#include "os/clock.h"
#include "record/kinds.h"
#include "record/sink.h"

namespace pl::load {

/// What a generator needs. Journeys keep their order: a journey's index is its id in the log.
struct GeneratorOptions {
  const os::Clock& clock;               ///< The run's; must outlive the generator.
  record::Sink sink;                    ///< Called from the generator's threads.
  Endpoint target;                      ///< Where customers connect to.
  std::string host_header;              ///< "127.0.0.1:3000".
  std::vector<conf::Journey> journeys;  ///< Declared, or found by discover().
  bool crawled = false;                 ///< They were found by discover().
  std::uint64_t seed = 1;               ///< Only spreads the journeys' phases.
  std::int64_t first_n = 0;             ///< First value of ${n}: wall-clock seconds at start * 1,000,000.
  Ns latency_limit = 500 * kMs;         ///< A second is void when p99 lateness exceeds max(1 ms, a tenth of this).
};

/// An iteration that has not ended.
struct OpenIteration {
  std::int64_t journey = 0;
  std::int64_t number = 0;
  Ns intended = 0;
  Ns sent = 0;  ///< 0: its first request is not yet written.
};

/// A journey since the start of the generator. The closed loop is not counted here.
struct JourneyLive {
  std::int64_t in_flight = 0;
  Ns oldest = 0;  ///< `intended` of the oldest open iteration; 0: none is open.
  std::int64_t started = 0;
  std::int64_t ended = 0;
  std::int64_t good = 0;      ///< Complete, as expected, and without error word, emptiness or session loss.
  std::int64_t too_many = 0;  ///< Answered with 429.
};

/// A snapshot.
struct Live {
  std::vector<JourneyLive> journeys;  ///< By journey index.
  std::vector<OpenIteration> open;    ///< Oldest first.
  Ns limited_until = 0;               ///< When more is allowed, by the last answer with 429; 0: it did not say.
};

/// Throughput without a schedule.
struct ClosedLoop {
  std::vector<double> per_second;  ///< Iterations per second of each journey, alone.
  std::int64_t too_many = 0;       ///< Answers with 429. Without `allowed` the rate should be halved.
  std::vector<Ns> longest;         ///< Longest wait of each journey's successes, alone with few users; 0: none.
  /// Iterations per second of each journey that the application's limit lets through; 0: no limit was met.
  std::vector<double> allowed;
  Ns waited = 0;  ///< Until the application let customers through again.
};

/// What the closed loop waits for beyond its time.
struct ClosedLoopWait {
  std::size_t journey = 0;
  Ns most = 0;           ///< Longest that it waits.
  bool limited = false;  ///< Until the application lets customers through again; else for the first answer.
};

inline constexpr Ns kFirstAnswer = 60 * kSec;  ///< Longest wait of the closed loop for a journey's first answer.

/// How throughput is looked for.
struct ClosedLoopOptions {
  Ns length = 0;                   ///< Of all journeys together, where answers come in time.
  Ns first_answer = kFirstAnswer;  ///< Longest wait for a journey's first answer.
  Ns window = 75 * kSec;           ///< Longest wait for an application that answers 429 to let customers through again.
  std::function<void(const ClosedLoopWait&)> told;  ///< From the generator's thread; must not call it. May be empty.
};

/// The rate per journey, at most `wanted`, at which all journeys together take at most a quarter of what the closed
/// loop found, and half of what a limit lets through. Journeys that had no throughput do not count; 0 when none had
/// any.
double steady_rate(const ClosedLoop& loop, double wanted);

/// Rates for set_rate(): `mean` on average, in the proportion of the journeys' weights. Cells use one rate for all.
std::vector<double> weighted_rates(std::span<const conf::Journey> journeys, double mean);

/// Iterations fired at once, outside the schedule. Thread-safe.
class Volley {
 public:
  virtual ~Volley() = default;
  /// How many have not ended.
  virtual std::size_t open() const = 0;
  /// Those that ended, in the order of their ends.
  virtual std::vector<record::Iteration> ended() const = 0;
  /// Waits until all ended; false when `limit` passed first.
  virtual bool wait(Ns limit) const = 0;
};

/// An acknowledged write that was read back; also in the log as WriteChecked.
struct VerifyResult {
  std::int64_t journey = 0;
  std::string token;
  Ns acknowledged = 0;
  std::string result;  ///< "found", "missing", "doubled" or "not readable".
};

/// Open-loop load of HTTP/1.1 on one address: departures follow a schedule and never wait for answers (DESIGN 8). Runs
/// on a thread of its own beside one watchdog per core; every function may be called from any thread
/// but not from the sink, nor while holding what the sink waits for: most wait for the generator's thread.
class Generator {
 public:
  /// Checks the journeys (Errc::config names journey, step and field) and declares them in the log. Nothing is sent
  /// yet: all rates are 0. Errc::no_traffic without journeys.
  static Result<std::unique_ptr<Generator>> start(GeneratorOptions options);
  virtual ~Generator() = default;

  /// Iterations per second of each journey from now on; 0 stops it, missing ones count as 0. A journey whose rate stays
  /// keeps its even spacing.
  virtual void set_rate(std::span<const double> per_journey) = 0;
  /// From the next request on, customers connect here: an application started afresh may listen elsewhere.
  virtual void set_target(const Endpoint& target, const std::string& host_header) = 0;
  /// Until told otherwise the requests of a user go to the target and to `second` in turn, and the first requests of
  /// its iterations too; family 0 ends that.
  virtual void take_turns(const Endpoint& second) = 0;
  /// Fixes what steady answers look like from the answers seen so far (at least 30 per step, else the journey keeps
  /// being judged by `expect:` and status alone), and writes AnswerProfiled per journey: that of its last step. May be
  /// called again: the profile is then learned from the answers since start() or forget_answers().
  virtual void learn_profiles() = 0;
  /// Drops what was seen so far, so that warm-up answers are not learned from.
  virtual void forget_answers() = 0;
  virtual Live live() const = 0;
  /// Sends without pause, four users at a time, one journey after the other, each for an equal part of the length, or
  /// longer where its answers take longer. Blocks. Its iterations are not written to the log. Rates must be 0
  /// meanwhile.
  virtual ClosedLoop closed_loop(const ClosedLoopOptions& options) = 0;
  /// Starts `count` iterations of a journey now, whatever its rate, each on a new connection, so that a connection that
  /// is cut is not taken for one that was closed while it was idle. Does not block.
  virtual std::shared_ptr<const Volley> send_once(std::size_t journey, std::size_t count) = 0;
  /// Reads back, past caches, up to `most` of the last acknowledged writes of each journey that verifies, and writes a
  /// WriteChecked for each. Missing ones are read again until `limit` has passed, at least twice. What was found is not
  /// read again at later occasions. Blocks for `limit` and one answer's time (at most 5 s) at most.
  virtual std::vector<VerifyResult> verify_writes(const std::string& occasion, std::size_t most, Ns limit) = 0;
  /// Closes the connections of all open iterations and writes each as End::open.
  virtual void abandon_open() = 0;
  /// Processor time of the generator's thread.
  virtual Ns processor_time() const = 0;
  /// Ends all threads; open iterations are abandoned. Called by the destructor too.
  virtual void stop() = 0;
};

}  // namespace pl::load
