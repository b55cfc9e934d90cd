#include "record/print.h"

#include <fmt/format.h>

#include "base/text.h"
#include "record/kinds.h"

namespace pl::record {
namespace {

constexpr std::size_t kLongText = 160;

std::string_view unit_of(std::string_view kind, std::string_view field) {
  for (const KindRow& row : kind_rows()) {
    if (row.name != kind) continue;
    for (const FieldRow& one : row.fields) {
      if (one.name == field) return one.unit;
    }
  }
  return {};
}

/// A length of time with three digits after the point; a point of the run is printed likewise, in seconds.
std::string print_time(Ns length) {
  if (length < 0 || length >= kSec) return fmt::format("{:.3f}s", seconds(length));
  if (length >= kMs) return fmt::format("{:.3f}ms", millis(length));
  return fmt::format("{}ns", length);
}

std::string print_value(const Json& value, std::string_view unit) {
  if (unit == "ns" && value.is_int()) return print_time(value.as_int());
  std::string text = value.dump();
  if (text.size() > kLongText) {
    text = fmt::format("{}... ({} bytes)", beginning(text, kLongText), text.size());
  }
  if (unit.starts_with("1/")) unit.remove_prefix(1);  // "40/s"
  return value.is_number() ? text + std::string(unit) : text;
}

}  // namespace

std::string print_observation(const Observation& observation) {
  std::string kind = json_quote(observation.kind);
  kind = kind.substr(1, kind.size() - 2);
  std::string line = fmt::format("{:11.6f} {:7} {}", seconds(observation.at), source_name(observation.source), kind);
  for (const auto& [name, value] : observation.payload.members()) {
    const std::string quoted = json_quote(name);
    line +=
        fmt::format(" {}={}", quoted.substr(1, quoted.size() - 2), print_value(value, unit_of(observation.kind, name)));
  }
  return line;
}

}  // namespace pl::record
