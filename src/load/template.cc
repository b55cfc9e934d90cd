#include "load/template.h"

#include <algorithm>

namespace pl::load {
namespace {

constexpr std::string_view kUnreservedMarks = "-._~";

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void put_percent(std::string& out, char c) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

std::string form_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += '+';
    } else if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '*') {
      out += c;
    } else {
      put_percent(out, c);
    }
  }
  return out;
}

std::string without_controls(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  return out;
}

std::string literal_at(const std::string& text, Place place) {
  switch (place) {
    case Place::path:
      return clean_target(text);
    case Place::form:
      return form_encode(text);
    case Place::header:
      return without_controls(text);
    default:
      return text;
  }
}

std::string value_at(const std::string& value, Place place) {
  switch (place) {
    case Place::path:
      return percent_encode(value);
    case Place::form:
      return form_encode(value);
    case Place::header:
      return without_controls(value);
    case Place::json: {
      const std::string quoted = json_quote(value);
      return quoted.substr(1, quoted.size() - 2);
    }
    default:
      return value;
  }
}

bool good_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; });
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || kUnreservedMarks.contains(c)) {
      out += c;
    } else {
      put_percent(out, c);
    }
  }
  return out;
}

std::string clean_target(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || std::string_view("\"<>\\^`{|}").contains(c)) {
      put_percent(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

Result<Template> Template::parse(std::string_view text) {
  Template parsed;
  std::string literal;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      literal += "${";
      text.remove_prefix(3);
      continue;
    }
    if (!text.starts_with("${")) {
      literal += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == text.npos) return fail(Errc::config, "a ${ without its }; write $${ for a literal one");
    const std::string_view name = text.substr(2, end - 2);
    if (!good_name(name)) {
      return fail(Errc::config, "${" + std::string(name) + "} is not a variable: letters, digits, _ - . only");
    }
    if (!literal.empty()) parsed.parts_.push_back({std::move(literal), false});
    literal.clear();
    parsed.parts_.push_back({std::string(name), true});
    text.remove_prefix(end + 1);
  }
  if (!literal.empty()) parsed.parts_.push_back({std::move(literal), false});
  return parsed;
}

std::string Template::render(const Variables& variables, Place place) const {
  std::string out;
  for (const Part& part : parts_) {
    if (!part.variable) {
      out += literal_at(part.text, place);
      continue;
    }
    const auto found = variables.find(part.text);
    if (found != variables.end()) out += value_at(found->second, place);
  }
  return out;
}

std::vector<std::string> Template::names() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (part.variable) names.push_back(part.text);
  }
  return names;
}

bool Template::uses(std::string_view name) const {
  return std::ranges::any_of(parts_, [&](const Part& part) { return part.variable && part.text == name; });
}

}  // namespace pl::load
