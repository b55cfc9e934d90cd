#include <fmt/format.h>

#include <algorithm>

#include "engine/log_files.h"
#include "engine/prober.h"
#include "engine/stages.h"
#include "engine/subject.h"
#include "os/file.h"
#include "os/signals.h"
#include "scan/files.h"

namespace pl::engine {
namespace {

constexpr Ns kOutput = 2 * kSec;                ///< How long the application's output is watched under the load.
constexpr std::size_t kOutputBytes = 64 << 20;  ///< Of it that is read.
constexpr Ns kAnswersAgain = 3 * kSec;

/// What the application wrote so far, up to a limit.
std::string output_of(const Run& run) {
  auto text = os::read_file(run.folder->file(kApplicationLog), kOutputBytes);
  return text ? std::move(*text) : std::string();
}

Result<void> watch_output(Run& run) {
  record::OutputSeen seen;
  const std::size_t before = output_of(run).size();
  const std::map<std::string, std::size_t> files = log_files(run);
  seen.from = run.clock.now();
  PL_TRY(run.pause(kOutput));
  seen.to = run.clock.now();
  const std::string text = output_of(run);
  const std::string fresh = text.substr(std::min(before, text.size())) + written_since(files);
  seen.bytes = static_cast<std::int64_t>(fresh.size());
  seen.lines = std::ranges::count(fresh, '\n');
  for (std::size_t at = 0; at < fresh.size();
       at = fresh.find('\n', at) == fresh.npos ? fresh.size() : fresh.find('\n', at) + 1) {
    seen.json_lines += fresh[at] == '{';
  }
  run.observe(seen);
  return {};
}

/// Secrets in the application's files; not below the root folder, where the files are not the application's.
Result<void> search_for_secrets(Run& run) {
  const std::string& folder = run.request.folder;
  if (folder.empty() || folder == "/") return {};
  scan::FileSecrets secrets;
  PL_TRY(
      run.blocking([&] { secrets = scan::search_files(folder, run.hash_key, [] { return os::stop_requested(); }); }));
  for (const record::SecretFound& found : secrets.found) run.observe(found);
  run.observe(secrets.read);
  return {};
}

/// A question that ended the application must not spoil what follows.
Result<void> bring_back(Run& run) {
  if (PL_TRY(await_target(run, kAnswersAgain))) return {};
  return restart_in_quiet(run, "it did not answer any more after it was asked things outside the load");
}

}  // namespace

Result<void> probe(Run& run) {
  if (!run.request.asks_for("security.probe")) return {};
  run.status("probe", "what it writes, and secrets in its files");
  PL_TRY(watch_output(run));
  PL_TRY(search_for_secrets(run));
  Prober prober(run);
  std::vector<Walked> walks;
  for (std::size_t i = 0; i < run.journeys.size(); ++i) {
    run.status("probe", fmt::format("{} outside the load", run.journeys[i].name));
    walks.push_back(PL_TRY(prober.walk_fresh(static_cast<std::int64_t>(i))));
  }
  run.status("probe", "pages, mistakes, access");
  PL_TRY(probe_pages(prober, walks));
  PL_TRY(probe_access(prober, walks));
  PL_TRY(probe_mistakes(prober, walks));
  run.status("probe", "where customers' values come out");
  PL_TRY(probe_sql(prober, walks));
  run.status("probe", "markup by way of the model, a long conversation, wrong passwords");
  PL_TRY(probe_markup(prober, walks));
  PL_TRY(probe_consumption(prober, walks));
  PL_TRY(probe_guessing(prober, walks));
  PL_TRY(bring_back(run));
  const facts::Facts& facts = run.look();
  run.say("probe", fmt::format("{} answers, {} in files", facts.probes.size(), facts.secrets.size()));
  return {};
}

}  // namespace pl::engine
