#include "proxy/resp.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"

namespace pl::proxy {
namespace {

using State = RespCommandHead::State;

constexpr std::size_t kLengthBytes = 20;                       ///< Of a line with a length.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;     ///< Of one value.
constexpr std::int64_t kMostElements = std::int64_t{1} << 31;  ///< Of one array.
constexpr std::string_view kLineEnd = "\r\n";

/// Commands whose first key is not their first argument: which one it is.
constexpr auto kKeyPlaces = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"EVAL", 3},       {"EVALSHA", 3}, {"EVAL_RO", 3}, {"EVALSHA_RO", 3}, {"FCALL", 3},
    {"FCALL_RO", 3},   {"OBJECT", 2},  {"BITOP", 2},   {"MEMORY", 2},     {"XGROUP", 2},
    {"XINFO", 2},      {"ZUNION", 2},  {"ZINTER", 2},  {"ZDIFF", 2},      {"SINTERCARD", 2},
    {"ZINTERCARD", 2}, {"LMPOP", 2},   {"ZMPOP", 2},   {"BLMPOP", 3},     {"BZMPOP", 3},
});

/// Of commands whose keys stand behind a word.
constexpr std::int64_t kBehindStreams = std::int64_t{1} << 30;

std::int64_t key_place(std::string_view name) {
  if (name == "XREAD" || name == "XREADGROUP") return kBehindStreams;
  for (const auto& [command, place] : kKeyPlaces) {
    if (command == name) return place;
  }
  return 1;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Why a length cannot be had.
enum class Missing : std::uint8_t { none, more, error };

/// Takes the line `TYPE number CRLF` off the front.
Missing take_length(std::string_view& bytes, char type, std::int64_t most, std::int64_t& value) {
  if (bytes.empty()) return Missing::more;
  if (bytes.front() != type) return Missing::error;
  const std::size_t end = bytes.substr(0, kLengthBytes).find('\n');
  if (end == bytes.npos) return bytes.size() < kLengthBytes ? Missing::more : Missing::error;
  if (end < 2 || bytes[end - 1] != '\r') return Missing::error;
  const auto read = number(bytes.substr(1, end - 2));
  if (!read || *read > most || *read < -1) return Missing::error;
  value = *read;
  bytes.remove_prefix(end + 1);
  return Missing::none;
}

RespCommandHead state_only(State state) {
  RespCommandHead head;
  head.state = state;
  return head;
}

/// Behind these a connection carries something else than one reply to each command.
constexpr auto kLeaving =
    std::to_array<std::string_view>({"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "SYNC", "PSYNC", "REPLCONF"});

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

/// A command as people type it: words with spaces between them, quoted or not.
RespCommandHead read_inline(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, limits::kRespHeadBytes).find('\n');
  // Other protocols may begin with a letter too, and never send a line's end.
  const auto is_control = [](char c) { return c >= 0 && c < ' ' && c != '\t' && c != '\r'; };
  if (std::ranges::any_of(bytes.substr(0, std::min(end, limits::kRespHeadBytes)), is_control)) {
    return state_only(State::error);
  }
  if (end == bytes.npos) return state_only(bytes.size() < limits::kRespHeadBytes ? State::more : State::error);
  RespCommandHead head = state_only(State::nothing);
  head.typed = true;
  head.size = end + 1;
  std::string_view line = bytes.substr(0, end), last;
  std::int64_t key = 1;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (line.empty()) break;
    std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
    line.remove_prefix(word.size());
    if (word.size() > 1 && (word.front() == '"' || word.front() == '\'')) word = word.substr(1, word.size() - 2);
    if (head.arguments == 0) {
      head.name = upper(word);
      key = key_place(head.name);
    }
    if (head.arguments == key) head.key = word;
    ++head.arguments;
    last = word;
  }
  if (head.arguments == 0) return head;
  // Redis too ends a connection that speaks HTTP to it.
  const bool http = head.name == "POST" || head.name == "HOST:" || last.starts_with("HTTP/1.");
  head.state = is_name(head.name) && !http ? State::command : State::error;
  return head;
}

}  // namespace

RespCommandHead read_resp_command(std::string_view bytes) {
  if (bytes.empty()) return {};
  const char first = bytes.front();
  if (first != '*') {
    const bool may_be_typed = is_name(bytes.substr(0, 1)) || first == ' ' || first == '\r' || first == '\n';
    return may_be_typed ? read_inline(bytes) : state_only(State::error);
  }
  std::string_view rest = bytes;
  RespCommandHead head;
  if (const Missing missing = take_length(rest, '*', kMostElements, head.arguments); missing != Missing::none) {
    return state_only(missing == Missing::more ? State::more : State::error);
  }
  const auto read_until = [&](State state) {
    head.state = state;
    head.size = bytes.size() - rest.size();
    return head;
  };
  if (head.arguments <= 0) return read_until(State::nothing);
  std::int64_t key = 1;
  for (std::int64_t i = 0; i <= std::min(key, head.arguments - 1); ++i) {
    const std::string_view before = rest;
    std::int64_t length = 0;
    const Missing missing = take_length(rest, '$', kMostBytes, length);
    if (missing == Missing::more) return state_only(State::more);
    if (missing == Missing::error || length < 0) return state_only(State::error);
    const std::size_t used = bytes.size() - rest.size();
    const auto size = static_cast<std::size_t>(length) + kLineEnd.size();
    if (used + size > limits::kRespHeadBytes) {
      if (i == 0) return state_only(State::error);
      rest = before;
      head.rest = {.arguments = head.arguments - i, .bytes = 0};
      return read_until(State::command);
    }
    if (rest.size() < size) return state_only(State::more);
    const std::string_view text = rest.substr(0, size - kLineEnd.size());
    if (rest.substr(text.size(), kLineEnd.size()) != kLineEnd) return state_only(State::error);
    rest.remove_prefix(size);
    if (i == 0) {
      head.name = upper(text);
      key = key_place(head.name);
    } else if (i == key) {
      head.key = text;
    } else if (key == kBehindStreams && upper(text) == "STREAMS") {
      key = i + 1;
    }
  }
  head.rest = {.arguments = head.arguments - 1 - std::min(key, head.arguments - 1), .bytes = 0};
  return read_until(State::command);
}

