#include "cli/chosen.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/derive.h"
#include "os/file.h"

namespace pl::cli {
namespace {

constexpr std::size_t kShortest = 4;  ///< Digits of a fingerprint that may be meant.
constexpr std::size_t kListed = 12;   ///< Names of each sort in an error.

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kListed; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kListed) text += fmt::format(" and {} more", names.size() - kListed);
  return text.empty() ? "none" : text;
}

void add_once(std::vector<std::string>& list, const std::string& word) {
  if (std::ranges::find(list, word) == list.end()) list.push_back(word);
}

std::unexpected<Error> unknown(const report::Report& report, const std::string& name) {
  std::vector<std::string> keys, checks;
  for (const report::ExperimentRow& row : report.experiments) add_once(keys, row.key);
  for (const facts::Finding& finding : report.findings) add_once(checks, finding.check);
  return fail(Errc::not_found, fmt::format("{}: no such experiment or finding in this run; experiments: {}; findings "
                                           "of: {} (their fingerprints are in the report)",
                                           name, list_of(keys), list_of(checks)));
}

std::unexpected<Error> several(const std::vector<const facts::Finding*>& found, const std::string& name) {
  std::vector<std::string> names;
  for (const facts::Finding* one : found) {
    names.push_back(fmt::format("{} ({} {})", one->fingerprint, one->check, one->subject));
  }
  return fail(Errc::usage, fmt::format("{}: that is said of several findings; name one by its fingerprint: {}", name,
                                       list_of(names)));
}

}  // namespace

Result<StoredRun> read_run(const std::string& run) {
  const std::string path = PL_TRY(engine::log_path(run));
  const std::string bytes = PL_TRY(os::read_file(path));
  StoredRun stored;
  stored.log = PL_TRY(engine::read_run_log(bytes, path));
  stored.facts = facts::fold(stored.log.observations);
  stored.report = engine::derive(stored.log);
  return stored;
}

Result<Chosen> choose(const report::Report& report, const std::string& name) {
  if (std::ranges::find(report.experiments, name, &report::ExperimentRow::key) != report.experiments.end()) {
    return Chosen{nullptr, {name}};
  }
  std::vector<const facts::Finding*> found;
  for (const facts::Finding& one : report.findings) {
    const bool print = name.size() >= kShortest && one.fingerprint.starts_with(name);
    if (print || name == one.check || name == one.check + " " + one.subject) found.push_back(&one);
  }
  if (found.empty()) return unknown(report, name);
  if (found.size() > 1) return several(found, name);
  return Chosen{found.front(), found.front()->cells};
}

}  // namespace pl::cli
