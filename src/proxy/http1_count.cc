#include "proxy/http1_count.h"

#include <algorithm>

#include "base/limits.h"
#include "wire/http1_plain.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kMethodBytes = 32;  ///< Of the longest method that is taken for one.

}  // namespace

bool may_be_request(std::string_view bytes) {
  bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (line.empty()) return true;
  const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\r') || c == 0x7f; };
  const std::string_view method = line.substr(0, line.find(' '));
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto of_method = [&](char c) { return is_capital(c) || c == '-' || c == '_' || c == '\r'; };
  return is_capital(line.front()) && method.size() <= kMethodBytes && std::ranges::all_of(method, of_method) &&
         std::ranges::none_of(line, is_control);
}

void Http1Count::passed(Way way, std::string_view bytes) {
  wire::Http1Parser& reader = way == Way::up ? up_ : down_;
  while (!lost_) {
    if (way == Way::down && reader.idle()) {
      if (owed_.empty()) return;  // a fault's own, before this place: nothing else comes until it has gone by
      if (owed_.front() == kHead) reader.next_has_no_body();
    }
    if (reader.idle() && passed_plain(way, bytes)) continue;
    const Event event = reader.next(bytes);
    if (event == Event::more) return;
    lost_ = event == Event::error;
    way == Way::up ? on_request(event) : on_answer(event);
  }
}

/// Takes the message off the bytes where one look tells it all.
bool Http1Count::passed_plain(Way way, std::string_view& bytes) {
  if (bytes.empty() || (way == Way::down && owed_.front() == kHead)) return false;
  const std::size_t taken = way == Way::up ? wire::plain_request(bytes) : wire::plain_answer(bytes);
  bytes.remove_prefix(taken);
  if (taken == 0) return false;
  if (way == Way::down) {
    owed_.erase(0, 1);
  } else {
    owed_ += kOther;
    lost_ = owed_.size() > limits::kHttpPending;
  }
  return true;
}

void Http1Count::on_request(Event event) {
  if (event != Event::head) return;
  owed_ += up_.head().method == "HEAD" ? kHead : kOther;
  // What follows CONNECT may be anything (RFC 9110 section 9.3.6).
  lost_ = owed_.size() > limits::kHttpPending || up_.head().method == "CONNECT";
}

void Http1Count::on_answer(Event event) {
  const int status = down_.head().status;
  if (event == Event::head) lost_ = status == wire::kHttpSwitching;
  if (event == Event::end && status >= 200) owed_.erase(0, 1);
}

}  // namespace pl::proxy
