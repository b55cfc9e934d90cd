#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace pl::load {

/// Values of ${user}, ${n} and of what was captured, by name.
using Variables = std::map<std::string, std::string, std::less<>>;

/// Where a template's result stands, and so how the values in it are written.
enum class Place {
  text,    ///< As they are.
  path,    ///< Percent-encoded (RFC 3986); bytes of the literal parts that a request target cannot hold too.
  form,    ///< application/x-www-form-urlencoded, literal parts too.
  header,  ///< Without control characters.
  json,    ///< Inside a JSON string that is already quoted; literal parts are JSON text.
};

/// Text with ${name} in it, parsed once. `$${` stands for a literal `${`. Immutable.
class Template {
 public:
  /// Errc::config for a `${` without its `}` or with an impossible name.
  static Result<Template> parse(std::string_view text);
  /// A JSON document whose strings are templates; render it at Place::json.
  static Result<Template> of_json(const Json& document) { return parse(document.dump()); }

  /// A variable without a value is written as nothing: names are checked when a journey is compiled.
  std::string render(const Variables& variables, Place place) const;
  /// Names used, in order of appearance, with repetitions.
  std::vector<std::string> names() const;
  bool uses(std::string_view name) const;

 private:
  struct Part {
    std::string text;  ///< Literal text, or a name.
    bool variable;
  };
  std::vector<Part> parts_;
};

/// Percent-encodes all but unreserved characters.
std::string percent_encode(std::string_view text);
/// A request target with the bytes that it cannot hold (spaces, controls, beyond ASCII) percent-encoded; `%` stays.
std::string clean_target(std::string_view text);

}  // namespace pl::load
