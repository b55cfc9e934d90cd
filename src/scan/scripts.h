#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "record/kinds.h"

namespace pl::scan {

/// The scripts of the page's own origin that a page loads: absolute paths, in order, limits::kScripts at most.
std::vector<std::string> scripts_of(std::string_view page);
/// Looks through a script (or a page) for places that turn text into markup: innerHTML and its like with anything but a
/// constant. Dense (minified) text is not judged: there the application cannot be told from its libraries.
record::ScriptRead read_script(std::string target, std::string_view text);

}  // namespace pl::scan
