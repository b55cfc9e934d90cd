#include "engine/services.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/last_words.h"
#include "os/net.h"

namespace pl::engine {
namespace {

constexpr Ns kServes = 60 * kSec;

/// Where its output goes: into its own folder, which goes with it.
std::string output_of(const sandbox::PreparedService& prepared) {
  return prepared.folder.empty() ? "/dev/null" : prepared.folder + "/service.log";
}

Result<void> await_service(Run& run, Service& service) {
  bool ended = false;
  const auto serves = [&](const facts::Facts&) {
    ended = !run.sandbox->running(service.pid);
    return ended || service.prepared.accepts(run.clock);
  };
  const bool there = PL_TRY(run.wait_until(serves, kServes, 20 * kMs));
  if (there && !ended) return {};
  const std::string words = last_words(output_of(service.prepared));
  return fail(Errc::unsupported, fmt::format("the throw-away {} {}{}", service.prepared.name,
                                             ended ? "ended" : "did not get ready", words.empty() ? "" : ": " + words));
}

Result<void> spawn_service(Run& run, Service& service) {
  const sandbox::PreparedService& prepared = service.prepared;
  sandbox::Spawn command;
  command.argv = prepared.argv;
  command.env = prepared.env;
  command.folder = prepared.folder;
  command.output = output_of(prepared);
  command.uid = prepared.uid;
  command.gid = prepared.gid;
  command.provided = prepared.name;
  service.pid = PL_TRY(run.sandbox->spawn(command));
  return {};
}

/// `auto` stands for every kind whose package is there and that is not named beside it.
std::vector<conf::Provide> wanted(const std::vector<conf::Provide>& provide) {
  std::vector<conf::Provide> out = provide;
  if (std::erase_if(out, [](const conf::Provide& one) { return one.name == "auto"; }) == 0) return out;
  for (const sandbox::ServiceRow& row : sandbox::service_rows()) {
    const bool named = std::ranges::any_of(out, [&](const conf::Provide& one) { return one.name == row.name; });
    if (!named) out.push_back({std::string(row.name), Json::object().set("if_installed", true)});
  }
  return out;
}

}  // namespace

Result<void> restart_service(Run& run, Service& service) {
  PL_TRY(spawn_service(run, service));
  return await_service(run, service);
}

Result<void> start_services(Run& run) {
  for (conf::Provide& one : wanted(run.request.config.provide)) {
    const bool optional = one.options["if_installed"].as_bool();
    auto prepared =
        sandbox::prepare_service(one.name, optional ? Json::object() : one.options, &run.sandbox->journal());
    if (!prepared && optional && prepared.error().code == Errc::not_found) continue;
    if (!prepared) return std::unexpected(std::move(prepared).error());
    run.services.push_back({std::move(*prepared), 0});
  }
  for (Service& service : run.services) PL_TRY(spawn_service(run, service));
  for (Service& service : run.services) {
    run.status("start", "waiting for " + service.prepared.name);
    PL_TRY(await_service(run, service));
    const sandbox::PreparedService& prepared = service.prepared;
    run.observe(record::ServiceProvided{.name = prepared.name,
                                        .product = prepared.product,
                                        .version = prepared.version,
                                        .pid = service.pid,
                                        .address = os::address_text(prepared.endpoint),
                                        .port = prepared.endpoint.port});
  }
  return {};
}

}  // namespace pl::engine
