#include "engine/subject.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/last_words.h"
#include "engine/missing.h"
#include "engine/probe.h"
#include "facts/address.h"
#include "os/clock.h"
#include "os/net.h"

namespace pl::engine {
namespace {

constexpr Ns kEndsOnTerm = 5 * kSec;  ///< Grace of a restart, and of the end, between TERM and KILL.
constexpr Ns kLook = 20 * kMs;
constexpr Ns kProbe = 2 * kSec;     ///< Longest wait for one answer while it gets ready.
constexpr Ns kSettle = 1500 * kMs;  ///< After the first listener that speaks HTTP, for others behind or before it.
constexpr Ns kProbeStep = 100 * kMs;
constexpr int kKillRounds = 5;

bool provided(const Run& run, pid_t root) {
  return std::ranges::any_of(run.services, [root](const Service& service) { return service.pid == root; });
}

/// Roots of the application's own components.
std::vector<pid_t> own_roots(const Run& run) {
  std::vector<pid_t> roots = run.sandbox->roots();
  std::erase_if(roots, [&](pid_t root) { return provided(run, root); });
  return roots;
}

/// A listener as we can connect to it; family 0 for a Unix socket.
Endpoint reachable(const facts::Listener& listener) {
  if (listener.port == 0) return {};
  const bool every = facts::is_wildcard(listener.address);
  const std::string address = every ? "127.0.0.1" : listener.address;
  const auto endpoint = os::parse_endpoint(address, static_cast<std::uint16_t>(listener.port));
  return endpoint ? *endpoint : Endpoint{};
}

bool depended_on(const facts::Facts& facts, std::int64_t component) {
  return std::ranges::any_of(facts.topology.edges, [component](const facts::Edge& edge) {
    return edge.to == component && !edge.setup && edge.from >= 0 && edge.from != component;
  });
}

/// Listeners of the application that answer by HTTP; those that nothing else depends on first.
struct Front {
  Endpoint at;
  int rank = 0;  ///< The lower, the likelier customers connect there.
};

std::vector<Front> fronts(const Run& run, const facts::Facts& facts) {
  std::vector<Front> found;
  for (const facts::Component& component : facts.topology.components) {
    if (!component.inside || !component.provided.empty() || component.root == 0) continue;
    const bool other = !component.product.empty() && component.product != "http";
    for (const facts::Listener& listener : component.listeners) {
      const Endpoint at = reachable(listener);
      if (at.family == 0 || other) continue;
      if (!http_status(run.clock, at, os::endpoint_text(at), "/", kProbe)) continue;
      // What the command itself became comes before what it started beside.
      const bool command = component.root == run.subject.pid;
      found.push_back({at, (depended_on(facts, component.id) ? 2 : 0) + (command ? 0 : 1)});
    }
  }
  std::ranges::stable_sort(found, {}, &Front::rank);
  return found;
}

/// What it may have lacked, unless it was there before: a restart is another matter.
std::string lacked(Run& run, std::string_view words) {
  const facts::Facts& facts = run.look();
  return facts.ready ? std::string() : hints(facts, !run.request.config.provide.empty(), words);
}

Result<void> ended(Run& run) {
  const auto status = run.sandbox->exit_status(run.subject.pid);
  const std::string words = last_words(run.folder->file(kApplicationLog));
  const std::string said = words.empty() ? "it said nothing" : "it said: " + words;
  if (says_port_taken(words)) {
    return fail(Errc::port_taken, fmt::format("the application's port is taken by another process; {}", said));
  }
  std::string how = "ended";
  if (status && status->signal != 0) how = fmt::format("was ended by signal {}", status->signal);
  if (status && status->status >= 0) how = fmt::format("ended with status {}", status->status);
  return fail(Errc::ended_early, fmt::format("the application {} after {:.1f} s, before it answered; {}{}", how,
                                             seconds(run.clock.now() - run.subject.started), said, lacked(run, words)));
}

void note_ready(Run& run, Ns after) {
  const facts::Facts& facts = run.look();
  record::SubjectReady ready{
      .address = os::address_text(run.subject.target), .port = run.subject.target.port, .after = after};
  for (const facts::Component& component : facts.topology.components) {
    for (const facts::Listener& listener : component.listeners) {
      const bool here =
          component.inside && component.root != 0 && facts::match_listener(listener, ready.address, ready.port) > 0;
      if (here) ready.pid = component.root;
    }
  }
  run.observe(ready);
  run.look();
}

Result<void> not_ready(Run& run, const std::string& what) {
  const std::string words = last_words(run.folder->file(kApplicationLog));
  return fail(Errc::not_ready,
              fmt::format("{} within {:.0f} s (ready_timeout); {}{}", what, seconds(run.request.config.ready_timeout),
                          words.empty() ? "the application said nothing" : "the application said: " + words,
                          lacked(run, words)));
}

/// The Host that the application takes for its own: its address, or localhost where only that is answered as customers
/// are (hosts that are allowed, one URL that all others redirect to).
std::string host_for(const Run& run) {
  const std::string address = os::endpoint_text(run.subject.target);
  const std::string local = fmt::format("localhost:{}", run.subject.target.port);
  const auto plain = http_status(run.clock, run.subject.target, address, "/", kProbe);
  if (!plain || *plain < 300 || *plain >= 500) return address;
  const auto named = http_status(run.clock, run.subject.target, local, "/", kProbe);
  return named && *named < (*plain < 400 ? 300 : 400) ? local : address;
}

/// Without a declared target: the first listener that answers by HTTP, once the others had time to come up.
Result<void> find_target(Run& run) {
  std::vector<Front> found;
  bool over = false;
  const Endpoint before = run.subject.target;  // Where it was found the last time.
  const auto look = [&](const facts::Facts& facts) {
    if (before.family != 0 && http_status(run.clock, before, run.subject.host, "/", kProbe)) return true;
    found = fronts(run, facts);
    over = !subject_runs(run);
    return !found.empty() || over;
  };
  const bool any = PL_TRY(run.wait_until(look, run.request.config.ready_timeout, kProbeStep));
  if (any && found.empty() && !over) return {};
  if (found.empty() && over) return ended(run);
  if (!any || found.empty()) {
    const bool listens = std::ranges::any_of(run.look().topology.components, [](const facts::Component& component) {
      return component.inside && component.provided.empty() && !component.listeners.empty();
    });
    if (!listens) return not_ready(run, "the application did not listen anywhere");
    return fail(Errc::no_traffic,
                "no listener of the application answers by HTTP, so no traffic is possible; write "
                "`traffic: { target: http://127.0.0.1:PORT }` into proofload.yaml");
  }
  PL_TRY(run.pause(kSettle));
  const std::vector<Front> settled = fronts(run, run.look());
  run.subject.target = settled.empty() ? found[0].at : settled[0].at;
  run.subject.host = host_for(run);
  return {};
}

Result<void> await_ready_url(Run& run) {
  const Url url = PL_TRY(parse_url(run.request.config.ready, "ready"));
  bool over = false;
  const auto good = [&](const facts::Facts&) {
    auto status = http_status(run.clock, url.endpoint, url.host, url.path, kProbe);
    if (!status && url.other.family != 0) status = http_status(run.clock, url.other, url.host, url.path, kProbe);
    over = !subject_runs(run);
    return over || (status && *status >= 200 && *status < 300);
  };
  const bool ready = PL_TRY(run.wait_until(good, run.request.config.ready_timeout, kProbeStep));
  if (over) return ended(run);
  return ready ? Result<void>{} : not_ready(run, run.request.config.ready + " did not answer with success");
}

/// The command may be a shell that does not pass the signal on.
void terminate_all(Run& run) {
  if (run.sandbox->running(run.subject.pid)) (void)run.sandbox->terminate(run.subject.pid);
  for (const pid_t root : own_roots(run)) (void)run.sandbox->terminate(root);
}

}  // namespace

bool subject_runs(Run& run) { return run.sandbox->running(run.subject.pid) || !own_roots(run).empty(); }

bool restarts_alone(const Run& run, const facts::Facts& facts) {
  const std::int64_t entry = facts.topology.entry;
  if (entry < 0) return false;
  for (const facts::Component& component : facts.topology.components) {
    const bool own = component.inside && component.provided.empty() && component.root != 0;
    if (own && component.id != entry) return false;
  }
  return run.sandbox->running(run.subject.pid);
}

bool stays_down(const Run& run, const Error& error) {
  const bool own = error.code == Errc::ended_early || error.code == Errc::not_ready || error.code == Errc::no_traffic ||
                   error.code == Errc::port_taken;
  return own && run.sandbox->alive();
}

void kill_subject(Run& run) {
  for (int round = 0; round < kKillRounds; ++round) {
    const std::vector<pid_t> roots = own_roots(run);
    const bool command = run.sandbox->running(run.subject.pid);
    if (command) (void)run.sandbox->kill(run.subject.pid);
    for (const pid_t root : roots) (void)run.sandbox->kill(root);
    if (roots.empty() && !command) return;
  }
}

Result<void> spawn_subject(Run& run) {
  run.subject.started = run.clock.now();
  run.subject.pid = PL_TRY(run.sandbox->spawn(run.subject.command));
  return {};
}

Result<bool> await_target(Run& run, Ns limit) {
  bool over = false;
  const auto answers = [&](const facts::Facts&) {
    if (http_status(run.clock, run.subject.target, run.subject.host, "/", kProbe)) return true;
    if (run.subject.other.family != 0 && http_status(run.clock, run.subject.other, run.subject.host, "/", kProbe)) {
      std::swap(run.subject.target, run.subject.other);
      return true;
    }
    over = !subject_runs(run);
    return over;
  };
  const bool there = PL_TRY(run.wait_until(answers, limit, kProbeStep));
  return there && !over;
}

Result<void> start_subject(Run& run) {
  PL_TRY(spawn_subject(run));
  if (!run.request.config.ready.empty()) PL_TRY(await_ready_url(run));
  if (run.request.config.traffic.target.empty()) {
    PL_TRY(find_target(run));
  } else {
    const Url url = PL_TRY(parse_url(run.request.config.traffic.target, "traffic.target"));
    run.subject.target = url.endpoint;
    run.subject.other = url.other;
    run.subject.host = url.host;
  }
  const bool there = PL_TRY(await_target(run, run.request.config.ready_timeout));
  if (!there && !subject_runs(run)) return ended(run);
  if (!there) return not_ready(run, "http://" + run.subject.host + " did not answer by HTTP");
  if (run.load) run.load->set_target(run.subject.target, run.subject.host);
  note_ready(run, run.clock.now() - run.subject.started);
  return {};
}

Result<void> end_subject(Run& run) {
  terminate_all(run);
  PL_TRY(run.wait_until([&](const facts::Facts&) { return !subject_runs(run); }, kEndsOnTerm, 50 * kMs));
  kill_subject(run);
  return {};
}

void part_from_subject(Run& run) {
  if (!run.sandbox || !run.sandbox->alive() || run.subject.pid == 0) return;
  terminate_all(run);
  const Ns end = run.clock.now() + kEndsOnTerm;
  while (run.clock.now() < end && subject_runs(run)) os::sleep_for(kLook);
}

Result<void> restart_subject(Run& run, const std::string& why) {
  run.observe(record::SubjectRestarted{why});
  run.status("chaos", "starting the application afresh: " + why);
  PL_TRY(end_subject(run));
  if (run.load) run.load->abandon_open();
  Result<void> started = start_subject(run);
  run.subject.lost = !started && stays_down(run, started.error()) ? started.error().message() : "";
  return started;
}

Result<void> restart_in_quiet(Run& run, const std::string& why) {
  run.set_rate(0);
  PL_TRY(restart_subject(run, why));
  run.set_rate(run.rate);
  return {};
}

}  // namespace pl::engine
