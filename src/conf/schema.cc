#include "conf/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/values.h"

namespace pl::conf {
namespace {

std::string_view parent_path(std::string_view path) {
  if (path.ends_with("[]")) return path.substr(0, path.size() - 2);
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string join(std::string_view where, std::string_view key) {
  return where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
}

/// Edits between two words (Levenshtein), for "did you mean".
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string unknown_key(std::string_view key, std::string_view path) {
  std::string_view nearest;
  std::size_t least = 3;
  std::string all;
  for (const Row* row : rows_below(path)) {
    if (row->type == Type::later) continue;
    const std::size_t distance = key.size() > 64 ? least : edits(key, row_key(*row));
    if (distance < least) least = distance, nearest = row_key(*row);
    all += fmt::format("{}{}", all.empty() ? "" : ", ", row_key(*row));
  }
  const std::string text = fmt::format("unknown key {}", json_quote(key.substr(0, 64)));
  if (!nearest.empty()) return fmt::format("{}; did you mean \"{}\"?", text, nearest);
  return fmt::format("{}; known here: {}", text, all);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 127; });
}

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && !has_control(text) && text.find(' ') == std::string_view::npos;
}

bool is_url(std::string_view text, bool with_path) {
  if (!text.starts_with("http://") || has_control(text) || text.find(' ') != std::string_view::npos) return false;
  text.remove_prefix(7);
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  if (!with_path && slash != std::string_view::npos && slash + 1 != text.size()) return false;
  const std::size_t colon = host.find(']') == std::string_view::npos ? host.rfind(':') : host.find(':', host.find(']'));
  if (colon == std::string_view::npos) return !host.empty();
  const std::string_view port = host.substr(colon + 1);
  int number = 0;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
  return colon > 0 && read.ec == std::errc() && read.ptr == port.data() + port.size() && number > 0 && number < 65536;
}

bool is_whole(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && number >= least && number <= most;
}

/// What a scalar of a type must be in words, where it is not; empty where it is well.
std::string_view scalar_fault(Type type, std::string_view text) {
  const auto unless = [](bool good, std::string_view wanted) { return good ? std::string_view() : wanted; };
  switch (type) {
    case Type::text:
    case Type::command:
      return unless(!text.empty(), "some text");
    case Type::path:
      return unless(is_path(text), "a path that begins with / and has no spaces (write %20), such as /api");
    case Type::url:
      return unless(is_url(text, true), "an address such as http://127.0.0.1:3000/ (https comes later)");
    case Type::target:
      return unless(is_url(text, false), "http://host:port without a path (https comes later)");
    case Type::duration:
      return unless(parse_duration(text).has_value(), "a time such as 500ms, 30s or 2m");
    case Type::rate:
      return unless(parse_rate(text).has_value(), "a rate such as 20/s or 90/min");
    case Type::percent:
      return unless(parse_percent(text).has_value(), "a percentage such as 0.1%");
    case Type::number:
      return unless(parse_number(text).value_or(0) > 0, "a number above 0");
    case Type::integer:
      return unless(is_whole(text, 0, INT64_MAX), "a whole number, 0 or above");
    case Type::statuses:
      return unless(is_whole(text, 100, 599), "an HTTP status from 100 to 599, or a list of them");
    case Type::json_path:
      return unless(text.starts_with('$'), "a JSON path such as $.id");
    case Type::services:
      return unless(text == "auto", "auto, or a map such as { postgres: {} }");
    case Type::action:
    case Type::word:
      return unless(text == "block" || text == "warn" || text == "ignore", "block, warn or ignore");
    case Type::map:
    case Type::texts:
    case Type::headers:
    case Type::captures:
      return "a map (key: value)";
    case Type::list:
      return "a list ([ ... ], or lines that begin with -)";
    case Type::document:
    case Type::later:
      break;
  }
  return {};
}

std::string found(const Node& node) {
  if (node.kind == Node::Kind::list) return "found a list";
  if (node.kind == Node::Kind::map) return "found a map";
  return node.is_null() ? "found nothing" : fmt::format("found {}", json_quote(node.text.substr(0, 64)));
}

class Checker {
 public:
  explicit Checker(const std::string& filename) : filename_(filename) {}

