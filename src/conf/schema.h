#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "conf/yaml.h"

namespace pl::conf {

/// What may stand at a key.
enum class Type {
  map,       ///< A map whose keys are rows of their own.
  list,      ///< A list whose items are the row "PATH[]".
  texts,     ///< A map of free names to texts.
  headers,   ///< The same, with names and values that HTTP allows (RFC 9110, section 5).
  captures,  ///< A map of variables to JSON paths.
  text,
  path,     ///< A path on the target, beginning with a slash.
  url,      ///< http://host:port/path
  target,   ///< http://host:port
  command,  ///< A text for /bin/sh -c, or a list of arguments.
  duration,
  rate,
  percent,
  number,    ///< Above 0.
  integer,   ///< 0 or above.
  statuses,  ///< An HTTP status, or a list of them.
  json_path,
  document,  ///< Any value.
  services,  ///< `auto`, or a map whose keys are rows.
  action,    ///< block, warn or ignore; or a map whose keys are rows.
  word,      ///< block, warn or ignore.
  later,     ///< Known, but not supported yet.
};

/// A row of the schema: from it come checks, error texts, help and JSON Schema.
struct Row {
  std::string_view path;  ///< "traffic.journeys[].name"; "*" stands for any key.
  Type type;
  std::string_view doc;
  std::string_view fallback;  ///< What holds where the key is absent.
  std::string_view range;     ///< Unit or range in words.
  std::string_view example;
};

/// All rows, parents before their children. The first is the whole document, with an empty path.
std::span<const Row> schema_rows();
/// The rows right below a path.
std::vector<const Row*> rows_below(std::string_view path);
/// Last part of a row's path.
std::string_view row_key(const Row& row);

/// Checks a tree against the table. Errc::config for the first thing that is wrong.
Result<void> check_schema(const Node& root, const std::string& filename);

}  // namespace pl::conf
