#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "conf/config.h"
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

/// Where a run tells people what it is doing. Called from the engine's thread.
struct Progress {
  /// A line that stays.
  std::function<void(std::string_view stage, std::string_view text)> line;
  /// What is going on just now: replaces the last one where the output can do that.
  std::function<void(std::string_view stage, std::string_view text)> status;
};

}  // namespace pl::engine
