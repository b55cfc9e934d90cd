#pragma once
#include <concepts>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/json.h"

namespace pl::record {

/// One field of a kind: its name in the log, its unit ("" where it has none) and the member that holds it.
template <class Struct, class T>
struct Field {
  const char* name;
  const char* unit;
  T Struct::* member;
};
template <class Struct, class T>
Field(const char*, const char*, T Struct::*) -> Field<Struct, T>;

template <class T>
Json encode_value(const T& value) {
  if constexpr (std::same_as<T, Json>) {
    return value;
  } else if constexpr (std::is_enum_v<T>) {
    return Json(static_cast<std::int64_t>(value));
  } else if constexpr (requires(T list) { list.push_back(list.front()); } && !std::same_as<T, std::string>) {
    Json list = Json::array();
    for (const auto& item : value) list.push(encode_value(item));
    return list;
  } else {
    return Json(value);
  }
}

template <class T>
void decode_value(const Json& json, T& value) {
  if constexpr (std::same_as<T, Json>) {
    value = json;
  } else if constexpr (std::same_as<T, bool>) {
    value = json.as_bool();
  } else if constexpr (std::same_as<T, std::string>) {
    value = json.as_string();
  } else if constexpr (std::is_floating_point_v<T>) {
    value = json.as_double();
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    value = static_cast<T>(json.as_int());
  } else {
    value.clear();
    for (const Json& item : json.items()) decode_value(item, value.emplace_back());
  }
}

/// The payload of a kind's struct; fields at their default are left out, so that common observations stay small.
template <class Kind>
Json encode(const Kind& kind) {
  static const Kind defaults{};
  Json payload = Json::object();
  std::apply(
      [&](const auto&... field) {
        ((kind.*field.member == defaults.*field.member
              ? void()
              : void(payload.set(field.name, encode_value(kind.*field.member)))),
         ...);
      },
      Kind::fields());
  return payload;
}

/// The struct of a payload; a field that is absent or of another type keeps its default.
template <class Kind>
Kind decode(const Json& payload) {
  Kind kind{};
  std::apply(
      [&](const auto&... field) {
        (..., (payload.has(field.name) ? decode_value(payload[field.name], kind.*field.member) : void()));
      },
      Kind::fields());
  return kind;
}

}  // namespace pl::record
