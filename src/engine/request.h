#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "conf/config.h"
#include "report/worst.h"
#include "sign/sign.h"

namespace pl::engine {

/// What a run is asked to do. Plain data.
struct Request {
  conf::Config config;
  std::vector<std::string> argv;  ///< The application's command; never empty.
  std::string folder;             ///< Where it works: an absolute path.
  std::string subject;            ///< Name for people: the folder's or the command's.
  std::string out;                ///< The run folder; empty: a dated one below runs/ of the current folder.
  std::string repeat;             ///< Arguments that repeat this run, after "proofload run ".
  Ns budget = 0;                  ///< Of the whole run; 0: no limit.
  std::uint64_t seed = 1;
  std::vector<std::string> only;  ///< Keys of experiments, or what they begin with; empty: all.
  std::vector<std::string> skip;  ///< Names of stages.
  bool reverse = false;           ///< Experiments in the reverse order.
  bool patient = false;           ///< Every dependency on which customers hang gets a longer hold.
  bool full = false;              ///< All experiments, not just the core.

  /// Whether an experiment, by its key, is among those asked for.
  bool asks_for(const std::string& experiment) const;
  std::optional<sign::Key> key;  ///< Signs the run; none: one is made for it.
};

/// An experiment that will be made: a place in the matrix of parts and faults.
struct Place {
  std::string key, part;
  std::string fault;  ///< Row of the fault table.
  Ns estimate = 0;
};

/// How an experiment stands.
struct Standing {
  enum class State { begun, decided, open, left_out };
  std::string key;
  State state = State::begun;
  report::Worst worst{};  ///< Of its cells, when decided or open.
  std::string why;        ///< When left out.
};

/// How customers fare just now.
struct Pulse {
  Ns now = 0;     ///< Since the run began.
  Ns window = 0;  ///< What the figures cover: the time before now.
  std::int64_t ended = 0, bad = 0;
  Ns p99 = 0;
};

/// What a user may wish while a run is made.
enum class Wish {
  none,
  abort_cell,  ///< End this experiment undecided and go on with the next.
  pause,       ///< Wait before the next trial; the second time: go on.
  finish,      ///< Leave out what is still to be made, and report what was measured.
};

/// Where a run tells people what it is doing, and hears what they wish. Every function may be empty. Called from the
/// engine's thread, and none may wait.
struct Progress {
  /// A line that stays.
  std::function<void(std::string_view stage, std::string_view text)> line;
  /// What is going on just now: replaces the last one where the output can do that.
  std::function<void(std::string_view stage, std::string_view text)> status;
  /// A stage begins, or has ended after some time; a note says why it was skipped or failed.
  std::function<void(std::string_view stage)> begun;
  std::function<void(std::string_view stage, Ns elapsed, std::string_view note)> ended;
  /// The experiments that will be made, in their order.
  std::function<void(const std::vector<Place>&)> planned;
  std::function<void(const Standing&)> standing;
  /// Some times a second.
  std::function<void(const Pulse&)> pulse;
  /// Before the run waits for the user, and after it.
  std::function<void(bool)> paused;
  std::function<Wish()> wish;
};

}  // namespace pl::engine
