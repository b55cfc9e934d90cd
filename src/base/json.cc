#include "base/json.h"

#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/limits.h"
#include "base/text.h"

namespace pl {
namespace {

constexpr std::size_t kScanned = 16;  ///< Members of an object up to which a name is searched one by one.

const Json kNull;
const std::string kEmptyText;
const Json::Array kEmptyArray;
const Json::Object kEmptyObject;

/// Builds a Json from nlohmann's events, so that key order and depth are ours.
class Builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return add(Json()); }
  bool boolean(bool value) { return add(Json(value)); }
  bool number_integer(number_integer_t value) { return add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) {
    return add(value <= INT64_MAX ? Json(value) : Json(static_cast<double>(value)));
  }
  bool number_float(number_float_t value, const string_t&) { return add(Json(value)); }
  bool string(string_t& value) { return add(Json(std::move(value))); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return open(true); }
  bool start_array(std::size_t) { return open(false); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& value) {
    stack_.back().key = std::move(value);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    error_ = position;
    return false;
  }

  Result<Json> take(bool good) {
    if (good && stack_.empty()) return std::move(root_);
    if (too_deep_) return fail(Errc::limit, fmt::format("JSON deeper than {} levels", limits::kJsonDepth));
    return fail(Errc::protocol, fmt::format("not JSON at byte {}", error_));
  }

 private:
  /// An array or an object that is not whole.
  struct Level {
    bool is_object;
    Json::Array items{};
    Json::Object members{};
    std::string key{};                                      ///< Of the member whose value follows.
    std::unordered_map<std::string, std::size_t> places{};  ///< Of members by name, once there are many.
  };

  bool open(bool is_object) {
    if (stack_.size() >= limits::kJsonDepth) {
      too_deep_ = true;
      return false;
    }
    stack_.push_back({.is_object = is_object});
    return true;
  }
  bool close() {
    Level& level = stack_.back();
    Json done = level.is_object ? Json(std::move(level.members)) : Json(std::move(level.items));
    stack_.pop_back();
    return add(std::move(done));
  }
  bool add(Json value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (stack_.back().is_object) {
      add_member(stack_.back(), std::move(value));
    } else {
      stack_.back().items.push_back(std::move(value));
    }
    return true;
  }
  /// A name that comes again gets the later value in the earlier place.
  static void add_member(Level& level, Json value) {
    Json::Object& members = level.members;
    std::size_t place = 0;
    if (members.size() < kScanned) {
      while (place < members.size() && members[place].first != level.key) ++place;
    } else {
      for (std::size_t i = level.places.size(); i < members.size(); ++i) level.places.emplace(members[i].first, i);
      const auto found = level.places.find(level.key);
      place = found == level.places.end() ? members.size() : found->second;
    }
    if (place == members.size()) {
      members.emplace_back(std::move(level.key), std::move(value));
    } else {
      members[place].second = std::move(value);
    }
  }

  Json root_;
  std::vector<Level> stack_;
  std::size_t error_ = 0;
  bool too_deep_ = false;
};

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  } else {
    out += c;
  }
}

struct Printer {
  std::string& out;
  int indent;
  int depth = 0;

  void line() {
    if (indent > 0) out.append("\n").append(static_cast<std::size_t>(indent * depth), ' ');
  }
  template <class Items, class Each>
  void list(char open, char close, const Items& items, Each each) {
    out += open;
    ++depth;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out += ',';
      first = false;
      line();
      each(item);
    }
    --depth;
    if (!first) line();
    out += close;
  }
  void print(const Json& value) {
    if (value.is_object()) {
      list('{', '}', value.members(), [&](const Json::Member& member) {
        out += json_quote(member.first);
        out += indent > 0 ? ": " : ":";
        print(member.second);
      });
    } else if (value.is_array()) {
      list('[', ']', value.items(), [&](const Json& item) { print(item); });
    } else if (value.is_string()) {
      out += json_quote(value.as_string());
    } else if (value.is_bool()) {
      out += value.as_bool() ? "true" : "false";
    } else if (value.is_int()) {
      out += fmt::format("{}", value.as_int());
    } else {
      out += value.is_number() ? format_number(value.as_double()) : "null";
    }
  }
};

}  // namespace

Result<Json> Json::parse(std::string_view text) {
  Builder builder;
  const bool good = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take(good);
}

Result<Json> Json::parse_first(std::string_view text) {
  Builder builder;
  const auto format = nlohmann::json::input_format_t::json;
  const bool good = nlohmann::json::sax_parse(text.begin(), text.end(), &builder, format, false);
  return builder.take(good);
}

bool Json::as_bool(bool fallback) const {
  const bool* value = std::get_if<bool>(&value_);
  return value ? *value : fallback;
}

std::int64_t Json::as_int(std::int64_t fallback) const {
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return *value;
  const auto* fraction = std::get_if<double>(&value_);
  return fraction && std::abs(*fraction) < 9e18 ? static_cast<std::int64_t>(*fraction) : fallback;
}

double Json::as_double(double fallback) const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  const auto* whole = std::get_if<std::int64_t>(&value_);
  return whole ? static_cast<double>(*whole) : fallback;
}

const std::string& Json::as_string() const {
  const auto* value = std::get_if<std::string>(&value_);
  return value ? *value : kEmptyText;
}

const Json::Array& Json::items() const {
  const auto* value = std::get_if<Array>(&value_);
  return value ? *value : kEmptyArray;
}

const Json::Object& Json::members() const {
  const auto* value = std::get_if<Object>(&value_);
  return value ? *value : kEmptyObject;
}

const Json& Json::operator[](std::string_view key) const {
  for (const Member& member : members()) {
    if (member.first == key) return member.second;
  }
  return kNull;
}

const Json& Json::at(std::size_t index) const { return index < items().size() ? items()[index] : kNull; }

bool Json::has(std::string_view key) const {
  for (const Member& member : members()) {
    if (member.first == key) return true;
  }
  return false;
}

Json& Json::set(std::string_view key, Json value) {
  if (!is_object()) value_ = Object{};
  for (Member& member : std::get<Object>(value_)) {
    if (member.first == key) {
      member.second = std::move(value);
      return *this;
    }
  }
  std::get<Object>(value_).emplace_back(std::string(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (!is_array()) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

std::size_t Json::size() const { return is_array() ? items().size() : members().size(); }

std::string Json::dump(int indent) const {
  std::string out;
  Printer{out, indent}.print(*this);
  return out;
}

std::string json_quote(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    if (length == 1) {
      append_escaped(out, text[0]);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out + '"';
}

std::string format_number(double value) {
  if (!std::isfinite(value)) return "null";
  std::string text = fmt::format("{:.6f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace pl
