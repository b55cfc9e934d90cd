#pragma once
#include <algorithm>

#include "facts/procedure.h"

namespace pl::facts::test {

/// A hand-made log: journeys at 10/s, and trials whose answers a test says.
class Log {
 public:
  explicit Log(std::size_t journeys = 1) {
    facts.topology.components.resize(3);
    facts.topology.entry = 0;
    facts.topology.components[1].roots = {50};
    facts.topology.component_by_pid[50] = 1;
    facts.topology.edges.resize(2);
    facts.topology.edges[0].from = 0;
    facts.topology.edges[0].to = 2;
    facts.journeys.resize(journeys);
    for (Journey& journey : facts.journeys) {
      journey.profile = record::AnswerProfiled{.status = 200};
      journey.steady = {.count = 100, .success = 100, .median = 20 * kMs, .p95 = 40 * kMs, .good = true};
      journey.uses = {0};
      journey.alone_measured = true;
    }
  }

  void add(std::int64_t journey, Ns intended, Ns wait, std::int64_t status = 200) {
    record::Iteration iteration;
    iteration.journey = journey;
    iteration.intended = intended;
    iteration.done = intended + wait;
    iteration.status = status;
    add(iteration);
  }
  void add(const record::Iteration& iteration) { facts.iterations.push_back({++frame, iteration.done, iteration}); }

  void steady(std::int64_t journey, Ns from, Ns to) {
    for (Ns at = from; at < to; at += 100 * kMs) add(journey, at, 20 * kMs);
  }

  /// Control, a hold of 12 s and a quiet recovery of all journeys but `journey` in the hold.
  record::TrialEnded trial(std::int64_t faulted = 0) {
    record::TrialEnded ended{.key = "k", .form = "hold", .fault = "silent", .edge = 0};
    ended.control_from = begin;
    ended.fault_from = begin + 5 * kSec;
    ended.fault_to = begin + 17 * kSec;
    ended.watched_to = begin + 20 * kSec;
    ended.requests_met = 100;
    for (std::size_t i = 0; i < facts.journeys.size(); ++i) {
      const auto journey = static_cast<std::int64_t>(i);
      steady(journey, ended.control_from, ended.fault_from);
      if (journey != faulted) steady(journey, ended.fault_from, ended.fault_to);
      steady(journey, ended.fault_to, ended.watched_to);
    }
    begin += 60 * kSec;
    return ended;
  }

  Experiment decided(const record::TrialEnded& ended) {
    facts.trials.push_back({++frame, ended.watched_to, ended});
    std::ranges::stable_sort(facts.iterations, {}, [](const auto& seen) { return seen.at; });
    facts.last = std::max(facts.last, facts.iterations.back().at);
    return decide(facts, "k");
  }

  Facts facts;
  Ns begin = 100 * kSec;
  std::int64_t frame = 0;
};

}  // namespace pl::facts::test
