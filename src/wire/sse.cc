#include "wire/sse.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.h"

namespace pl::wire {

SseParser::Step SseParser::next(std::string_view& input) {
  // Every turn takes at least one byte off the input or returns.
  while (!failed_) {
    if (after_cr_ && !input.empty()) {
      if (input.front() == '\n') input.remove_prefix(1);
      after_cr_ = false;
    }
    const auto end = input.find_first_of("\r\n");
    line_ += input.substr(0, end);
    failed_ = line_.size() + building_.data.size() > limits::kSseEventBytes;
    if (failed_) break;
    if (end == std::string_view::npos) {
      input = {};
      return Step::more;
    }
    after_cr_ = input[end] == '\r';
    input.remove_prefix(end + 1);
    const bool dispatched = on_line();
    line_.clear();
    if (dispatched) return Step::event;
  }
  return Step::error;
}

/// One whole line in line_; true when it dispatched an event.
bool SseParser::on_line() {
  std::string_view line = line_;
  if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) {
    const bool dispatch = std::exchange(has_data_, false);
    if (dispatch) {
      building_.data.pop_back();  // the LF after the last data line
      event_ = {building_.type.empty() ? "message" : building_.type, building_.data, building_.id};
    }
    building_.data.clear();
    building_.type.clear();
    return dispatch;
  }
  const auto colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    building_.data += value;
    building_.data += '\n';
    has_data_ = true;
  } else if (field == "event") {
    building_.type = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    building_.id = value;
  } else if (field == "retry" && !value.empty() && value.size() < 10 &&
             std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) {
    std::from_chars(value.data(), value.data() + value.size(), retry_ms_);
  }
  return false;
}

std::string encode_sse(std::string_view data, std::string_view type) {
  std::string out;
  if (type != "message") out.append("event: ").append(type).append("\n");
  for (;;) {
    const auto newline = data.find('\n');
    out.append("data: ").append(data.substr(0, newline)).append("\n");
    if (newline == std::string_view::npos) break;
    data.remove_prefix(newline + 1);
  }
  return out + "\n";
}

}  // namespace pl::wire
