#include "engine/derive.h"

#include <filesystem>

#include "checks/checks.h"
#include "engine/run_folder.h"
#include "facts/facts.h"

namespace pl::engine {

report::Report derive(const record::ReadResult& log) {
  const facts::Facts facts = facts::fold(log.observations);
  const verdict::Verdict verdict = verdict::judge(facts, checks::run_all(facts), checks::answers(facts));
  return report::build(facts, verdict, {.chain_head = to_hex(log.chain_head), .run_id = facts.run.name});
}

Result<record::ReadResult> read_run_log(std::string_view bytes, const std::string& path) {
  record::ReadResult log = record::read_log(bytes);
  if (log.damage) return in_context(*log.damage, path);
  if (log.observations.empty()) return fail(Errc::corrupt, path + ": not one whole frame: nothing was logged");
  return log;
}

Result<std::string> log_path(const std::string& run) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_regular_file(run, error)) return run;
  for (const std::string& folder : {run, "runs/" + run}) {
    const std::string inside = folder + "/" + kLogFile;
    if (fs::is_regular_file(inside, error)) return inside;
  }
  return fail(Errc::not_found, run + ": no run folder (it would hold " + kLogFile + ") and no log");
}

}  // namespace pl::engine
