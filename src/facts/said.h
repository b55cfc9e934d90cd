#pragma once
#include <string>
#include <string_view>

namespace pl::facts {

/// What an answer says to a person, on one line: the text of a page without its markup and head, or a page's title
/// where no text is left; of any other body its beginning.
std::string said_text(std::string_view body);
/// A text on one line, as part of a sentence: each run of white space is one space, a full stop at the end is left out.
/// What is too long for a line ends with "...".
std::string one_line(std::string_view text);

}  // namespace pl::facts
