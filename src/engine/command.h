#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace pl::engine {

/// What people call a command: "server.js" of "node server.js".
std::string command_name(const std::vector<std::string>& argv);
/// Whether its program can be executed from the folder. Errc::not_found says which one and where it was looked for.
Result<void> check_command(const std::vector<std::string>& argv, const std::string& folder);

}  // namespace pl::engine
