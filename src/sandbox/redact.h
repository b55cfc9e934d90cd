#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pl::sandbox {

/// Replaces what looks like a secret in an argument (a password in a URL, the value of an option or variable whose name
/// says password, secret, token or key, a provider's key) by a hash under a key of this process and the last two
/// characters.
std::string redact(std::string_view argument);
/// The same for a whole command line, where an option may stand before its value.
std::vector<std::string> redact_all(const std::vector<std::string>& arguments);

}  // namespace pl::sandbox
