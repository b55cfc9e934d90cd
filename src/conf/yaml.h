#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace pl::conf {

/// A place in a file, both counted from 1.
struct Position {
  int line = 1;
  int column = 1;
};

struct Member;

/// A YAML value with its place. Scalars are kept as written; what they mean, the schema says.
struct Node {
  enum class Kind { scalar, list, map };
  Kind kind = Kind::scalar;
  Position at;
  std::string text;             ///< Of a scalar.
  bool quoted = false;          ///< A scalar in quotes, or a block: always text.
  std::vector<Node> items;      ///< Of a list.
  std::vector<Member> members;  ///< Of a map, in the order written, each key once.

  bool is_null() const { return kind == Kind::scalar && !quoted && (text.empty() || text == "~" || text == "null"); }
  /// The value of a key, nullptr where there is none.
  const Node* find(std::string_view key) const;
};

/// A key of a map, and its value.
struct Member {
  std::string key;
  Position at;
  Node value;
};

/// "proofload.yaml:7:5: where: what": the one form of all configuration errors; `where` may be empty.
std::unexpected<Error> fail_at(const std::string& filename, Position at, std::string_view where, std::string_view what);

/// Reads one YAML 1.1 document as libyaml does, with aliases copied. Size, depth and number of values are limited
/// (limits::kConfig...); a key that stands twice, a tag, a second document are errors. Nothing at all is an empty map.
Result<Node> parse_yaml(std::string_view text, const std::string& filename);

/// The JSON value of a node by YAML's core schema (1.2.2, section 10.3.2).
Json node_to_json(const Node& node);

}  // namespace pl::conf
