#include "scan/scripts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/internals.h"
#include "base/limits.h"

namespace pl::scan {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t kDenseLine = 1000;  ///< Bytes of a line that no person writes.
constexpr std::size_t kShown = 100;       ///< Of a line.

/// What turns text into markup, and where the text stands.
enum class Text { assigned, argument, second_argument, expression };
struct Place {
  std::string_view name;
  Text text;
};
constexpr Place kPlaces[] = {
    {"innerHTML", Text::assigned},
    {"outerHTML", Text::assigned},
    {"insertAdjacentHTML(", Text::second_argument},
    {"document.write(", Text::argument},
    {"bypassSecurityTrustHtml(", Text::argument},
    {"parseHTML(", Text::argument},
    {"dangerouslySetInnerHTML", Text::expression},
    {"v-html=", Text::expression},
    {"{@html", Text::expression},
};
constexpr std::array<std::string_view, 5> kSanitizers = {"DOMPurify", "sanitizeHtml", "sanitize-html", ".setHTML(",
                                                         "escapeHtml"};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

/// What follows is a constant string and nothing else.
bool is_constant(std::string_view rest) {
  rest = trim(rest);
  if (rest.empty() || (rest[0] != '\'' && rest[0] != '"' && rest[0] != '`')) return false;
  const std::size_t end = rest.find(rest[0], 1);
  if (end == npos || (rest[0] == '`' && rest.substr(0, end).find("${") != npos)) return false;
  const std::string_view after = trim(rest.substr(end + 1));
  return after.empty() || after[0] == ';' || after[0] == ')' || after[0] == ',' || after[0] == '}';
}

/// The text that a place is given, on the same line; nothing where it is only read or compared.
std::string_view given(std::string_view rest, Text text) {
  if (text == Text::second_argument) return rest.substr(std::min(rest.find(',') + 1, rest.size()));
  if (text != Text::assigned) return rest;
  rest = trim(rest);
  if (rest.starts_with("+=")) return rest.substr(2);
  return rest.starts_with('=') && !rest.starts_with("==") ? rest.substr(1) : std::string_view();
}

bool turns_to_markup(std::string_view line) {
  if (line.starts_with("//") || line.starts_with('*')) return false;
  for (const Place& place : kPlaces) {
    const std::size_t at = line.find(place.name);
    if (at == npos) continue;
    if (place.text == Text::expression) return true;
    const std::string_view text = trim(given(line.substr(at + place.name.size()), place.text));
    if (!text.empty() && !is_constant(text)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> scripts_of(std::string_view page) {
  std::vector<std::string> out;
  for (std::size_t at = page.find("<script"); at != npos; at = page.find("<script", at + 1)) {
    const std::string_view tag = page.substr(at, std::min(page.find('>', at), page.size()) - at);
    const std::size_t src = tag.find("src=");
    if (src == npos || src + 5 >= tag.size()) continue;
    const char quote = tag[src + 4];
    const bool quoted = quote == '"' || quote == '\'';
    const std::string_view value = tag.substr(src + (quoted ? 5 : 4));
    std::string path(value.substr(0, quoted ? value.find(quote) : value.find_first_of(" \t")));
    if (path.find("://") != npos || path.starts_with("//") || path.empty()) continue;
    if (path.starts_with("./")) path.erase(0, 1);
    if (!path.starts_with('/')) path.insert(0, 1, '/');
    if (std::ranges::find(out, path) == out.end()) out.push_back(path);
    if (out.size() >= limits::kScripts) return out;
  }
  return out;
}

record::ScriptRead read_script(std::string target, std::string_view text) {
  record::ScriptRead seen;
  seen.target = std::move(target);
  seen.bytes = static_cast<std::int64_t>(text.size());
  seen.sanitizer = std::ranges::any_of(kSanitizers, [&](std::string_view name) { return text.find(name) != npos; });
  std::int64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    seen.minified = seen.minified || line.size() > kDenseLine;
    if (line.size() > kDenseLine || seen.places.size() >= limits::kScriptPlaces || !turns_to_markup(line)) continue;
    seen.places.push_back(fmt::format("line {}: {}", number, excerpt_at(line, 0).substr(0, kShown)));
  }
  return seen;
}

}  // namespace pl::scan
