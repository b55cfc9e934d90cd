#include <fmt/format.h>

#include "conf/load.h"
#include "conf/schema.h"

namespace pl::conf {
namespace {

Json text_schema(std::string_view pattern = "") {
  Json json = Json::object();
  json.set("type", "string");
  if (!pattern.empty()) json.set("pattern", pattern);
  return json;
}

Json scalar_schema() {
  Json types = Json::array();
  types.push("string").push("number").push("boolean").push("null");
  return Json::object().set("type", std::move(types));
}

Json any_of(Json first, Json second) {
  Json list = Json::array();
  list.push(std::move(first)).push(std::move(second));
  return Json::object().set("anyOf", std::move(list));
}

Json words(std::initializer_list<const char*> list) {
  Json values = Json::array();
  for (const char* word : list) values.push(word);
  return Json::object().set("enum", std::move(values));
}

Json row_schema(const Row& row);

/// A map whose keys are rows; a row "*" describes all other keys.
Json map_schema(const Row& row) {
  Json types = Json::array();
  types.push("object").push("null");
  Json json = Json::object();
  json.set("type", std::move(types));
  Json properties = Json::object();
  Json rest(false);
  for (const Row* below : rows_below(row.path)) {
    if (below->type == Type::later) continue;
    if (row_key(*below) == "*")
      rest = row_schema(*below);
    else
      properties.set(row_key(*below), row_schema(*below));
  }
  json.set("properties", std::move(properties)).set("additionalProperties", std::move(rest));
  return json;
}

Json list_schema(Json items) {
  Json json = Json::object();
  json.set("type", "array").set("items", std::move(items));
  return json;
}

Json free_map(Json values) {
  Json json = Json::object();
  json.set("type", "object").set("additionalProperties", std::move(values));
  return json;
}

Json number_schema(std::string_view type, const char* bound) {
  Json json = Json::object();
  json.set("type", type).set(bound, 0);
  return json;
}

Json status_schema() {
  Json json = Json::object();
  json.set("type", "integer").set("minimum", 100).set("maximum", 599);
  return json;
}

Json type_schema(const Row& row) {
  switch (row.type) {
    case Type::map:
      return map_schema(row);
    case Type::list:
      return list_schema(row_schema(*rows_below(row.path).front()));
    case Type::texts:
    case Type::headers:
      return free_map(scalar_schema());
    case Type::captures:
      return free_map(text_schema("^\\$"));
    case Type::text:
      return scalar_schema();
    case Type::path:
      return text_schema("^/[^ ]*$");
    case Type::url:
      return text_schema("^http://[^ ]+$");
    case Type::target:
      return text_schema("^http://[^/ ]+/?$");
    case Type::command:
      return any_of(text_schema(), list_schema(scalar_schema()));
    case Type::duration:
      return text_schema("^[0-9.]+(ns|us|ms|s|m|h)$");
    case Type::rate:
      return text_schema("^[0-9.]+/(s|min|m|h)$");
    case Type::percent:
      return text_schema("^[0-9.]+%$");
    case Type::number:
      return number_schema("number", "exclusiveMinimum");
    case Type::integer:
      return number_schema("integer", "minimum");
    case Type::statuses:
      return any_of(status_schema(), list_schema(status_schema()));
    case Type::json_path:
      return text_schema("^\\$");
    case Type::services:
      return any_of(words({"auto"}), map_schema(row));
    case Type::action:
      return any_of(words({"block", "warn", "ignore"}), map_schema(row));
    case Type::word:
      return words({"block", "warn", "ignore"});
    case Type::document:
    case Type::later:
      break;
  }
  return Json::object();
}

Json row_schema(const Row& row) {
  Json json = Json::object();
  json.set("description", row.doc);
  const Json type = type_schema(row);
  for (const auto& [name, value] : type.members()) json.set(name, value);
  return json;
}

}  // namespace

std::string config_help() {
  std::string text = "proofload.yaml: its keys, all optional\n";
  for (const Row& row : schema_rows()) {
    if (row.path.empty() || row.type == Type::later) continue;
    text += fmt::format("\n{}\n    {}", row.path, row.doc);
    if (!row.range.empty()) text += fmt::format(" ({})", row.range);
    if (!row.fallback.empty()) text += fmt::format(" Default: {}.", row.fallback);
    if (!row.example.empty()) text += fmt::format("\n    Example: {}", row.example);
    text += '\n';
  }
  return text;
}

std::string json_schema() {
  Json json = Json::object();
  json.set("$schema", "https://json-schema.org/draft/2020-12/schema").set("title", "proofload.yaml");
  const Json whole = row_schema(schema_rows().front());
  for (const auto& [name, value] : whole.members()) json.set(name, value);
  return json.dump(2) + "\n";
}

}  // namespace pl::conf
