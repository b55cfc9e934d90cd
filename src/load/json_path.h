#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace pl::load {

/// The part of JSONPath (RFC 9535) that names one value: `$.a.b[0].c`, `$['a b']`. Immutable.
class JsonPath {
 public:
  /// Errc::config says what is wrong with the text.
  static Result<JsonPath> parse(std::string_view text);
  /// The value, or nullptr where the document has none there. Points into the document.
  const Json* find(const Json& document) const;

 private:
  std::vector<std::variant<std::string, std::size_t>> steps_;
};

/// A value as text for a variable: strings as they are, others as JSON; nothing for null.
std::optional<std::string> as_variable(const Json& value);

}  // namespace pl::load
