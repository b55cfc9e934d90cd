#include <fmt/format.h>

#include "engine/probe.h"
#include "engine/services.h"
#include "engine/stages.h"
#include "engine/subject.h"
#include "os/net.h"

extern char** environ;

namespace pl::engine {
namespace {

constexpr Ns kTaken = 500 * kMs;

/// The address that customers will connect to must be free: else somebody else would be measured.
Result<void> check_target_free(const Run& run) {
  if (run.request.config.traffic.target.empty()) return {};
  const Url url = PL_TRY(parse_url(run.request.config.traffic.target, "traffic.target"));
  if (!accepts(run.clock, url.endpoint, kTaken)) return {};
  return fail(Errc::port_taken,
              fmt::format("{} is served by another process already; end that, or change traffic.target",
                          os::endpoint_text(url.endpoint)));
}

/// Proofload's own environment, with what the throw-away services say.
std::vector<std::string> environment(const Run& run) {
  std::vector<std::string> out;
  const auto set = [&out](const std::string& name, const std::string& value) {
    std::erase_if(out, [&](const std::string& line) { return line.starts_with(name + "="); });
    out.push_back(name + "=" + value);
  };
  for (char** line = environ; *line != nullptr; ++line) out.emplace_back(*line);
  for (const Service& service : run.services) {
    for (const auto& [name, value] : service.prepared.child_env) set(name, value);
  }
  return out;
}

std::string edges_text(const facts::Facts& facts) {
  std::string text;
  for (const facts::Edge& edge : facts.topology.edges) {
    if (edge.setup || edge.from < 0) continue;
    const auto name = [&](std::int64_t id) {
      return id < 0 ? "refused" : facts.topology.components[static_cast<std::size_t>(id)].name;
    };
    text += fmt::format("{}{} -> {}", text.empty() ? "" : "   ", name(edge.from), name(edge.to));
  }
  return text;
}

}  // namespace

Result<void> start(Run& run) {
  PL_TRY(check_target_free(run));
  PL_TRY(run.start_sandbox());
  PL_TRY(start_services(run));
  run.subject.command.argv = run.request.argv;
  run.subject.command.env = environment(run);
  run.subject.command.folder = run.request.folder;
  run.subject.command.output = run.folder->file(kApplicationLog);
  run.status("start", "waiting for the application");
  PL_TRY(start_subject(run));
  const facts::Facts& facts = run.look();
  const std::string name = facts.topology.entry < 0
                               ? "the application"
                               : facts.topology.components[static_cast<std::size_t>(facts.topology.entry)].name;
  run.say("start", fmt::format("{} ready on {} after {:.1f} s", name, run.subject.host,
                               facts.ready ? seconds(facts.ready->value.after) : 0.0));
  if (const std::string edges = edges_text(facts); !edges.empty()) run.say("", edges);
  return {};
}

}  // namespace pl::engine
