#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/build.h"
#include "report/text.h"

namespace pl::report {
namespace {

constexpr std::size_t kMostListed = 40;  ///< Entries of a list that the log may make long.

/// Texts with how often each was seen, in order of first sight; the rest is counted.
std::string tally(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::int64_t>> rows;
  for (const std::string& text : texts) {
    const auto at = std::ranges::find(rows, text, &std::pair<std::string, std::int64_t>::first);
    at == rows.end() ? void(rows.emplace_back(text, 1)) : void(++at->second);
  }
  std::string out;
  for (std::size_t i = 0; i < rows.size() && i < kMostListed; ++i) {
    out += (out.empty() ? "" : "; ") + rows[i].first;
    if (rows[i].second > 1) out += fmt::format(" ({} times)", count(rows[i].second));
  }
  if (rows.size() > kMostListed) out += fmt::format("; and {} more", rows.size() - kMostListed);
  return out;
}

std::string machine(const facts::Facts& facts) {
  return fmt::format("{}, {}, as {}", counted(facts.run.cores, "core", "cores"), clean(facts.run.kernel, 120),
                     facts.run.uid == 0 ? "root" : "an ordinary user");
}

std::string isolation(const facts::Facts& facts) {
  if (!facts.sandbox) return "not recorded";
  std::string out = clean(facts.sandbox->value.isolation, 60);
  for (const std::string& limit : facts.sandbox->value.limits) out += "; " + clean(limit);
  return out;
}

std::string generator(const facts::Facts& facts) {
  if (facts.generator.empty()) return "no second of load was recorded";
  std::int64_t bad = 0;
  Ns late = 0;
  for (const auto& second : facts.generator) {
    bad += second.value.is_void ? 1 : 0;
    if (!second.value.is_void) late = std::max(late, second.value.lateness_p99);
  }
  return fmt::format(
      "{} of {} are void because the generator fell behind; in the others it was late by {} at most (p99)", count(bad),
      counted(static_cast<std::int64_t>(facts.generator.size()), "second", "seconds"), duration(late));
}

std::string stalls(const facts::Facts& facts) {
  Ns longest = 0;
  for (const auto& stall : facts.stalls) longest = std::max(longest, stall.value.to - stall.value.from);
  if (facts.stalls.empty()) return "none over 50 ms";
  return fmt::format("{}, the longest {}; taken out of latencies",
                     counted(static_cast<std::int64_t>(facts.stalls.size()), "stall over 50 ms", "stalls over 50 ms"),
                     duration(longest));
}

/// Share of the machine that the instrument itself took: the bound on what its figures can mean.
std::string instrument(const facts::Facts& facts) {
  std::map<std::string, std::pair<Ns, Ns>> shares;
  for (const auto& used : facts.processor) {
    if (used.value.who.starts_with("component:")) continue;
    shares[used.value.who].first += used.value.processor;
    shares[used.value.who].second += used.value.to - used.value.from;
  }
  std::string out;
  for (const auto& [who, share] : shares) {
    if (share.second <= 0) continue;
    const double cores = static_cast<double>(share.first) / static_cast<double>(share.second);
    out += fmt::format("{}{} {:.2f} of a core", out.empty() ? "" : ", ", clean(who, 40), cores);
  }
  return out.empty() ? "not recorded" : out;
}

std::vector<std::string> services(const facts::Facts& facts) {
  std::vector<std::string> out;
  for (const auto& service : facts.services) {
    out.push_back(clean(service.value.product + " " + service.value.version + " (provided by proofload)", 160));
  }
  for (const facts::Component& component : facts.topology.components) {
    if (!component.provided.empty() || component.version.empty()) continue;
    out.push_back(clean(component.product + " " + component.version + " (announced on the wire)", 160));
  }
  return out;
}

}  // namespace

void build_made(const facts::Facts& facts, Report& report) {
  const auto add = [&](std::string label, std::string text) {
    if (!text.empty()) report.made.push_back({std::move(label), std::move(text)});
  };
  const auto all = [](const auto& seen, auto text) {
    std::vector<std::string> out;
    for (const auto& one : seen) out.push_back(clean(text(one.value), 240));
    return tally(out);
  };
  add("Command", report.run.command);
  add("Repeat the run", report.run.repeat.empty() ? "" : "proofload run " + report.run.repeat);
  add("Seed", fmt::format("{}", report.run.seed));
  add("proofload", report.run.version);
  add("Machine", machine(facts));
  add("Isolation", isolation(facts));
  add("Versions", tally(services(facts)));
  add("Load generator", generator(facts));
  add("Machine's stalls", stalls(facts));
  add("Weight of the instrument", instrument(facts));
  const auto refused = [](const record::DestinationRefused& one) {
    return fmt::format("{} to {}:{} ({})", one.program, one.address, one.port, one.transport);
  };
  add("Refused destinations", facts.refused.empty() ? "none" : all(facts.refused, refused));
  const auto passed = [](const record::NotIntercepted& one) { return one.program + ": " + one.what; };
  add("Not intercepted", facts.not_intercepted.empty() ? "nothing was seen" : all(facts.not_intercepted, passed));
  add("Started afresh", all(facts.restarts, [](const record::SubjectRestarted& one) { return one.why; }));
  add("Limits reached", all(facts.failures, [](const auto& one) { return one.code + ": " + one.detail; }));
  const auto stage = [](const record::StageEnded& one) {
    return fmt::format("{} {}{}", one.name, duration(one.elapsed), one.note.empty() ? "" : " (" + one.note + ")");
  };
  add("Stages", all(facts.stages, stage));
  add("End", report.run.how_ended + (report.run.end_detail.empty() ? "" : ": " + report.run.end_detail));
}

}  // namespace pl::report
