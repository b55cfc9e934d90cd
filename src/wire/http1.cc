#include "wire/http1.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.h"
#include "wire/token.h"

namespace pl::wire {
namespace {

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// A piece of input for an error text: short and printable.
std::string quote_start(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 40)) out += is_control(c) || (c & 0x80) ? '.' : c;
  return '"' + out + '"';
}

/// Calls `each` for every element of a comma-separated list until it returns false.
template <class Each>
void for_each_element(std::string_view list, Each each) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (!each(trim(list.substr(0, comma)))) return;
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text)
    if (!is_control(c)) out += c;
}

void append_fields(std::string& out, const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    append_clean(out, name);
    out += ": ";
    append_clean(out, value);
    out += "\r\n";
  }
  out += "\r\n";
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower_char(a[i]) != lower_char(b[i])) return false;
  }
  return true;
}

const std::string* find_header(const HttpHeaders& headers, std::string_view name) {
  for (const auto& header : headers)
    if (equal_ignoring_case(header.name, name)) return &header.value;
  return nullptr;
}

bool header_has_token(const HttpHeaders& headers, std::string_view name, std::string_view token) {
  bool found = false;
  for (const auto& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    for_each_element(header.value, [&](std::string_view element) {
      found = found || equal_ignoring_case(element, token);
      return !found;
    });
  }
  return found;
}

std::string_view HttpHead::value(std::string_view name) const {
  const std::string* found = find(name);
  return found ? std::string_view(*found) : std::string_view();
}

Http1Parser::Step Http1Parser::fail_with(int status, std::string why) {
  state_ = State::failed;
  error_ = std::move(why);
  error_status_ = status;
  keep_alive_ = false;
  return Step::error;
}

namespace {

/// Those fields that say where a message ends.
constexpr std::string_view kFraming[] = {"content-length", "transfer-encoding"};

/// Blanks before the colon are wrong (RFC 9112 section 5.1): such a line is read, to be refused.
bool ends_name(char c) { return c == ':' || c == ' ' || c == '\t'; }

bool is_framing(std::string_view line) {
  return std::ranges::any_of(kFraming, [line](std::string_view name) {
    return line.size() > name.size() && ends_name(line[name.size()]) &&
           equal_ignoring_case(line.substr(0, name.size()), name);
  });
}

/// Whether what begins here can be one of those, a folded line or the end of a head; told cheaply.
bool may_be_framing(std::string_view rest) {
  const char first = lower_char(rest.front());
  if (first != 'c' && first != 't') return first <= ' ';
  return rest.size() <= kFraming[1].size() || ends_name(rest[kFraming[0].size()]) ||
         ends_name(rest[kFraming[1].size()]);
}

}  // namespace

/// Whole lines of fields that are not kept.
void Http1Parser::skip_fields(std::string_view& input) {
  std::size_t at = 0;
  while (at < input.size() && !may_be_framing(input.substr(at))) {
    const std::size_t newline = input.find('\n', at);
    if (newline == input.npos) break;
    at = newline + 1;
  }
  head_bytes_ += at;
  input.remove_prefix(at);
  field_kept_ = field_kept_ && at == 0;
}

Http1Parser::Step Http1Parser::next(std::string_view& input) {
  // Every turn takes at least one line off the input or returns.
  for (;;) {
    switch (state_) {
      case State::failed:
        return Step::error;
      case State::ended:
        state_ = State::start;
        return Step::end;
      case State::counted:
      case State::chunk_data:
      case State::until_close:
        return take_body(input);
      default:
        break;
    }
    const bool begins_line = line_taken_ || line_.empty();
    if (keeps_ == Keeps::framing && state_ == State::fields && begins_line) skip_fields(input);
    std::string_view line;
    if (!take_line(input, line)) return state_ == State::failed ? Step::error : Step::more;
    const Step step = on_line(line);
    if (step != Step::more) return step;
  }
}

Http1Parser::Step Http1Parser::finish() {
  switch (state_) {
    case State::failed:
      return Step::error;
    case State::ended:
    case State::until_close:
      state_ = State::start;
      return Step::end;
    case State::start:
      if (idle()) return Step::more;
      [[fallthrough]];
    default:
      return fail_with(400, "the connection was closed in the middle of a message");
  }
}

