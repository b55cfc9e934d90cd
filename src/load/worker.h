#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "load/answer.h"
#include "load/connections.h"
#include "load/generator.h"
#include "load/journey.h"
#include "load/profile.h"
#include "load/schedule.h"
#include "load/seconds.h"
#include "load/users.h"
#include "load/verifier.h"

namespace pl::load {

/// The generator's thread side: takes up departures, makes iterations step by step, judges and writes them. Every
/// function is for the reactor's thread.
class Worker {
 public:
  /// How an iteration ended: judged, with the variables it had at its end.
  using Ended = std::function<void(const record::Iteration& iteration, const Variables& variables)>;

  Worker(os::Reactor& reactor, const GeneratorOptions& options, std::vector<JourneyPlan> plans,
         std::size_t most_connections);
  ~Worker();

  void set_rate(std::span<const double> per_journey);
  void set_target(const Endpoint& target, const std::string& host_header);
  /// Every second request of a user goes there; family 0 ends that.
  void take_turns(const Endpoint& second);
  void learn_profiles();
  void forget_answers();
  Live live() const;
  /// Starts an iteration outside the schedule; `ended` is told its end besides the log.
  void fire(std::size_t journey, Ended ended);
  /// The next requests are sent on new connections.
  void close_idle() {
    connections_.close_idle();
    if (second_) second_->close_idle();
  }
  void verify(const std::string& occasion, std::size_t most, Ns limit, Verifier::Done done);
  /// Ends all open iterations as End::open.
  void abandon_open();

  /// An iteration of the closed loop or for logging in: neither counted, nor written, nor learned from.
  void start_uncounted(std::size_t journey, User* user, Ended ended);
  /// The last answer with 429 said that more is allowed then; 0: it did not say, or there was none.
  Ns limited_until() const { return limited_until_; }
  /// In which its limit is counted; 0: it did not say.
  Ns limit_window() const { return limit_window_; }
  /// Ends all uncounted iterations without a word.
  void cancel_uncounted();

 private:
  struct Run;
  struct JourneyState;

  void tick();
  void rearm();
  void start(std::size_t journey, Ns intended, User* user, bool counted, Ended ended);
  void send_step(Run& run);
  http::ClientConnection& connection_of(Run& run);
  void give_back(Run& run);
  http::ClientEvents events_of(std::int64_t id);
  void on_sent(std::int64_t id, Ns at);
  void on_answer(std::int64_t id, Ns at);
  void on_failure(std::int64_t id, http::Failure failure, Ns at);
  bool take_captures(Run& run) const;
  void take_cookies(Run& run) const;
  void finish(Run& run, record::Iteration judged, Ns at);
  void finish_open(Run& run, Ns at);
  void count(Run& run, const record::Iteration& judged);
  void read_limit(const Answer& answer, Ns at);
  std::string said(const record::Iteration& judged, const Answer& answer, Ns at);
  void end_overdue(Ns now);
  void say_limit(const std::string& what);
  void log_in(const Write& write, std::function<void(const Variables&)> done);

  os::Reactor& reactor_;
  const record::Sink sink_;
  std::string host_;
  const std::vector<JourneyPlan> plans_;
  Connections connections_;
  std::optional<Connections> second_;  ///< To the second instance, while requests take turns.
  const std::size_t most_connections_;
  Verifier verifier_;
  Schedule schedule_;
  Seconds seconds_;
  std::vector<JourneyState> journeys_;
  std::map<std::int64_t, std::unique_ptr<Run>> runs_;  ///< Open iterations by id, so oldest first.
  std::int64_t next_id_ = 0;
  std::int64_t next_number_ = 0;
  std::int64_t next_n_;
  std::optional<os::Reactor::TimerId> timer_;
  bool said_limit_ = false;
  Ns limited_until_ = 0, limit_window_ = 0;
};

}  // namespace pl::load
