#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pl::scan {

/// A secret in a text.
struct Secret {
  std::int64_t line = 0;
  std::string rule;   ///< "OpenAI key".
  std::string name;   ///< Of the variable it is assigned to, where that is how it was found.
  std::string value;  ///< The secret itself: never to be logged.
};

/// Finds secrets in a text by a table of rules: keys of providers by their form, private keys, passwords in URLs, and
/// values that names like `API_KEY=` give away. `path` decides which rules apply. Placeholders and values without
/// enough chance in them are passed over; so are files that hold other people's hashes (lock files), where nothing is
/// looked for.
std::vector<Secret> find_secrets(const std::string& path, std::string_view text);

}  // namespace pl::scan
