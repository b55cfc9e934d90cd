#pragma once
#include <string>
#include <vector>

#include "record/kinds.h"
#include "scan/ask.h"

namespace pl::scan {

/// The media type of an answer, lower case, without parameters.
std::string media_of(const wire::HttpHead& head);
/// What an answer shows, for the log: the header fields that concern browsers and versions, cookies without their
/// values, and, of an answer with an error status, what of the inside it shows.
record::AnswerProbed describe(const Asked& asked);
/// A cookie without its value: "sid; Path=/; HttpOnly".
std::string without_value(const std::string& set_cookie);

}  // namespace pl::scan
