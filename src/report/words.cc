#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "facts/fault_words.h"
#include "report/build.h"
#include "report/text.h"

namespace pl::report {
namespace {

/// Endings of a member's name that say its unit, longest first.
constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
    {"_bytes_per_s", "bytes/s"},
    {"_percent", "%"},
    {"_bytes", "bytes"},
    {"_ms", "ms"},
    {"_us", "us"},
    {"_ns", "ns"},
    {"_per_s", "/s"},
    {"_s", "s"},
};

/// Parameters of faults that are milliseconds by their row.
constexpr std::string_view kMillis[] = {"down", "delay", "jitter", "after"};
constexpr std::string_view kRate = "rate";  ///< Of bandwidth, in KB/s.

std::string member_text(std::string name, const Json& value) {
  std::string_view unit;
  if (value.is_number() && std::ranges::find(kMillis, name) != std::end(kMillis)) {
    return name + " " + duration(static_cast<Ns>(std::llround(value.as_double() * 1e6)));
  }
  if (value.is_number() && name == kRate) return name + " " + number(value.as_double()) + " KB/s";
  for (const auto& [ending, word] : kUnits) {
    if (name.size() <= ending.size() || !name.ends_with(ending)) continue;
    unit = word;
    name.resize(name.size() - ending.size());
    break;
  }
  std::ranges::replace(name, '_', ' ');
  if (!value.is_number()) return clean(name + " " + (value.is_string() ? value.as_string() : value.dump()), 120);
  if (unit == "ns") return clean(name) + " " + duration(static_cast<Ns>(std::llround(value.as_double())));
  return clean(name) + " " + number(value.as_double()) + (unit.empty() || unit == "%" ? "" : " ") + std::string(unit);
}

}  // namespace

std::string_view tone_word(Tone tone) {
  constexpr std::string_view kWords[] = {"good", "mild", "warn", "bad", "worst", "none"};
  return kWords[static_cast<int>(tone)];
}

std::string fault_heading(std::string_view fault) { return clean(facts::fault_words(fault).heading, 60); }

Tone tone_of(facts::Outcome outcome) {
  using enum facts::Outcome;
  switch (outcome) {
    case unaffected:
      return Tone::good;
    case graceful:
      return Tone::mild;
    case degraded:
      return Tone::warn;
    case errors:
      return Tone::bad;
    case misleading:
      return Tone::bad;
    case hangs:
      return Tone::bad;
    default:
      return Tone::worst;
  }
}

Tone tone_of(verdict::Outcome outcome) {
  switch (outcome) {
    case verdict::Outcome::pass:
      return Tone::good;
    case verdict::Outcome::fail:
      return Tone::bad;
    case verdict::Outcome::inconclusive:
      return Tone::warn;
    case verdict::Outcome::not_run:
      return Tone::none;
  }
  return Tone::none;
}

std::string part_name(const facts::Facts& facts, std::int64_t component) {
  const auto& components = facts.topology.components;
  if (component < 0 || component >= static_cast<std::int64_t>(components.size())) return "start-up helpers";
  return clean(components[static_cast<std::size_t>(component)].name, 80);
}

std::string members_text(const Json& object) {
  std::string out;
  for (const auto& [name, value] : object.members()) {
    if (value.is_array() || value.is_object() || value.is_null()) continue;
    out += (out.empty() ? "" : ", ") + member_text(name, value);
  }
  return clean(out, 400);
}

std::string effects_text(const Json& achieved) {
  Json shown = Json::object();
  for (const auto& [name, value] : achieved.members()) {
    const bool nothing = value.is_number() && value.as_double() == 0;
    if (!nothing && name != "fault") shown.set(name, value);
  }
  return members_text(shown);
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    out += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

}  // namespace pl::report
