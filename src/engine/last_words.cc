#include "engine/last_words.h"

#include <algorithm>
#include <initializer_list>

#include "base/text.h"
#include "os/file.h"

namespace pl::engine {
namespace {

constexpr std::size_t kMost = 200;       ///< Bytes of a line that are quoted.
constexpr std::size_t kTail = 16 << 10;  ///< Bytes of the output that are looked at.
constexpr std::size_t kLogBytes = 1 << 28;

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

/// One line without controls and full stop, at most kMost bytes.
std::string tidy(std::string_view line) {
  std::string out;
  for (const char c : line.substr(0, kMost)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  while (out.ends_with(' ')) out.pop_back();
  out.erase(0, out.find_first_not_of(' '));
  if (out.ends_with('.') && !out.ends_with("..")) out.pop_back();  // More of the message follows.
  return out;
}

/// How much a line tells of why a program ended: 0 nothing.
int rank(const std::string& line) {
  const std::string low = lower(line);
  if (low.starts_with("at ")) return 0;                  // a line of a stack
  if (has_any(low, {"broken pipe", "epipe"})) return 0;  // it was us who did not wait for the answer
  if (has_any(low, {"error:", "exception:", "fatal:", "panic:", "error "})) return 2;
  return has_any(low, {"error", "cannot ", "failed", "refused", "in use", "not found", "exception", "fatal"}) ? 1 : 0;
}

struct Words {
  std::string last, telling;
};

Words words_of(const std::string& path) {
  const auto text = os::read_file(path, kLogBytes);
  if (!text) return {};
  std::string_view rest = *text;
  if (rest.size() > kTail) rest.remove_prefix(rest.size() - kTail);
  Words words;
  int best = 0;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string line = tidy(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty()) continue;
    words.last = line;
    const int telling_much = rank(line);
    if (telling_much == 0 || telling_much < best) continue;
    best = telling_much;
    words.telling = line;
  }
  return words;
}

}  // namespace

std::string last_words(const std::string& path) {
  Words words = words_of(path);
  return words.telling.empty() ? words.last : words.telling;
}

std::string last_error(const std::string& path) { return words_of(path).telling; }

bool says_port_taken(std::string_view words) {
  return has_any(lower(words), {"eaddrinuse", "address already in use", "address in use", "port is already in use"});
}

}  // namespace pl::engine
