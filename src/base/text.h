#pragma once
#include <string>
#include <string_view>

namespace pl {

/// ASCII letters in lower case; every other byte as it is, whatever the locale.
std::string lower(std::string_view text);
/// The same in upper case.
std::string upper(std::string_view text);
/// Length of the UTF-8 character that the text begins with (RFC 3629); 0 where there is none.
std::size_t utf8_length(std::string_view text);
/// The longest beginning of at most so many bytes that does not end inside a UTF-8 character.
std::string_view beginning(std::string_view text, std::size_t bytes);
/// A name as keys spell it: lower case; what is neither letter, digit nor one of ._:- becomes '-'.
std::string slug(std::string_view name);
/// Whether the text is as the pattern says, in which * stands for any run of bytes.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace pl
