#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/sha256.h"
#include "cli/commands.h"
#include "engine/derive.h"
#include "os/file.h"
#include "record/kinds.h"
#include "record/print.h"

namespace pl::cli {

Result<int> log(const std::string& run, const std::vector<std::string>& kinds) {
  const auto& rows = record::kind_rows();
  for (const std::string& kind : kinds) {
    if (std::ranges::find(rows, kind, &record::KindRow::name) == rows.end()) {
      std::string known;
      for (const record::KindRow& row : rows) known += (known.empty() ? "" : ", ") + std::string(row.name);
      return fail(Errc::usage, fmt::format("--kind {}: no such kind; there are {}", kind, known));
    }
  }
  const std::string path = PL_TRY(engine::log_path(run));
  const record::ReadResult log = record::read_log(PL_TRY(os::read_file(path)));
  for (const record::Observation& observation : log.observations) {
    if (!kinds.empty() && std::ranges::find(kinds, observation.kind) == kinds.end()) continue;
    fmt::print("{:>6} {}\n", observation.id, record::print_observation(observation));
  }
  std::fflush(stdout);
  if (log.damage) return in_context(*log.damage, path);
  if (log.truncated)
    fmt::print(stderr, "proofload: {}: cut short after {} whole frames\n", path, log.observations.size());
  return 0;
}

}  // namespace pl::cli
