#include "engine/run.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/values.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/provide.h"
#include "conf/load.h"
#include "engine/command.h"
#include "os/file.h"
#include "os/signals.h"
#include "report/writers.h"

namespace pl::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "proofload.yaml";
constexpr Ns kPatience = 30 * kSec, kFullPatience = 120 * kSec;  ///< Where nothing is declared; the longer by --full.

Result<Ns> duration_of(const char* flag, const std::string& text, Ns fallback) {
  if (text.empty()) return fallback;
  const auto length = parse_duration(text);
  if (!length || *length <= 0) {
    return fail(Errc::usage, fmt::format("{} {}: not a length of time; it would be 60s, 5m or 500ms", flag, text));
  }
  return *length;
}

/// The file that --config names, else the folder's proofload.yaml, else nothing.
Result<conf::Config> read_config(const RunFlags& flags, const std::string& folder) {
  std::string path = flags.config;
  if (path.empty()) {
    path = flags.folder.empty() ? kFile : folder + "/" + kFile;
    if (!os::file_exists(path)) {
      if (!flags.folder.empty() && flags.command.empty()) {
        return fail(Errc::not_found, fmt::format("{} has no {}: write one with `run:`, or give a command after --",
                                                 flags.folder, kFile));
      }
      return conf::Config{};
    }
  }
  if (!os::file_exists(path)) return fail(Errc::not_found, path + ": no such file");
  const std::string text = PL_TRY(os::read_file(path));
  conf::Config config = PL_TRY(conf::load(text, path));
  std::error_code error;
  config.file = fs::absolute(path, error).lexically_normal().string();
  return config;
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-./:=@%+,") == std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// Arguments after "proofload run " that make the same run again; budget and chosen experiments apart.
std::string repeat_of(const RunFlags& flags) {
  std::string text;
  const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  if (flags.full) add("--full");
  if (flags.seed != 1) add("--seed " + std::to_string(flags.seed));
  if (!flags.config.empty()) add("--config " + quoted(flags.config));
  for (const std::string& name : flags.provide) add("--provide " + name);
  if (!flags.folder.empty()) add(quoted(flags.folder));
  if (!flags.command.empty()) add("--");
  for (const std::string& word : flags.command) add(quoted(word));
  return text;
}

Result<engine::Request> request_of(const RunFlags& flags) {
  engine::Request request;
  std::error_code error;
  const fs::path folder = fs::absolute(flags.folder.empty() ? "." : flags.folder, error).lexically_normal();
  if (!fs::is_directory(folder, error)) return fail(Errc::not_found, flags.folder + ": no such folder");
  request.folder = folder.string();
  while (request.folder.size() > 1 && request.folder.ends_with('/')) request.folder.pop_back();
  request.config = PL_TRY(read_config(flags, request.folder));
  PL_TRY(add_services(request.config, flags.provide));
  const Ns declared = request.config.slo.patience, usual = flags.full ? kFullPatience : kPatience;
  request.config.slo.patience = PL_TRY(duration_of("--patience", flags.patience, declared > 0 ? declared : usual));
  request.budget = PL_TRY(duration_of("--budget", flags.budget, 0));
  request.argv = flags.command.empty() ? request.config.run : flags.command;
  request.out = flags.out;
  request.seed = flags.seed;
  request.only = flags.only;
  request.skip = flags.skip;
  request.reverse = flags.reverse;
  request.full = flags.full;
  request.patient = !flags.patience.empty();
  request.repeat = repeat_of(flags);
  request.subject = flags.folder.empty() && !request.argv.empty() ? engine::command_name(request.argv)
                                                                  : fs::path(request.folder).filename().string();
  if (!flags.key.empty()) {
    if (!os::file_exists(flags.key)) return fail(Errc::not_found, flags.key + ": no such key file");
    const std::string pem = PL_TRY(os::read_file(flags.key));
    const auto key = sign::Key::from_private_pem(pem);
    if (!key) return in_context(key.error(), "--key " + flags.key);
    request.key = *key;
  }
  return request;
}

}  // namespace

Result<int> run(const RunFlags& flags) {
  engine::Request request = PL_TRY(request_of(flags));
  if (flags.print_config) {
    fmt::print("{}", conf::print_config(request.config));
    return 0;
  }
  if (request.argv.empty()) {
    return fail(Errc::usage, "nothing to run: give a command after --, or a folder whose proofload.yaml has `run:`");
  }
  PL_TRY(engine::check_command(request.argv, request.folder));
  os::catch_stop_signals();
  const Terminal screen = terminal();
  ProgressPrinter printer(screen);
  printer.begin(request);
  const engine::Outcome outcome = PL_TRY(engine::run(request, printer.progress()));
  printer.end();
  const report::Style style{.colour = screen.colour, .width = screen.width, .folder = outcome.folder};
  fmt::print("\n{}", report::write_terminal(outcome.report, style));
  std::fflush(stdout);
  if (!outcome.error.empty() && outcome.exit_code != 130) fmt::print(stderr, "proofload: {}\n", outcome.error);
  return outcome.exit_code;
}

}  // namespace pl::cli