bool Http1Parser::take_line(std::string_view& input, std::string_view& line) {
  if (line_taken_) {
    line_.clear();
    line_taken_ = false;
  }
  const auto newline = input.find('\n');
  const std::size_t taken = newline == std::string_view::npos ? input.size() : newline + 1;
  head_bytes_ += taken;
  if (head_bytes_ > limits::kHttpHeadBytes) {
    fail_with(431, fmt::format("more than {} bytes of header fields", limits::kHttpHeadBytes));
    return false;
  }
  if (newline == std::string_view::npos) {
    line_ += input;
    input = {};
    return false;
  }
  line = input.substr(0, newline);
  input.remove_prefix(taken);
  if (!line_.empty()) {
    line_ += line;
    line = line_;
    line_taken_ = true;
  }
  // RFC 9112 section 2.2: a lone LF may be taken as the end of a line.
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

Http1Parser::Step Http1Parser::on_line(std::string_view line) {
  switch (state_) {
    case State::start:
      return on_start_line(line);
    case State::fields:
      return line.empty() ? on_head_end() : on_field(line, head_.headers);
    case State::chunk_size:
      return on_chunk_size(line);
    case State::chunk_end:
      if (!line.empty()) return fail_with(400, "a chunk is longer than its size says");
      head_bytes_ = 0;
      state_ = State::chunk_size;
      return Step::more;
    default:
      break;
  }
  if (!line.empty()) return on_field(line, trailers_);
  state_ = State::start;
  head_bytes_ = 0;
  return Step::end;
}

void Http1Parser::begin_message() {
  head_.method.clear();
  head_.target.clear();
  head_.status = 0;
  head_.reason.clear();
  head_.headers.clear();
  trailers_.clear();
  remaining_ = 0;
  field_kept_ = false;
}

Http1Parser::Step Http1Parser::on_start_line(std::string_view line) {
  // RFC 9112 section 2.2: empty lines before a request line are ignored; we do it for responses too.
  if (line.empty()) {
    head_bytes_ = 0;
    return Step::more;
  }
  begin_message();
  if (keeps_ == Keeps::all && std::ranges::any_of(line, is_control)) {
    return fail_with(400, "control characters in the start line");
  }
  return role_ == Role::request ? on_request_line(line) : on_status_line(line);
}

namespace {

/// "HTTP/1.x": 0 or 1; -1 for other versions of HTTP, -2 for what is none.
int minor_version(std::string_view text) {
  if (!text.starts_with("HTTP/") || text.size() != 8 || text[6] != '.') return -2;
  if (text[5] != '1' || text[7] < '0' || text[7] > '9') return -1;
  return text[7] == '0' ? 0 : 1;
}

}  // namespace

Http1Parser::Step Http1Parser::on_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return fail_with(400, "no request line: " + quote_start(line));
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const int minor = minor_version(line.substr(last + 1));
  if (!is_token(method) || target.empty() || target.find_first_of(" \t") != std::string_view::npos || minor == -2)
    return fail_with(400, "no request line: " + quote_start(line));
  if (minor == -1) return fail_with(505, "not HTTP/1.0 or 1.1: " + quote_start(line.substr(last + 1)));
  head_.method = method;
  if (keeps_ == Keeps::all) head_.target = target;
  head_.minor = minor;
  state_ = State::fields;
  return Step::more;
}

Http1Parser::Step Http1Parser::on_status_line(std::string_view line) {
  const int minor = minor_version(line.substr(0, 8));
  if (minor < 0) return fail_with(505, "no HTTP/1.x status line: " + quote_start(line));
  const std::string_view digits = line.size() >= 12 ? line.substr(9, 3) : std::string_view();
  int status = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  const bool whole = failed == std::errc() && end == digits.data() + 3;
  if (!whole || line[8] != ' ' || status < 100 || (line.size() > 12 && line[12] != ' '))
    return fail_with(400, "no status line: " + quote_start(line));
  head_.status = status;
  head_.minor = minor;
  if (keeps_ == Keeps::all) head_.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  state_ = State::fields;
  return Step::more;
}

