#pragma once
#include <algorithm>
#include <string_view>

namespace pl::wire {

/// tchar of RFC 9110 section 5.6.2.
inline bool is_token_char(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// A token: what a method and the name of a field are.
inline bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

}  // namespace pl::wire
