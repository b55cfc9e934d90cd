#pragma once
#include <string>
#include <string_view>

#include "facts/facts.h"

namespace pl::engine {

/// The words of an error that says why an application does not serve. Pure functions.

/// What it asked for and did not get, at most two places outside the sandbox and two at which nothing listens: "it
/// asked for 127.0.0.1:5432 (nothing listens there)". Empty where there is none, and without those that `said` names
/// already.
std::string asked_for(const facts::Facts& facts, std::string_view said);
/// Whether a line of the output tells what the answer does not.
bool says_more(std::string_view line, std::string_view answer);
/// The end of such an error, each part behind a "; ": what it asked for, and how it gets services unless the
/// configuration provides some. Not for an application that has served before: then something else is the reason.
std::string hints(const facts::Facts& facts, bool provided, std::string_view said);

}  // namespace pl::engine
