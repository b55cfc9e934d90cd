#include "facts/said.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace pl::facts {
namespace {

constexpr std::size_t kMost = 160;  ///< Bytes of a line that is quoted.

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Reads a page from its beginning; markup that does not end takes the rest with it.
class Page {
 public:
  explicit Page(std::string_view body) : rest_(body) {}

  std::string text() {
    while (!rest_.empty()) {
      const bool tag = rest_.size() > 1 && rest_[0] == '<' &&
                       (is_letter(rest_[1]) || rest_[1] == '/' || rest_[1] == '!' || rest_[1] == '?');
      if (tag) {
        markup();
      } else {
        character();
      }
    }
    return std::move(text_);
  }

 private:
  static constexpr std::pair<std::string_view, char> kEntities[] = {{"&lt;", '<'},   {"&gt;", '>'},   {"&amp;", '&'},
                                                                    {"&quot;", '"'}, {"&#39;", '\''}, {"&#x27;", '\''},
                                                                    {"&nbsp;", ' '}};

  void character() {
    for (const auto& [entity, meaning] : kEntities) {
      if (!rest_.starts_with(entity)) continue;
      text_ += meaning;
      return skip(entity.size());
    }
    text_ += rest_[0];
    skip(1);
  }

  void markup() {
    text_ += ' ';
    if (rest_.starts_with("<!--")) return skip_behind("-->");
    std::size_t end = 1;
    while (end < rest_.size() && is_letter(rest_[end])) ++end;
    const std::string name = lower(rest_.substr(1, end - 1));
    skip_behind(">");
    if (name == "head" || name == "style" || name == "script") skip_to_end_of(name);
  }

  void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }
  void skip_behind(std::string_view mark) {
    const std::size_t at = rest_.find(mark);
    skip(at == std::string_view::npos ? rest_.size() : at + mark.size());
  }
  void skip_to_end_of(const std::string& name) {
    const std::size_t at = lower(rest_).find("</" + name);
    skip(std::min(at, rest_.size()));
  }

  std::string_view rest_;
  std::string text_;
};

std::string title_of(std::string_view body) {
  const std::string low = lower(body);
  const std::size_t from = low.find("<title>");
  if (from == std::string::npos) return {};
  const std::size_t begin = from + std::string_view("<title>").size();
  return one_line(Page(body.substr(begin, low.find("</", begin) - begin)).text());
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_space(c)) {
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  if (out.ends_with('.') && !out.ends_with("..")) out.pop_back();
  if (out.size() <= kMost) return out;
  return std::string(beginning(out, kMost - 3)) + "...";
}

std::string said_text(std::string_view body) {
  while (!body.empty() && is_space(body.front())) body.remove_prefix(1);
  if (!body.starts_with('<')) return one_line(body);
  const std::string text = one_line(Page(body).text());
  return text.empty() ? title_of(body) : text;
}

}  // namespace pl::facts
