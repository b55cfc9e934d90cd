#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Small helpers on text that comes from the wire: ASCII only, whatever the locale.
namespace pl::load {

char to_lower(char c);
std::string lower(std::string_view text);
/// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);
/// The pieces between marks; one piece where there is no mark.
std::vector<std::string_view> split(std::string_view text, char mark);
/// Where `part` stands in `text` at or after `from`, ignoring case; npos where nowhere. `part` is lower case.
std::size_t find_ignoring_case(std::string_view text, std::string_view part, std::size_t from = 0);
/// Words of two letters or more, lower case; letters are ASCII letters and all bytes beyond ASCII. Calls for each.
template <class Take>
void for_each_word(std::string_view text, Take take) {
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? to_lower(text[i]) : ' ';
    if ((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80) {
      word += c;
      continue;
    }
    if (word.size() >= 2) take(word);
    word.clear();
  }
}
/// The first bytes of a text for a log: at most `most`, cut between characters of UTF-8, controls as spaces.
std::string start_of(std::string_view text, std::size_t most);

}  // namespace pl::load