  Result<void> value(const Node& node, const Row& row, const std::string& where) {
    if (row.type == Type::document) return {};
    if (row.type == Type::later)
      return bad(node, where, "not supported yet; write run: with the command that starts it");
    const bool keyed = row.type == Type::map || row.type == Type::services || row.type == Type::action;
    if (node.kind == Node::Kind::map && keyed) return members(node, row, where);
    if (node.kind == Node::Kind::map && is_texts(row.type)) return texts(node, row, where);
    if (node.kind == Node::Kind::list && row.type == Type::list) return items(node, row, where);
    if (node.kind == Node::Kind::list && (row.type == Type::command || row.type == Type::statuses)) {
      return scalars(node, row, where);
    }
    if (node.is_null() && (row.type == Type::map || row.type == Type::list || is_texts(row.type))) return {};
    if (node.kind == Node::Kind::scalar && !node.is_null()) {
      const std::string_view wanted = scalar_fault(row.type, node.text);
      if (wanted.empty()) return {};
      return bad(node, where, fmt::format("must be {}; {}", wanted, found(node)));
    }
    const std::string_view wanted = scalar_fault(row.type, "");
    return bad(node, where, fmt::format("must be {}; {}", wanted, found(node)));
  }

 private:
  static bool is_texts(Type type) { return type == Type::texts || type == Type::headers || type == Type::captures; }

  std::unexpected<Error> bad(const Node& node, const std::string& where, std::string_view what) const {
    return fail_at(filename_, node.at, where, what);
  }

  Result<void> members(const Node& node, const Row& row, const std::string& where) {
    for (const Member& member : node.members) {
      const Row* below = nullptr;
      for (const Row* candidate : rows_below(row.path)) {
        if (row_key(*candidate) == member.key || row_key(*candidate) == "*") below = candidate;
      }
      if (below == nullptr) return fail_at(filename_, member.at, where, unknown_key(member.key, row.path));
      const Result<void> good = value(member.value, *below, join(where, member.key));
      if (!good) return good;
    }
    return {};
  }

  Result<void> items(const Node& node, const Row& row, const std::string& where) {
    const Row& item = *rows_below(row.path).front();
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Result<void> good = value(node.items[i], item, fmt::format("{}[{}]", where, i));
      if (!good) return good;
    }
    return {};
  }

  Result<void> scalars(const Node& node, const Row& row, const std::string& where) {
    if (node.items.empty()) return bad(node, where, "an empty list; name at least one");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      const bool first = i == 0 || row.type == Type::statuses;  // Later arguments of a command may be empty.
      const std::string_view wanted = first ? scalar_fault(row.type, item.text) : std::string_view();
      if (item.kind == Node::Kind::scalar && wanted.empty()) continue;
      return bad(item, fmt::format("{}[{}]", where, i),
                 fmt::format("must be {}; {}", wanted.empty() ? "text" : wanted, found(item)));
    }
    return {};
  }

  Result<void> texts(const Node& node, const Row& row, const std::string& where) {
    for (const Member& member : node.members) {
      const std::string at = join(where, member.key);
      if (member.value.kind != Node::Kind::scalar) return bad(member.value, at, "must be text; " + found(member.value));
      if (row.type == Type::captures && !member.value.text.starts_with('$')) {
        return bad(member.value, at, "must be a JSON path such as $.id; " + found(member.value));
      }
      if (row.type != Type::headers) continue;
      if (!is_token(member.key)) return fail_at(filename_, member.at, at, "not a header's name (RFC 9110, 5.1)");
      if (has_control(member.value.text)) return bad(member.value, at, "a header's value is one line of text");
    }
    return {};
  }

  const std::string& filename_;
};

}  // namespace

std::vector<const Row*> rows_below(std::string_view path) {
  std::vector<const Row*> rows;
  for (const Row& row : schema_rows()) {
    if (!row.path.empty() && parent_path(row.path) == path) rows.push_back(&row);
  }
  return rows;
}

std::string_view row_key(const Row& row) {
  const std::string_view parent = parent_path(row.path);
  return parent.empty() || row.path.ends_with("[]") ? row.path.substr(parent.size())
                                                    : row.path.substr(parent.size() + 1);
}

Result<void> check_schema(const Node& root, const std::string& filename) {
  return Checker(filename).value(root, schema_rows().front(), "");
}

}  // namespace pl::conf
