#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace pl {

/// A JSON value (RFC 8259) that keeps the order of its keys and prints the same bytes on every machine: whole numbers
/// as they are, fractions with six digits at most. Copies deeply; not shared between threads while written.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  Json(T value) : value_(static_cast<std::int64_t>(value)) {}

  static Json object() { return Json(Object{}); }
  static Json array() { return Json(Array{}); }
  /// Reads one document; the error says the byte offset. Depth is limited (limits::kJsonDepth).
  static Result<Json> parse(std::string_view text);
  /// Reads the first document of a text; what follows it is not looked at.
  static Result<Json> parse_first(std::string_view text);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_int() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// Values with a fallback for another type: nothing here throws.
  bool as_bool(bool fallback = false) const;
  std::int64_t as_int(std::int64_t fallback = 0) const;
  double as_double(double fallback = 0) const;
  /// Empty for anything but a string.
  const std::string& as_string() const;
  /// Empty for anything but an array or object.
  const Array& items() const;
  const Object& members() const;

  /// The member of an object, or a null value where there is none.
  const Json& operator[](std::string_view key) const;
  /// The element of an array, or a null value where there is none.
  const Json& at(std::size_t index) const;
  bool has(std::string_view key) const;
  /// Sets or adds a member; turns a null value into an object first.
  Json& set(std::string_view key, Json value);
  /// Adds an element; turns a null value into an array first.
  Json& push(Json value);
  std::size_t size() const;

  /// One line without spaces, or indented by `indent` spaces where that is positive.
  std::string dump(int indent = 0) const;
  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// Text as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD.
std::string json_quote(std::string_view text);
/// A fraction as it is printed in JSON and reports: six digits at most, no exponent, no trailing zeros.
std::string format_number(double value);

}  // namespace pl
