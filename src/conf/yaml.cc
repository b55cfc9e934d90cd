#include "conf/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <charconv>
#include <cmath>
#include <map>
#include <memory>

#include "base/limits.h"

namespace pl::conf {
namespace {

struct EventCloser {
  void operator()(yaml_event_t* event) const {
    yaml_event_delete(event);
    delete event;
  }
};
using Event = std::unique_ptr<yaml_event_t, EventCloser>;

std::string as_string(const yaml_char_t* text) { return text == nullptr ? "" : reinterpret_cast<const char*>(text); }

Position position(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_nodes(item);
  for (const Member& member : node.members) count += count_nodes(member.value);
  return count;
}

/// Builds the tree from libyaml's events. Recursion is as deep as the document, which is limited.
class Builder {
 public:
  Builder(std::string_view text, const std::string& filename) : filename_(filename) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;
  ~Builder() { yaml_parser_delete(&parser_); }

  Result<Node> document() {
    PL_TRY(next());  // The stream's start.
    const Event start = PL_TRY(next());
    Node root;
    root.kind = Node::Kind::map;
    if (start->type == YAML_STREAM_END_EVENT) return root;
    const Event first = PL_TRY(next());
    root = PL_TRY(node(first, 0));
    PL_TRY(next());  // The document's end.
    const Event end = PL_TRY(next());
    if (end->type != YAML_STREAM_END_EVENT) return bad(end->start_mark, "a second document; one is read");
    if (root.is_null()) root.kind = Node::Kind::map;
    return root;
  }

 private:
  std::unexpected<Error> bad(const yaml_mark_t& mark, std::string_view what) const {
    return fail_at(filename_, position(mark), "", what);
  }

  Result<Event> next() {
    auto* raw = new yaml_event_t{};
    Event event(raw);
    if (yaml_parser_parse(&parser_, raw) == 1) return event;
    const bool marked = parser_.problem_mark.line != 0 || parser_.problem_mark.column != 0;
    return bad(marked ? parser_.problem_mark : parser_.mark,
               fmt::format("not YAML: {}{}{}", parser_.problem != nullptr ? parser_.problem : "cannot be read",
                           parser_.context != nullptr ? " " : "", parser_.context != nullptr ? parser_.context : ""));
  }

  Result<Node> node(const Event& event, std::size_t depth) {
    if (depth > limits::kConfigDepth) {
      return bad(event->start_mark, fmt::format("nested deeper than {} levels", limits::kConfigDepth));
    }
    if (event->type == YAML_ALIAS_EVENT) return alias(*event);
    if (++nodes_ > limits::kConfigNodes) return too_many(*event);
    Node result;
    result.at = position(event->start_mark);
    std::string anchor;
    if (event->type == YAML_SCALAR_EVENT) {
      const auto& scalar = event->data.scalar;
      if (scalar.tag != nullptr) return bad(event->start_mark, "tags are not supported; leave it out");
      result.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
      result.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
      anchor = as_string(scalar.anchor);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
      if (event->data.sequence_start.tag != nullptr) return bad(event->start_mark, "tags are not supported");
      anchor = as_string(event->data.sequence_start.anchor);
      result.kind = Node::Kind::list;
      PL_TRY(items(result, depth));
    } else {
      if (event->data.mapping_start.tag != nullptr) return bad(event->start_mark, "tags are not supported");
      anchor = as_string(event->data.mapping_start.anchor);
      result.kind = Node::Kind::map;
      PL_TRY(members(result, depth));
    }
    if (!anchor.empty()) anchors_[anchor] = result;
    return result;
  }

  Result<bool> items(Node& list, std::size_t depth) {
    while (true) {
      const Event event = PL_TRY(next());
      if (event->type == YAML_SEQUENCE_END_EVENT) return true;
      list.items.push_back(PL_TRY(node(event, depth + 1)));
    }
  }

  Result<bool> members(Node& map, std::size_t depth) {
    while (true) {
      const Event event = PL_TRY(next());
      if (event->type == YAML_MAPPING_END_EVENT) return true;
      if (event->type != YAML_SCALAR_EVENT) return bad(event->start_mark, "a key must be plain text");
      const auto& scalar = event->data.scalar;
      Member member{
          std::string(reinterpret_cast<const char*>(scalar.value), scalar.length), position(event->start_mark), {}};
      if (map.find(member.key) != nullptr) {
        return bad(event->start_mark, fmt::format("the key {} stands twice; keep one", json_quote(member.key)));
      }
      const Event value = PL_TRY(next());
      member.value = PL_TRY(node(value, depth + 1));
      map.members.push_back(std::move(member));
    }
  }

  Result<Node> alias(const yaml_event_t& event) {
    const auto found = anchors_.find(as_string(event.data.alias.anchor));
    if (found == anchors_.end()) return bad(event.start_mark, "an alias of something that is not whole yet");
    nodes_ += count_nodes(found->second);
    if (nodes_ > limits::kConfigNodes) return too_many(event);
    return found->second;
  }

  std::unexpected<Error> too_many(const yaml_event_t& event) const {
    return bad(event.start_mark, fmt::format("more than {} values", limits::kConfigNodes));
  }

  yaml_parser_t parser_;
  const std::string& filename_;
  std::map<std::string, Node> anchors_;
  std::size_t nodes_ = 0;
};

bool looks_numeric(std::string_view text) {
  return text.find_first_not_of("+-0123456789.eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::unexpected<Error> fail_at(const std::string& filename, Position at, std::string_view where,
                               std::string_view what) {
  return fail(Errc::config,
              fmt::format("{}:{}:{}: {}{}{}", filename, at.line, at.column, where, where.empty() ? "" : ": ", what));
}

Result<Node> parse_yaml(std::string_view text, const std::string& filename) {
  if (text.size() > limits::kConfigBytes) {
    return fail_at(filename, {}, "", fmt::format("larger than {} bytes", limits::kConfigBytes));
  }
  return Builder(text, filename).document();
}

Json node_to_json(const Node& node) {
  if (node.kind == Node::Kind::list) {
    Json list = Json::array();
    for (const Node& item : node.items) list.push(node_to_json(item));
    return list;
  }
  if (node.kind == Node::Kind::map) {
    Json map = Json::object();
    for (const Member& member : node.members) map.set(member.key, node_to_json(member.value));
    return map;
  }
  if (node.quoted) return Json(node.text);
  if (node.is_null()) return Json();
  if (node.text == "true" || node.text == "false") return Json(node.text == "true");
  if (looks_numeric(node.text)) {
    const char* begin = node.text.data() + (node.text[0] == '+' ? 1 : 0);
    const char* end = node.text.data() + node.text.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(begin, end, whole); read.ec == std::errc() && read.ptr == end) return whole;
    double number = 0;
    if (const auto read = std::from_chars(begin, end, number);
        read.ec == std::errc() && read.ptr == end && std::isfinite(number)) {
      return number;
    }
  }
  return Json(node.text);
}

}  // namespace pl::conf
