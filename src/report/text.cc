#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace pl::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD", kEllipsis = "…";

/// One code point at `at`, its length in bytes; length 0 where the bytes are not valid UTF-8 (RFC 3629).
struct Point {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

Point point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return {};
  std::uint32_t value = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(at + i) & 0x3F);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length};
}

bool is_control(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || (point >= 0x200B && point <= 0x200F) || point == 0x2028 ||
         point == 0x2029 || point == 0xFEFF || (point & 0xFFFE) == 0xFFFE;
}

std::string escaped(std::string_view text, std::string_view (*entity)(char)) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const std::string_view other = entity(c);
    other.empty() ? out.push_back(c) : void(out.append(other));
  }
  return out;
}

std::string_view html_entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

std::string_view md_entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '|':
      return "\\|";
    case '\\':
      return "\\\\";
    case '`':
      return "\\`";
    case '*':
      return "\\*";
    case '_':
      return "\\_";
    case '[':
      return "\\[";
    case ']':
      return "\\]";
    case '@':
      return "&#64;";
    case '#':
      return "&#35;";
    case '!':
      return "&#33;";
    default:
      return {};
  }
}

/// Advance widths of ASCII 32 to 126 in hundredths of the font's size, of a common sans-serif face, slightly wide.
constexpr std::array<unsigned char, 95> kGlyphs{
    30, 34, 42, 72, 60, 86, 72, 26, 38, 38, 50, 72, 30, 36, 30, 34, 60, 60, 60, 60, 60, 60, 60, 60,
    60, 60, 32, 32, 72, 72, 72, 50, 96, 66, 66, 68, 74, 60, 56, 74, 74, 30, 34, 64, 54, 84, 74, 76,
    62, 76, 66, 62, 60, 72, 66, 94, 66, 60, 66, 38, 34, 38, 72, 50, 50, 58, 60, 54, 60, 58, 36, 60,
    60, 28, 28, 56, 28, 92, 60, 58, 60, 60, 40, 52, 38, 60, 56, 78, 56, 56, 52, 60, 34, 60, 72};

double glyph_width(std::uint32_t point) {
  if (point >= 32 && point < 127) return kGlyphs[point - 32] / 100.0;
  return point >= 0x1100 ? 1.0 : 0.62;
}

}  // namespace

std::string clean(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t written = 0;
  bool space = false;
  for (std::size_t at = 0; at < text.size();) {
    const Point point = point_at(text, at);
    const std::size_t length = std::max<std::size_t>(point.length, 1);
    const bool white = point.value == ' ' || (point.value >= 9 && point.value <= 13);
    if (point.length == 1 && white) {
      space = !out.empty();
      at += length;
      continue;
    }
    if (written + (space ? 1 : 0) >= limit) return out.append(kEllipsis);
    if (space) out.push_back(' '), ++written;
    space = false;
    out.append(point.length == 0 || is_control(point.value) ? kReplacement : text.substr(at, length));
    ++written;
    at += length;
  }
  return out;
}

std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Point point = point_at(text, at);
    const std::size_t length = std::max<std::size_t>(point.length, 1);
    out.append(point.length == 0 || is_control(point.value) ? kReplacement : text.substr(at, length));
    at += length;
  }
  return out;
}

std::string html_text(std::string_view text) { return escaped(text, html_entity); }
std::string html_said(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('`');
    const std::size_t close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos) return out + html_text(text);
    out += html_text(text.substr(0, open)) + "<code>" + html_text(text.substr(open + 1, close - open - 1)) + "</code>";
    text.remove_prefix(close + 1);
  }
  return out;
}

std::string short_command(std::string_view command) {
  constexpr std::string_view kShell = "/bin/sh -c ";
  if (command.starts_with(kShell)) command.remove_prefix(kShell.size());
  std::string out;
  while (!command.empty()) {
    const std::string_view word = command.substr(0, command.find(' '));
    const std::size_t slash = word.rfind('/');
    const bool folder = slash == std::string_view::npos || slash + 1 == word.size() || word.starts_with('-') ||
                        word.find("://") != std::string_view::npos;
    if (word != "exec") out.append(out.empty() ? "" : " ").append(folder ? word : word.substr(slash + 1));
    command.remove_prefix(std::min(word.size() + 1, command.size()));
  }
  return out;
}

std::string md_text(std::string_view text) { return escaped(text, md_entity); }

