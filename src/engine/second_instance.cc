#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/last_words.h"
#include "engine/probe.h"
#include "engine/replace.h"
#include "engine/stages.h"
#include "engine/subject.h"
#include "os/net.h"

namespace pl::engine {
namespace {

constexpr const char* kKey = "architecture.second_instance";
constexpr const char* kAddress = "127.0.0.2";
constexpr Ns kComesUp = 20 * kSec;
constexpr Ns kProbe = 2 * kSec;
constexpr Ns kSettle = 1500 * kMs;  ///< Before the second one's answers count: connections, compilers, logging in.
constexpr Ns kAlone = 3 * kSec, kTurns = 6 * kSec;       ///< At least,
constexpr double kAloneAnswers = 8, kTurnsAnswers = 12;  ///< and so many answers of each journey,
constexpr Ns kLongest = 20 * kSec;                       ///< within this.
constexpr Ns kDrain = 3 * kSec;
constexpr Ns kStep = 100 * kMs;
constexpr std::size_t kWrites = 10;
constexpr Ns kReadWithin = 2 * kSec;
constexpr Ns kEstimate = 30 * kSec;

/// The second instance, while it runs.
struct Second {
  pid_t command = 0;
  std::set<pid_t> roots;  ///< Of its components.
  Endpoint at;
};

/// What both instances did so far.
struct Work {
  std::int64_t first = 0, second = 0;
  Ns processor_first = 0, processor_second = 0;
};

Work work_of(Run& run, const Second& second) {
  Work work;
  std::set<pid_t> services;
  for (const Service& service : run.services) services.insert(service.pid);
  for (const proxy::FlowTotals& flow : run.relay->totals()) {
    if (flow.owner == 0 || services.contains(flow.owner)) continue;
    (second.roots.contains(flow.owner) ? work.second : work.first) += flow.exchanges;
  }
  for (const pid_t root : run.sandbox->roots()) {
    if (services.contains(root)) continue;
    (second.roots.contains(root) ? work.processor_second : work.processor_first) += run.sandbox->processor_time(root);
  }
  return work;
}

/// Why the second one does not answer; empty: it does.
Result<std::string> start_second(Run& run, Second& second) {
  const std::vector<pid_t> before = run.sandbox->roots();
  sandbox::Spawn command = run.subject.command;
  command.bind_address = kAddress;
  second.command = PL_TRY(run.sandbox->spawn(command));
  bool ended = false;
  const auto answers = [&](const facts::Facts&) {
    if (http_status(run.clock, second.at, run.subject.host, "/", kProbe)) return true;
    ended = !run.sandbox->running(second.command);
    return ended;
  };
  const Ns limit = std::min(kComesUp, run.request.config.ready_timeout);
  const bool there = PL_TRY(run.wait_until(answers, limit, kStep));
  for (const pid_t root : run.sandbox->roots()) second.roots.insert(root);
  for (const pid_t root : before) second.roots.erase(root);
  if (there && !ended) return std::string();
  const std::string words = last_words(command.output);
  return fmt::format("the second instance {}{}",
                     ended ? "ended" : fmt::format("did not answer at {}", os::endpoint_text(second.at)),
                     words.empty() ? "" : "; it said: " + words);
}

Result<void> idle(Run& run) {
  run.set_rate(0);
  PL_TRY(run.drained(kDrain));
  run.load->abandon_open();
  return {};
}

/// How long it takes until each journey has so many answers.
Ns length_for(const Run& run, double answers, Ns least) {
  return std::clamp(static_cast<Ns>(answers / std::max(run.rate, 0.01) * 1e9), least, kLongest);
}

/// The second one alone, then both in turn, then what was written looked for at the second one.
Result<void> compare(Run& run, const Second& second, record::SecondInstance& seen) {
  const Endpoint first = run.subject.target;
  run.load->set_target(second.at, run.subject.host);
  run.set_rate(run.rate);
  PL_TRY(run.pause(kSettle));
  seen.alone_from = run.clock.now();
  PL_TRY(run.pause(length_for(run, kAloneAnswers, kAlone)));
  seen.alone_to = run.clock.now();
  PL_TRY(idle(run));
  run.load->set_target(first, run.subject.host);
  run.load->take_turns(second.at);
  const Work before = work_of(run, second);
  seen.turns_from = run.clock.now();
  run.set_rate(run.rate);
  PL_TRY(run.pause(length_for(run, kTurnsAnswers, kTurns)));
  seen.turns_to = run.clock.now();
  PL_TRY(idle(run));
  const Work after = work_of(run, second);
  seen.exchanges_first = after.first - before.first;
  seen.exchanges_second = after.second - before.second;
  seen.processor_first = after.processor_first - before.processor_first;
  seen.processor_second = after.processor_second - before.processor_second;
  run.load->take_turns({});
  run.load->set_target(second.at, run.subject.host);
  std::vector<load::VerifyResult> read;
  const std::string occasion(facts::kSecondInstance);
  PL_TRY(run.blocking([&] { read = run.load->verify_writes(occasion, kWrites, kReadWithin); }));
  run.load->set_target(first, run.subject.host);
  for (const load::VerifyResult& one : read) {
    if (one.result == "not readable" || one.acknowledged < seen.turns_from) continue;
    ++seen.writes_read;
    seen.writes_missing += one.result == "missing" ? 1 : 0;
  }
  return {};
}

/// Why two instances could not be compared; empty: they were.
Result<std::string> try_both(Run& run, record::SecondInstance& seen) {
  const Endpoint first = run.subject.target;
  if (first.family != 4 || !os::is_loopback(first)) {
    return fmt::format("customers connect to {}: only what listens on 127.0.0.1 can be started a second time beside it",
                       os::endpoint_text(first));
  }
  Second second{.at = *os::parse_endpoint(kAddress, first.port)};
  seen.address = os::endpoint_text(second.at);
  run.status("instances", "starting the application a second time");
  run.subject.command.bind_address = os::address_text(first);  // Else it may take the second one's address too.
  const Result<void> alone = restart_subject(run, "to run beside a second instance");
  run.subject.command.bind_address.clear();
  if (!alone && run.subject.lost.empty()) return std::unexpected(alone.error());
  if (!alone) return "it does not start when it is made to listen on 127.0.0.1: " + run.subject.lost;
  std::string why = PL_TRY(start_second(run, second));
  if (why.empty()) {
    run.status("instances", "requests take turns between two instances");
    PL_TRY(compare(run, second, seen));
    PL_TRY(replace_first(run, second.at, seen));
    run.load->set_target(first, run.subject.host);
  }
  if (run.sandbox->running(second.command)) (void)run.sandbox->kill(second.command);
  for (const pid_t root : second.roots) {
    if (run.sandbox->running(root)) (void)run.sandbox->kill(root);
  }
  return why;
}

}  // namespace

Result<void> second_instance(Run& run) {
  if (!any_steady(run.look()) || !run.request.asks_for(kKey)) return {};
  if (run.beyond_budget(kEstimate)) {
    run.observe(record::ExperimentLeftOut{kKey, "budget", false});
    return {};
  }
  run.set_rate(0);
  record::SecondInstance seen;
  seen.undecided = PL_TRY(try_both(run, seen));
  run.observe(seen);
  run.say("instances",
          seen.undecided.empty()
              ? fmt::format("two in turn: {} and {} exchanges with dependencies, {} of {} writes missing",
                            seen.exchanges_first, seen.exchanges_second, seen.writes_missing, seen.writes_read)
              : "not decided: " + seen.undecided);
  return restart_subject(run, "to run alone again");
}

}  // namespace pl::engine
