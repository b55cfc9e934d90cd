#pragma once
#include <string>
#include <string_view>

namespace pl::engine {

/// The line of a program's output that says best why it ended: the last one that reads like an error, else the last
/// one; cut to what fits into a message. Empty where there is none.
std::string last_words(const std::string& path);
/// The same, only where it reads like an error.
std::string last_error(const std::string& path);
/// Whether such a line says that a port was taken.
bool says_port_taken(std::string_view words);

}  // namespace pl::engine