std::string md_code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (c == '|') out.push_back('\\');
    out.push_back(c == '`' ? '\'' : c);
  }
  return out + "`";
}

std::string duration(Ns ns) {
  const Ns size = ns < 0 ? -ns : ns;
  const char* sign = ns < 0 ? "-" : "";
  if (size == 0) return "0";
  if (size < kMs) return fmt::format("{}{:.2f} ms", sign, millis(size));
  if (size < 9'950'000) return fmt::format("{}{:.1f} ms", sign, millis(size));
  if (size < 999'500'000) return fmt::format("{}{:.0f} ms", sign, millis(size));
  if (size < 59'950'000'000) return fmt::format("{}{:.1f} s", sign, seconds(size));
  const Ns whole = (size + kSec / 2) / kSec;
  if (whole < 3600) return fmt::format("{}{} min {} s", sign, whole / 60, whole % 60);
  return fmt::format("{}{} h {} min", sign, whole / 3600, whole % 3600 / 60);
}

std::string change(Ns ns) { return (ns > 0 ? "+" : "") + duration(ns); }
std::string moment(Ns ns) { return fmt::format("{:.1f} s", seconds(ns)); }

std::string count(std::int64_t value) {
  std::string digits = fmt::format("{}", value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string bytes(std::int64_t value) {
  if (value < 1000) return fmt::format("{} B", value);
  double scaled = static_cast<double>(value);
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (scaled /= 1000; scaled >= 999.5 && unit < 3; ++unit) scaled /= 1000;
  return fmt::format("{:.{}f} {}", scaled, scaled < 9.95 ? 1 : 0, kUnits[unit]);
}

std::string number(double value) {
  const double size = std::abs(value);
  if (!std::isfinite(value)) return "?";
  if (size >= 99.95 || value == std::floor(value)) {
    return size < 9e15 ? count(static_cast<std::int64_t>(std::llround(value))) : fmt::format("{:.3e}", value);
  }
  std::string text = fmt::format("{:.{}f}", value, size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string number_text(const facts::Number& value) {
  std::string text = value.unit == "bytes" ? bytes(std::llround(value.value)) : number(value.value);
  if (!value.unit.empty() && value.unit != "bytes") text += " " + value.unit;
  if (value.samples > 0) text += fmt::format(" ({})", counted(value.samples, "sample", "samples"));
  return text;
}

std::string date(std::string_view wall_time) {
  constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December"};
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd";
  if (wall_time.size() < kShape.size()) return std::string(wall_time);
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = wall_time[i] >= '0' && wall_time[i] <= '9';
    if (kShape[i] == 'd' ? !digit : wall_time[i] != kShape[i]) return std::string(wall_time);
  }
  const int month = (wall_time[5] - '0') * 10 + wall_time[6] - '0',
            day = (wall_time[8] - '0') * 10 + wall_time[9] - '0';
  if (month < 1 || month > 12) return std::string(wall_time);
  return fmt::format("{} {} {}, {} UTC", day, kMonths[month - 1], wall_time.substr(0, 4), wall_time.substr(11, 5));
}

std::string counted(std::int64_t value, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count(value), value == 1 ? one : many);
}

std::size_t points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out = points(text) > width ? clean(text, width > 0 ? width - 1 : 0) : std::string(text);
  return out.append(width - std::min(points(out), width), ' ');
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t length = points(word);
    if (column > 0 && column + 1 + length > width) {
      out.append("\n").append(indent);
      column = points(indent);
    } else if (column > 0) {
      out.push_back(' ');
      ++column;
    }
    out.append(word);
    column += length;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string beside(std::string_view text, std::size_t column, std::size_t width) {
  std::string out;
  for (const char c : wrapped(text, width - column, "")) {
    out.push_back(c);
    if (c == '\n') out.append(column, ' ');
  }
  return out;
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Point point = point_at(text, at);
    width += glyph_width(point.value);
    at += std::max<std::size_t>(point.length, 1);
  }
  return width * size;
}

std::string fitted(std::string_view text, double width, double size) {
  if (text_width(text, size) <= width) return std::string(text);
  double used = text_width(kEllipsis, size);
  std::size_t at = 0;
  while (at < text.size()) {
    const Point point = point_at(text, at);
    used += glyph_width(point.value) * size;
    if (used > width) break;
    at += std::max<std::size_t>(point.length, 1);
  }
  return std::string(text.substr(0, at)).append(kEllipsis);
}

}  // namespace pl::report
