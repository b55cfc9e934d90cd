#include "proxy/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "os/file.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kConfigBytes = 10 << 20;
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kMark = "\xef\xbb\xbf";  ///< Some editors begin a text with it; parsers pass over it.

/// "7:5", line and column, of what stands there.
std::string line_and_column(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t begin = before.rfind('\n') + 1;
  return fmt::format("{}:{}", 1 + std::ranges::count(before, '\n'), before.size() - begin + 1);
}

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Walks through a text that is JSON, from its outermost value inwards.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) { skip_space(); }

  /// Where the value begins that it has come to.
  std::size_t at() const { return at_; }
  /// Goes to the value of the member with this name, or the element with this number. Where that begins: its name or,
  /// of an element, itself. Nothing: there is none, and the walk is over.
  std::optional<std::size_t> enter(const std::string& step);

 private:
  bool over() const { return at_ >= text_.size(); }
  char now() const { return over() ? '\0' : text_[at_]; }
  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }
  void skip_string();
  void skip_value();

  std::string_view text_;
  std::size_t at_ = 0;
};

void Walker::skip_string() {
  for (++at_; !over() && now() != '"'; ++at_) {
    if (now() == '\\') ++at_;
  }
  at_ = std::min(at_ + 1, text_.size());
}

void Walker::skip_value() {
  std::size_t depth = 0;
  do {
    const char c = now();
    if (c == '"') {
      skip_string();
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at_;
    } else if (depth > 0) {
      if (c == '}' || c == ']') --depth;
      ++at_;
    } else {
      at_ = std::min(text_.find_first_of(", \t\r\n]}", at_), text_.size());
    }
  } while (depth > 0 && !over());
}

std::optional<std::size_t> Walker::enter(const std::string& step) {
  const bool is_object = now() == '{';
  if (!is_object && now() != '[') return std::nullopt;
  ++at_;
  std::optional<std::size_t> named;
  std::size_t value = 0;
  for (std::size_t number = 0;; ++number) {
    skip_space();
    if (over() || now() == '}' || now() == ']') break;
    const std::size_t begin = at_;
    std::string name = std::to_string(number);
    if (is_object) {
      skip_string();
      const Result<Json> key = Json::parse(text_.substr(begin, at_ - begin));
      name = key ? key->as_string() : "";
      skip_space();
      if (!over()) ++at_;  // the colon
      skip_space();
    }
    // Of a name that comes again the last value counts.
    if (name == step) {
      named = begin;
      value = at_;
    }
    skip_value();
    skip_space();
    if (now() == ',') ++at_;
  }
  at_ = value;
  return named;
}

/// Where the path leads to, as far as it does.
std::size_t place_of(std::string_view text, std::span<const std::string> path) {
  Walker walker(text);
  std::size_t place = walker.at();
  for (const std::string& step : path) {
    const auto found = walker.enter(step);
    if (!found) break;
    place = *found;
  }
  return place;
}

/// Why a text is no JSON, and where: a parser's "at byte N", which counts from 1, as line and column.
Error not_json(const std::string& path, std::string_view text, const Error& error) {
  static constexpr std::string_view kAt = " at byte ";
  const std::size_t mark = error.detail.rfind(kAt);
  const auto read = number_in(std::string_view(error.detail).substr(std::min(mark + kAt.size(), error.detail.size())));
  if (mark == std::string::npos || !read) return {.code = Errc::config, .detail = path + ": " + error.detail};
  const bool ended = *read > text.size();
  const std::size_t at = ended ? text.size() : *read - (*read > 0 ? 1 : 0);
  return {.code = Errc::config,
          .detail = fmt::format("{}:{}: {}{}", path, line_and_column(text, at), error.detail.substr(0, mark),
                                ended ? ": the file ends in the middle of it" : "")};
}

}  // namespace

Result<ConfigFile> ConfigFile::read(const std::string& path) {
  Result<std::string> text = os::read_file(path, kConfigBytes);
  if (text) return parse(path, std::move(*text));
  // What the user has named is wrong, whatever the system says of it.
  Error error = text.error();
  if (error.code == Errc::io || error.code == Errc::limit) error.code = Errc::config;
  return std::unexpected(std::move(error));
}

Result<ConfigFile> ConfigFile::parse(const std::string& path, std::string text) {
  if (text.starts_with(kMark)) text.erase(0, kMark.size());
  if (Walker(text).at() == text.size()) {
    return fail(Errc::config, path + ": the file is empty; it would be a JSON list of proxies");
  }
  ConfigFile file;
  Result<Json> json = Json::parse(text);
  if (!json) return std::unexpected(not_json(path, text, json.error()));
  file.path_ = path;
  file.text_ = std::move(text);
  file.proxies_ = std::move(*json);
  return file;
}

std::string ConfigFile::where(std::span<const std::string> path) const {
  if (path.empty()) return {};
  const std::size_t index = number_in(path[0]).value_or(0);
  const std::string& name = proxies_.at(index)["name"].as_string();
  std::string text = "proxy " + (name.empty() ? std::to_string(index + 1) : name);
  const char* between = ", ";
  for (const std::string& step : path.subspan(1)) {
    text += number_in(step) ? "[" + step + "]" : between + step;
    between = ".";
  }
  return text + ": ";
}

Error ConfigFile::error(const ApiError& refusal) const {
  std::string_view why = refusal.text;
  if (why.starts_with(kBadBody)) why.remove_prefix(kBadBody.size());
  const std::string place = line_and_column(text_, place_of(text_, refusal.path));
  return {.code = Errc::config, .detail = fmt::format("{}:{}: {}{}", path_, place, where(refusal.path), why)};
}

}  // namespace pl::proxy