Http1Parser::Step Http1Parser::on_field(std::string_view line, HttpHeaders& into) {
  const bool folded = line.front() == ' ' || line.front() == '\t';
  // What continues a field that is not kept is not kept either.
  field_kept_ = keeps_ == Keeps::all || (folded ? field_kept_ : is_framing(line));
  if (!field_kept_) return Step::more;
  if (folded) {
    // RFC 9112 section 5.2: folded lines are refused in requests and unfolded in responses.
    if (role_ == Role::request || into.empty()) return fail_with(400, "a folded header field");
    into.back().value += ' ';
    into.back().value += trim(line);
    return Step::more;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return fail_with(400, "no header field: " + quote_start(line));
  const std::string_view value = trim(line.substr(colon + 1));
  if (std::ranges::any_of(value, is_control))
    return fail_with(400, "control characters in the field " + quote_start(line.substr(0, colon)));
  if (into.size() >= limits::kHttpFields)
    return fail_with(431, fmt::format("more than {} header fields", limits::kHttpFields));
  into.push_back({std::string(line.substr(0, colon)), std::string(value)});
  return Step::more;
}

Http1Parser::Step Http1Parser::on_head_end() {
  head_bytes_ = 0;
  const bool close = header_has_token(head_.headers, "connection", "close");
  keep_alive_ = !close && (head_.minor == 1 || header_has_token(head_.headers, "connection", "keep-alive"));
  return decide_body();
}

// RFC 9112 section 6.3, in its order.
Http1Parser::Step Http1Parser::decide_body() {
  if (role_ == Role::response) {
    const int status = head_.status;
    const bool interim = status < 200 && status != kHttpSwitching;
    const bool none = interim || status == 204 || status == 304 || headless_body_;
    if (!interim) headless_body_ = false;
    if (none) {
      state_ = State::ended;
      return Step::head;
    }
    if (status == kHttpSwitching) {
      state_ = State::until_close;
      keep_alive_ = false;
      return Step::head;
    }
  }
  std::string codings;
  for (const auto& [name, value] : head_.headers)
    if (equal_ignoring_case(name, "transfer-encoding")) codings += (codings.empty() ? "" : ",") + value;
  if (!codings.empty()) return on_transfer_encoding(codings);
  return on_content_length();
}

Http1Parser::Step Http1Parser::on_transfer_encoding(std::string_view codings) {
  std::string_view last;
  int count = 0;
  for_each_element(codings, [&](std::string_view element) {
    last = element;
    return ++count < 16;
  });
  const bool chunked = equal_ignoring_case(last, "chunked");
  if (role_ == Role::request) {
    // A request with both lengths, or with one that cannot be trusted, may be an attempt to smuggle another.
    if (head_.find("content-length")) return fail_with(400, "both Transfer-Encoding and Content-Length");
    if (!chunked || head_.minor == 0) return fail_with(400, "a request body without a length");
    if (count > 1) return fail_with(501, "a transfer coding other than chunked");
  } else if (head_.find("content-length")) {
    keep_alive_ = false;
  }
  if (!chunked) keep_alive_ = false;
  state_ = chunked ? State::chunk_size : State::until_close;
  return Step::head;
}

Http1Parser::Step Http1Parser::on_content_length() {
  bool seen = false;
  bool good = true;
  std::uint64_t length = 0;
  for (const auto& [name, value] : head_.headers) {
    if (!equal_ignoring_case(name, "content-length")) continue;
    good = good && !value.empty();
    for_each_element(value, [&](std::string_view element) {
      std::uint64_t number = 0;
      const auto [end, failed] = std::from_chars(element.data(), element.data() + element.size(), number);
      good = good && !element.empty() && failed == std::errc() && end == element.data() + element.size();
      good = good && (!seen || number == length);
      length = number;
      seen = true;
      return good;
    });
  }
  if (!good) return fail_with(400, "a Content-Length that is no number, or two that differ");
  remaining_ = length;
  if (seen) {
    state_ = length == 0 ? State::ended : State::counted;
  } else if (role_ == Role::request) {
    state_ = State::ended;
  } else {
    state_ = State::until_close;
    keep_alive_ = false;
  }
  return Step::head;
}

Http1Parser::Step Http1Parser::on_chunk_size(std::string_view line) {
  const std::string_view digits = trim(line.substr(0, line.find(';')));
  std::uint64_t size = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || failed != std::errc() || end != digits.data() + digits.size())
    return fail_with(400, "no chunk size: " + quote_start(line));
  head_bytes_ = 0;
  remaining_ = size;
  state_ = size == 0 ? State::trailers : State::chunk_data;
  return Step::more;
}

Http1Parser::Step Http1Parser::take_body(std::string_view& input) {
  if (input.empty()) return Step::more;
  if (state_ == State::until_close) {
    body_ = input;
    input = {};
    return Step::body;
  }
  body_ = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size())));
  input.remove_prefix(body_.size());
  remaining_ -= body_.size();
  if (remaining_ == 0) state_ = state_ == State::counted ? State::ended : State::chunk_end;
  return Step::body;
}

std::string encode_request_head(std::string_view method, std::string_view target, const HttpHeaders& headers,
                                int minor) {
  std::string out;
  append_clean(out, method);
  out += ' ';
  append_clean(out, target);
  out += minor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  append_fields(out, headers);
  return out;
}

std::string encode_response_head(int status, std::string_view reason, const HttpHeaders& headers) {
  std::string out = fmt::format("HTTP/1.1 {:03} ", std::clamp(status, 100, 999));
  append_clean(out, reason.empty() ? usual_reason(status) : reason);
  out += "\r\n";
  append_fields(out, headers);
  return out;
}

std::string encode_chunk(std::string_view bytes) {
  if (bytes.empty()) return {};
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

std::string encode_last_chunk(const HttpHeaders& trailers) {
  std::string out = "0\r\n";
  append_fields(out, trailers);
  return out;
}

}  // namespace pl::wire
