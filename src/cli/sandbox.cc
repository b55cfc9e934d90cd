#include "sandbox/sandbox.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "engine/command.h"
#include "engine/observe.h"
#include "os/signals.h"

namespace pl::cli {

Result<int> sandbox(const std::vector<std::string>& command, const std::vector<std::string>& egress, bool json) {
  if (command.empty()) return fail(Errc::usage, "nothing to run: proofload sandbox -- node server.js");
  PL_TRY(engine::check_command(command, "."));
  os::catch_stop_signals();
  const engine::Observed observed = PL_TRY(engine::observe(command, egress));
  fmt::print("{}", json ? engine::graph_json(observed.facts) : engine::graph_text(observed.facts));
  return observed.exit_code;
}

}  // namespace pl::cli
