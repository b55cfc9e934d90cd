#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>

#include "base/values.h"
#include "cli/agreement.h"
#include "cli/chosen.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/provide.h"
#include "conf/load.h"
#include "engine/command.h"
#include "engine/run.h"
#include "os/file.h"
#include "os/signals.h"
#include "report/text.h"

namespace pl::cli {
namespace {

namespace fs = std::filesystem;

/// Texts of secrets are hashed in the log, each run with a key of its own: they cannot be compared.
Json without_secrets(const Json& value) {
  if (value.is_string()) {
    return value.as_string().find("sha256:") == std::string::npos ? value : Json("a secret");
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value.items()) list.push(without_secrets(item));
    return list;
  }
  if (!value.is_object()) return value;
  Json map = Json::object();
  for (const auto& [name, item] : value.members()) map.set(name, without_secrets(item));
  return map;
}

/// Keys of proofload.yaml that are other than in the first run.
std::string changed_keys(const Json& before, const conf::Config& now) {
  const Json then = without_secrets(before), today = without_secrets(conf::to_json(now, "key"));
  std::set<std::string> names;
  std::string text;
  for (const auto& [name, value] : then.members()) names.insert(name);
  for (const auto& [name, value] : today.members()) names.insert(name);
  for (const std::string& name : names) {
    if (then[name].dump() != today[name].dump()) text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

/// Where the application is now: where it was, or where the user says.
Result<std::string> folder_of(const record::RunStarted& first, const RepeatFlags& flags) {
  std::error_code error;
  if (!flags.folder.empty()) {
    if (!fs::is_directory(flags.folder, error)) return fail(Errc::not_found, flags.folder + ": no such folder");
    std::string folder = fs::absolute(flags.folder, error).lexically_normal().string();
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    return folder;
  }
  if (first.folder.empty()) {
    return fail(Errc::usage, "the log does not say where the application worked: name its folder by --folder DIR");
  }
  if (fs::is_directory(first.folder, error)) return first.folder;
  return fail(Errc::not_found, first.folder +
                                   ": the folder in which the application worked is not there: name where it is now by "
                                   "--folder DIR");
}

/// The configuration file of the first run, read again: its secrets are not in the log. One that lay in the
/// application's folder has moved with it.
Result<conf::Config> config_of(const record::RunStarted& first, const std::string& folder) {
  if (first.file.empty()) return conf::Config{};
  std::string path = first.file;
  if (!first.folder.empty() && path.starts_with(first.folder + "/")) path = folder + path.substr(first.folder.size());
  if (!os::file_exists(path)) {
    return fail(Errc::not_found, path +
                                     ": the configuration file of the run is not there, and the log holds no "
                                     "secrets: put it back, or name the application's folder by --folder DIR");
  }
  const std::string text = PL_TRY(os::read_file(path));
  conf::Config config = PL_TRY(conf::load(text, path));
  config.file = path;
  return config;
}

Result<engine::Request> request_of(const StoredRun& stored, const Chosen& chosen, const RepeatFlags& flags) {
  const record::RunStarted& first = stored.facts.run;
  if (first.argv.empty()) return fail(Errc::usage, "the log does not say what was run");
  engine::Request request;
  request.folder = PL_TRY(folder_of(first, flags));
  request.config = PL_TRY(config_of(first, request.folder));
  // By a flag of the first run, which the file does not know.
  PL_TRY(add_services(request.config, service_names(first.config["provide"])));
  if (const auto patience = parse_duration(first.config["slo"]["patience"].as_string())) {
    request.config.slo.patience = *patience;
  }
  request.argv = first.argv;
  request.subject = first.subject;
  request.repeat = first.repeat;
  request.seed = static_cast<std::uint64_t>(first.seed);
  request.full = first.full;
  request.only = chosen.keys;
  request.out = flags.out;
  PL_TRY(engine::check_command(request.argv, request.folder));
  return request;
}

int conclude(const StoredRun& first, const StoredRun& second, const std::vector<std::string>& keys) {
  int code = 0;
  for (const std::string& key : keys) {
    const Agreement agreement = compare(first.report, second.report, key);
    fmt::print("\n{}", agreement_text(agreement, key));
    // A difference is the stronger statement; what could not be decided comes next.
    if (code != 1 && agreement.exit_code != 0) code = agreement.exit_code;
  }
  return code;
}

}  // namespace

Result<int> repeat(const RepeatFlags& flags) {
  const StoredRun first = PL_TRY(read_run(flags.run));
  const Chosen chosen = PL_TRY(choose(first.report, flags.what));
  if (chosen.keys.empty()) {
    return fail(Errc::usage, fmt::format("{} rests on no single experiment: repeat the whole run: proofload run {}",
                                         flags.what, first.facts.run.repeat));
  }
  const engine::Request request = PL_TRY(request_of(first, chosen, flags));
  const std::string changed = changed_keys(first.facts.run.config, request.config);
  os::catch_stop_signals();
  ProgressPrinter printer(terminal());
  printer.begin(request);
  if (!changed.empty()) {
    printer.progress().line("note", fmt::format("{} is not as in the first run: {}", request.config.file, changed));
  }
  const engine::Outcome outcome = PL_TRY(engine::run(request, printer.progress()));
  printer.end();
  if (!outcome.error.empty()) {
    fmt::print(stderr, "proofload: {}\n", outcome.error);
    return outcome.exit_code;
  }
  const StoredRun second = PL_TRY(read_run(outcome.folder));
  const int code = conclude(first, second, chosen.keys);
  fmt::print("\n report   {}/report.html\n\n {}\n", outcome.folder,
             code == 0   ? "AGREES with the first run"
             : code == 1 ? "DISAGREES with the first run"
                         : "COULD NOT BE MEASURED again");
  std::fflush(stdout);
  return code;
}

}  // namespace pl::cli
