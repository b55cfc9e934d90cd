#include "base/values.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace pl {
namespace {

constexpr double kLongest = 1000.0 * 3600 * kSec;

struct Unit {
  std::string_view name;
  Ns length;
};
/// Longest first, for printing; seconds are the largest that is printed.
constexpr Unit kUnits[] = {{"h", 3600 * kSec}, {"m", 60 * kSec}, {"s", kSec}, {"ms", kMs}, {"us", kUs}, {"ns", 1}};

/// The number that a text begins with; what follows it is left in `text`.
std::optional<double> leading_number(std::string_view& text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (read.ec != std::errc() || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

}  // namespace

std::optional<Ns> parse_duration(std::string_view text) {
  const std::optional<double> number = leading_number(text);
  for (const Unit& unit : kUnits) {
    if (!number || text != unit.name) continue;
    const double length = *number * static_cast<double>(unit.length);
    if (length < 0 || length > kLongest) return std::nullopt;
    return static_cast<Ns>(std::llround(length));
  }
  return std::nullopt;
}

std::string format_duration(Ns length) {
  for (const Unit& unit : kUnits) {
    if (unit.length <= kSec && length % unit.length == 0) return fmt::format("{}{}", length / unit.length, unit.name);
  }
  return fmt::format("{}ns", length);
}

std::optional<double> parse_rate(std::string_view text) {
  const std::optional<double> number = leading_number(text);
  if (!number || *number <= 0) return std::nullopt;
  if (text == "/s") return *number;
  if (text == "/min" || text == "/m") return *number / 60;
  if (text == "/h") return *number / 3600;
  return std::nullopt;
}

std::optional<double> parse_percent(std::string_view text) {
  const std::optional<double> number = leading_number(text);
  return number && text == "%" && *number >= 0 && *number <= 100 ? number : std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
  const std::optional<double> number = leading_number(text);
  return number && text.empty() ? number : std::nullopt;
}

}  // namespace pl