bool leaves_resp(const RespCommandHead& head) {
  if (head.name == "CLIENT") return upper(head.key) == "REPLY";
  return std::ranges::find(kLeaving, head.name) != kLeaving.end();
}

bool after_resp_command(bool multi, std::string_view name) {
  if (name == "MULTI") return true;
  return multi && name != "EXEC" && name != "DISCARD" && name != "RESET";
}

std::size_t skip_resp_rest(std::string_view bytes, RespRest& rest, bool& valid) {
  const std::size_t all = bytes.size();
  valid = true;
  while (!rest.over()) {
    if (rest.bytes > 0) {
      const std::size_t taken = std::min(bytes.size(), static_cast<std::size_t>(rest.bytes));
      bytes.remove_prefix(taken);
      rest.bytes -= static_cast<std::int64_t>(taken);
      if (rest.bytes > 0) break;
      continue;
    }
    std::int64_t length = 0;
    const Missing missing = take_length(bytes, '$', kMostBytes, length);
    valid = missing != Missing::error && length >= 0;
    if (missing != Missing::none || !valid) break;
    --rest.arguments;
    rest.bytes = length + static_cast<std::int64_t>(kLineEnd.size());
  }
  return all - bytes.size();
}

bool RespReplies::open(std::int64_t elements, bool attribute) {
  if (depth_ == levels_.size()) return false;
  levels_[depth_++] = {elements, attribute};
  return true;
}

bool RespReplies::on_value() {
  state_ = State::type;
  while (depth_ > 0) {
    Level& level = levels_[depth_ - 1];
    if (level.left > 0) --level.left;
    if (level.left > 0) return false;
    --depth_;
    if (!level.attribute) continue;
    // The value that it belongs to follows, and is the one that counts.
    attributed_ = depth_ == 0;
    return false;
  }
  attributed_ = false;
  return true;
}

bool RespReplies::on_length() {
  const auto count = number(std::exchange(line_, {}));
  const bool bulk = inner_ == '$' || inner_ == '!' || inner_ == '=';
  if (!count || *count < -1 || *count > (bulk ? kMostBytes : kMostElements)) return false;
  if (*count < 0) return inner_ == '$' || inner_ == '*';
  if (bulk) {
    bytes_ = *count + static_cast<std::int64_t>(kLineEnd.size());
    return true;
  }
  const bool pairs = inner_ == '%' || inner_ == '|';
  return *count == 0 && inner_ != '|' ? true : open(pairs ? 2 * *count : *count, inner_ == '|');
}

RespReplies::Step RespReplies::next(std::string_view& bytes) {
  while (!bytes.empty()) {
    bool value = false;
    if (state_ == State::type) {
      inner_ = bytes.front();
      if (depth_ == 0) type_ = inner_;
      bytes.remove_prefix(1);
      const bool line = std::string_view("+-:_#,(").find(inner_) != std::string_view::npos;
      if (!line && std::string_view("$!=*~%|>").find(inner_) == std::string_view::npos) return Step::error;
      state_ = line ? State::line : State::length;
      continue;
    }
    if (state_ == State::bytes) {
      const std::size_t taken = std::min(bytes.size(), static_cast<std::size_t>(bytes_));
      bytes.remove_prefix(taken);
      bytes_ -= static_cast<std::int64_t>(taken);
      value = bytes_ == 0;
    } else if (state_ == State::line) {
      const std::size_t end = bytes.find('\n');
      bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
      value = end != bytes.npos;
    } else {
      const char c = bytes.front();
      bytes.remove_prefix(1);
      if (c != '\n') {
        if (c != '\r') line_ += c;
        if (line_.size() > kLengthBytes) return Step::error;
        continue;
      }
      const std::size_t depth = depth_;
      if (!on_length()) return Step::error;
      if (bytes_ > 0) {
        state_ = State::bytes;
      } else if (depth_ > depth && levels_[depth].left > 0) {
        state_ = State::type;
      } else {
        value = true;
      }
    }
    if (value && on_value()) return type_ == '>' ? Step::push : Step::reply;
  }
  return Step::more;
}

}  // namespace pl::proxy
