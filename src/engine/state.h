#pragma once
#include <sys/types.h>

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/live.h"
#include "engine/request.h"
#include "engine/run_folder.h"
#include "facts/procedure.h"
#include "load/generator.h"
#include "load/journey.h"
#include "os/clock.h"
#include "os/entropy.h"
#include "proxy/relay.h"
#include "record/kinds.h"
#include "sandbox/sandbox.h"
#include "sandbox/services/service.h"

namespace pl::engine {

/// A throw-away service that runs in the sandbox.
struct Service {
  sandbox::PreparedService prepared;
  pid_t pid = 0;
};

/// The application as it runs.
struct Subject {
  sandbox::Spawn command;
  pid_t pid = 0;     ///< Of its own command, the last time it was started.
  Ns started = 0;    ///< When that was.
  Endpoint target;   ///< Where customers connect to.
  Endpoint other;    ///< Of "localhost": its address of the other family, tried where this one does not answer.
  std::string host;  ///< The same as a Host header says it.
  std::string lost;  ///< Why it could not be started again; empty: it could, each time.
};

/// A step of a journey that is refused without the session that the journey has.
struct Guarded {
  std::int64_t journey = 0;
  std::int64_t step = 0;
  std::string target;        ///< Method and target.
  load::Request request;     ///< Without the session.
  std::int64_t refused = 0;  ///< The status that refuses it.
};

/// Some journey has a steady state, so that there is something to compare with.
bool any_steady(const facts::Facts& facts);

/// Everything that lives while a run is made. One thread, the engine's; the instruments have their own. Members are
/// destroyed in the reverse order: nothing uses the log after it is gone.
struct Run {
  Run(const Request& asked, const Progress& told);

  /// What a user has asked for and the run has not done yet.
  enum class Cut { none, cell, rest };

  const Request& request;
  const Progress& progress;
  os::RealClock clock;
  std::string hash_key = os::random_bytes(32);  ///< Of secrets that are told hashed; kept nowhere.
  Live live;
  std::unique_ptr<RunFolder> folder;
  std::unique_ptr<proxy::Relay> relay;
  std::unique_ptr<sandbox::Sandbox> sandbox;
  std::vector<Service> services;
  Subject subject;
  std::vector<conf::Journey> journeys;
  std::unique_ptr<load::Generator> load;
  std::vector<Guarded> guarded;  ///< As the probes found them, nothing being broken.
  double rate = 0;               ///< Iterations per second of each journey, the same in all cells.
  bool limited = false;          ///< The application limits its customers' rate: `rate` is below that.
  std::function<void(const record::Observation&)> watch;  ///< Sees each observation when it is folded; may be empty.
  std::set<std::int64_t> owned;  ///< Root processes whose earlier connections were handed to their component.

  std::string experiment;  ///< Key of the one that is being made; empty: none.
  Cut cut = Cut::none;     ///< Told once, as Errc::interrupted of pause(); who catches that takes it back.
  bool cut_told = false;
  bool pausing = false;  ///< The user wants a pause before the next trial.
  Ns paused = 0;         ///< How long the run has waited for the user.
  Ns last_pulse = 0;

  template <class Kind>
  void observe(const Kind& kind) {
    folder->log().append(record::observe(clock.now(), kind));
  }
  record::Sink sink() {
    return [log = &folder->log()](record::Observation seen) { log->append(std::move(seen)); };
  }
  void say(std::string_view stage, const std::string& text) const {
    if (progress.line) progress.line(stage, text);
  }
  void status(std::string_view stage, const std::string& text) const {
    if (progress.status) progress.status(stage, text);
  }

  /// Facts with all that was logged so far. Keeps the sandbox and the relay informed of components that came up.
  const facts::Facts& look();
  /// Lets time pass, shows people how it stands and hears what they wish. Errc::interrupted when the user asks to stop
  /// or, once, to end this experiment or what is left; the log's own error when it cannot be written,
  /// Errc::ended_early when the sandbox is gone.
  Result<void> pause(Ns length);
  /// Waits without load for as long as the user wants a pause.
  Result<void> rest();
  /// Whether the failure is the user's wish to end this experiment (Cut::cell) or all that is left (Cut::rest).
  bool is_cut(const Error& error, Cut what) const { return error.code == Errc::interrupted && cut_told && cut == what; }
  /// The wish was fulfilled; the run goes on.
  void take_back();
  /// An experiment begins: what the user wants to abort is this one.
  void begin(const std::string& key);
  /// An experiment is over: decided, or open.
  void end(const facts::Experiment& decided);
  /// Looks again and again until it holds; false when `limit` passed first.
  Result<bool> wait_until(const std::function<bool(const facts::Facts&)>& holds, Ns limit, Ns step = 100 * kMs);
  /// Waits until no iteration of the load is under way. False: some still are.
  Result<bool> drained(Ns limit);
  /// Runs something that blocks for a bounded time; a stop ends the instruments so that it comes back early.
  /// `meanwhile` is called now and then on this thread; may be empty.
  Result<void> blocking(const std::function<void()>& work, const std::function<void()>& meanwhile = {});

  /// Iterations that have not ended.
  std::vector<facts::OpenIteration> open() const;
  /// The same rate for all journeys from now on; 0 stops the load.
  void set_rate(double per_journey);
  /// Whether a budget was given and this much more would exceed it.
  bool beyond_budget(Ns more) const { return request.budget > 0 && clock.now() - paused + more > request.budget; }
  /// Starts the relay, and the sandbox around it, which may reach what the request's configuration allows.
  Result<void> start_sandbox();
  /// Ends load, application, services and relay; twice is harmless.
  void stop_instruments();

 private:
  void attend();
};

}  // namespace pl::engine
