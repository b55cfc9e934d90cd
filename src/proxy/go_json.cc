#include "proxy/go_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"

namespace pl::proxy {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kEscaped[] = {
      {"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\u2028", "\\u2028"}, {"\u2029", "\\u2029"}};
  const std::string quoted = json_quote(text);
  std::string_view rest = quoted;
  while (!rest.empty()) {
    std::string_view taken = rest.substr(0, 1), written = taken;
    for (const auto& [raw, escape] : kEscaped) {
      if (rest.starts_with(raw)) taken = raw, written = escape;
    }
    out += written;
    rest.remove_prefix(taken.size());
  }
}

void append(std::string& out, const Json& json) {
  if (json.is_object()) {
    char before = '{';
    for (const auto& [name, value] : json.members()) {
      out += before;
      append_quoted(out, name);
      out += ':';
      append(out, value);
      before = ',';
    }
    out += before == '{' ? "{}" : "}";
  } else if (json.is_array()) {
    char before = '[';
    for (const Json& item : json.items()) {
      out += before;
      append(out, item);
      before = ',';
    }
    out += before == '[' ? "[]" : "]";
  } else if (json.is_string()) {
    append_quoted(out, json.as_string());
  } else if (json.is_number() && !json.is_int()) {
    out += go_number(json.as_double());
  } else {
    out += json.dump();
  }
}

/// The number of the UTF-16 escape that the text begins with.
std::optional<unsigned> escaped_unit(std::string_view text) {
  constexpr std::size_t kLength = 6;
  unsigned unit = 0;
  if (text.size() < kLength || !text.starts_with("\\u")) return {};
  if (std::from_chars(&text[2], text.data() + kLength, unit, 16).ptr != text.data() + kLength) return {};
  return unit;
}

/// How much of the text is good Unicode, escapes included, up to the end of its first character; 0 where that is none.
std::size_t unicode_length(std::string_view text) {
  const auto is_half = [](std::optional<unsigned> unit, unsigned from) { return unit && *unit >> 10 == from >> 10; };
  const std::optional<unsigned> unit = escaped_unit(text);
  if (is_half(unit, 0xdc00)) return 0;
  if (is_half(unit, 0xd800)) return is_half(escaped_unit(text.substr(6)), 0xdc00) ? 12 : 0;
  if (unit) return 6;
  // What is escaped begins no escape itself.
  return text.starts_with("\\\\") ? 2 : utf8_length(text);
}

std::string mended(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t good = unicode_length(text);
    const std::size_t bad = good > 0 ? 0 : escaped_unit(text) ? 6 : 1;
    out += good > 0 ? text.substr(0, good) : "\ufffd";
    text.remove_prefix(good + bad);
  }
  return out;
}

}  // namespace

Result<Json> read_go_json(std::string_view text) {
  Result<Json> json = Json::parse_first(text);
  if (json) return json;
  // The error is that of the text as it came: it counts bytes.
  Result<Json> again = Json::parse_first(mended(text));
  return again ? again : json;
}

std::string go_json(const Json& json) {
  std::string out;
  append(out, json);
  return out;
}

std::string go_number(double value) {
  if (!std::isfinite(value)) return "null";
  const double size = std::abs(value);
  const auto print = [value](std::chars_format format) {
    // The longest is a fraction near 1e-6: sign, "0.00000", and seventeen digits.
    std::array<char, 32> room{};
    return std::string(room.begin(), std::to_chars(room.begin(), room.end(), value, format).ptr);
  };
  if (size == 0 || (size >= 1e-6 && size < 1e15)) return print(std::chars_format::fixed);
  std::string text = print(std::chars_format::scientific);
  const std::size_t mark = text.find('e');
  if (size >= 1e21 || size < 1) {
    // 1e-07 is 1e-7 there.
    if (text[mark + 2] == '0') text.erase(mark + 2, 1);
    return text;
  }
  // Beyond the digits that are needed there are zeros, not those of the number's exact value.
  std::size_t places = 0;
  std::from_chars(&text[mark + 2], text.data() + text.size(), places);
  std::string digits = text.substr(0, mark);
  std::erase(digits, '.');
  const std::size_t whole = places + (value < 0 ? 2 : 1);
  if (digits.size() > whole) return print(std::chars_format::fixed);
  return digits.append(whole - digits.size(), '0');
}

}  // namespace pl::proxy
