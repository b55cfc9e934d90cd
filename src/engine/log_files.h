#pragma once
#include <map>
#include <string>

#include "engine/state.h"

namespace pl::engine {

/// Where the application's own processes write what they do, when it is not their output: files that they have open to
/// write or to append only, by path, with their sizes. Those of databases, caches and queues are data and not among
/// them, and neither is the run's own application.log.
std::map<std::string, std::size_t> log_files(Run& run);

/// What was written to the files since they had these sizes, at most a limit of each.
std::string written_since(const std::map<std::string, std::size_t>& before);

}  // namespace pl::engine
