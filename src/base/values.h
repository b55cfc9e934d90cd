#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

/// Quantities as people write them in proofload.yaml and flags.
namespace pl {

/// "500ms", "30s", "2m": a number with ns, us, ms, s, m or h; up to 1000 hours, none for anything else.
std::optional<Ns> parse_duration(std::string_view text);
/// The shortest text that parse_duration() reads back.
std::string format_duration(Ns length);
/// "20/s", "30/min", "100/h" as a number per second, above 0.
std::optional<double> parse_rate(std::string_view text);
/// "0.1%" as 0.1; 0 to 100.
std::optional<double> parse_percent(std::string_view text);
/// A decimal number and nothing else.
std::optional<double> parse_number(std::string_view text);

}  // namespace pl
