#include "sandbox/services/model_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "sandbox/services/model_text.h"

namespace pl::sandbox {
namespace {

/// Makes values for the parts of one schema document.
class Maker {
 public:
  Maker(const Json& root, Rng& rng) : root_(root), rng_(rng) {}

  Json make(const Json& schema, std::size_t depth) {
    if (depth > limits::kSchemaDepth || !schema.is_object()) return Json();
    if (schema.has("const")) return schema["const"];
    if (const auto& choices = schema["enum"].items(); !choices.empty()) return choices[rng_.below(choices.size())];
    if (schema.has("$ref")) return make(resolve(schema["$ref"].as_string()), depth + 1);
    for (const char* key : {"anyOf", "oneOf"})
      if (const auto& choices = schema[key].items(); !choices.empty()) return make(choice(choices, depth), depth + 1);
    if (const auto& all = schema["allOf"].items(); !all.empty()) return make_all(schema, all, depth);
    return make_typed(schema, type_of(schema), depth);
  }

 private:
  /// "#/$defs/name": the part of the document that a reference names.
  const Json& resolve(std::string_view reference) const {
    const Json* at = &root_;
    if (!reference.starts_with("#")) return *at;
    reference.remove_prefix(1);
    while (reference.starts_with('/')) {
      reference.remove_prefix(1);
      const auto end = reference.find('/');
      at = &(*at)[reference.substr(0, end)];
      if (end == std::string_view::npos) break;
      reference.remove_prefix(end);
    }
    return *at;
  }

  /// The first choice that is not null; deep down the null, so that recursive schemas end.
  const Json& choice(const Json::Array& choices, std::size_t depth) const {
    const bool want_null = depth > limits::kSchemaDepth / 2;
    for (const Json& each : choices)
      if ((each["type"].as_string() == "null") == want_null) return each;
    return choices.front();
  }

  Json make_all(const Json& schema, const Json::Array& all, std::size_t depth) {
    Json merged = Json::object();
    for (const auto& [key, value] : schema.members())
      if (key != "allOf") merged.set(key, value);
    for (const Json& part : all) {
      const Json& whole = part.has("$ref") ? resolve(part["$ref"].as_string()) : part;
      for (const auto& [key, value] : whole.members()) {
        if (key != "properties") {
          merged.set(key, value);
          continue;
        }
        Json properties = merged["properties"];
        for (const auto& [name, property] : value.members()) properties.set(name, property);
        merged.set("properties", properties);
      }
    }
    return make(merged, depth + 1);
  }

  static std::string type_of(const Json& schema) {
    if (schema["type"].is_string()) return schema["type"].as_string();
    for (const Json& type : schema["type"].items())
      if (type.as_string() != "null") return type.as_string();
    if (schema.has("properties")) return "object";
    if (schema.has("items")) return "array";
    return schema.has("minimum") || schema.has("maximum") ? "number" : "string";
  }

  Json make_typed(const Json& schema, const std::string& type, std::size_t depth) {
    if (type == "object") return make_object(schema, depth);
    if (type == "array") return make_array(schema, depth);
    if (type == "string") return make_string(schema);
    if (type == "integer") return make_integer(schema);
    if (type == "number") return make_number(schema);
    if (type == "boolean") return Json(rng_.below(2) == 1);
    return Json();
  }

  Json make_object(const Json& schema, std::size_t depth) {
    const auto& required = schema["required"].items();
    Json out = Json::object();
    for (const auto& [name, property] : schema["properties"].members()) {
      const bool needed = std::ranges::any_of(required, [&](const Json& key) { return key.as_string() == name; });
      if (needed || depth < limits::kSchemaDepth / 2) out.set(name, make(property, depth + 1));
    }
    return out;
  }

  Json make_array(const Json& schema, std::size_t depth) {
    std::int64_t count = depth < limits::kSchemaDepth / 2 ? 2 : 0;
    count = std::min(count, schema["maxItems"].as_int(count));
    count = std::clamp<std::int64_t>(std::max(count, schema["minItems"].as_int()), 0, limits::kSchemaItems);
    Json out = Json::array();
    for (std::int64_t i = 0; i < count; ++i) out.push(make(schema["items"], depth + 1));
    return out;
  }

  Json make_string(const Json& schema) {
    const std::string& format = schema["format"].as_string();
    if (format == "date-time") return fmt::format("2025-{:02}-{:02}T09:30:00Z", 1 + rng_.below(12), 1 + rng_.below(28));
    if (format == "date") return fmt::format("2025-{:02}-{:02}", 1 + rng_.below(12), 1 + rng_.below(28));
    if (format == "time") return fmt::format("{:02}:{:02}:00Z", rng_.below(24), rng_.below(60));
    if (format == "email") return fmt::format("{}@example.com", plain_word(rng_));
    if (format == "uri") return fmt::format("https://example.com/{}", plain_word(rng_));
    if (format == "uuid")
      return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", rng_.next() >> 32, rng_.next() >> 48,
                         rng_.next() >> 52, rng_.next() >> 52, rng_.next() >> 16);
    const auto least = static_cast<std::size_t>(std::clamp<std::int64_t>(schema["minLength"].as_int(), 0, 4096));
    const auto most = static_cast<std::size_t>(std::clamp<std::int64_t>(schema["maxLength"].as_int(4096), 0, 4096));
    std::string out = std::string(plain_word(rng_)) + " " + std::string(plain_word(rng_));
    while (out.size() < least) out += " " + std::string(plain_word(rng_));
    if (out.size() > std::max(most, least)) out.resize(std::max(most, least));
    return out;
  }

  /// The bounds of a number; where one is missing, a hundred away from the other.
  static std::pair<double, double> bounds(const Json& schema, double step) {
    const Json& above = schema["exclusiveMinimum"];
    const Json& below = schema["exclusiveMaximum"];
    double low = above.is_number() ? above.as_double() + step : schema["minimum"].as_double(1);
    double high = below.is_number() ? below.as_double() - step : schema["maximum"].as_double(std::max(low, 1.0) + 99);
    if (!above.is_number() && !schema["minimum"].is_number()) low = std::min(low, high);
    return {low, std::max(low, high)};
  }

  Json make_integer(const Json& schema) {
    const auto [low, high] = bounds(schema, 1);
    const double from = std::ceil(std::clamp(low, -1e15, 1e15));
    const double span = std::clamp(std::floor(std::min(high, 1e15)) - from, 0.0, 1e6);
    const auto value =
        static_cast<std::int64_t>(from) + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(span) + 1));
    const std::int64_t step = schema["multipleOf"].as_int(1);
    if (step <= 1) return value;
    const std::int64_t rounded = value - value % step;
    return static_cast<double>(rounded) < from ? rounded + step : rounded;
  }

  Json make_number(const Json& schema) {
    const auto [low, high] = bounds(schema, 0.01);
    const double span = std::clamp(high - low, 0.0, 1000.0);
    return std::min(high, std::max(low, std::round((low + rng_.uniform() * span) * 100) / 100));
  }

  const Json& root_;
  Rng& rng_;
};

}  // namespace

Json value_for_schema(const Json& schema, Rng& rng) { return Maker(schema, rng).make(schema, 0); }

}  // namespace pl::sandbox
