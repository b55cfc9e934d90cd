#include "engine/parameters.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace pl::engine {
namespace {

constexpr int kDepth = 4;  ///< Levels of a JSON body that are looked through.

/// The pieces of a path or a query, and where they begin and end in the step's path.
struct Piece {
  std::string_view text;
  std::size_t end = 0;
};

std::vector<Piece> pieces_of(std::string_view whole, std::size_t from, std::size_t end, char between) {
  std::vector<Piece> pieces;
  while (from < end) {
    const std::size_t next = std::min(whole.find(between, from), end);
    pieces.push_back({whole.substr(from, next - from), next});
    from = next + 1;
  }
  return pieces;
}

std::string joined(const std::string& before, const std::string& name) {
  return before.empty() ? name : before + "." + name;
}

void add_json(const Json& value, const std::string& name, std::vector<std::size_t> at, std::vector<Parameter>& found) {
  if (value.is_string() || value.is_number()) {
    found.push_back({"body", name, std::move(at)});
    return;
  }
  if (at.size() >= kDepth || (!value.is_object() && !value.is_array())) return;
  std::size_t place = 0;
  const auto go_in = [&](const std::string& child, const Json& inner) {
    std::vector<std::size_t> way = at;
    way.push_back(place++);
    add_json(inner, joined(name, child), std::move(way), found);
  };
  if (value.is_object()) {
    for (const auto& [child, inner] : value.members()) go_in(child, inner);
  } else {
    for (const Json& inner : value.items()) go_in(std::to_string(place), inner);
  }
}

Json json_with_more(const Json& value, const std::vector<std::size_t>& at, std::size_t depth, const std::string& more) {
  if (depth == at.size()) return Json((value.is_string() ? value.as_string() : value.dump()) + more);
  std::size_t place = 0;
  const auto changed = [&](const Json& inner) {
    return place++ == at[depth] ? json_with_more(inner, at, depth + 1, more) : inner;
  };
  if (value.is_object()) {
    Json object = Json::object();
    for (const auto& [name, inner] : value.members()) object.set(name, changed(inner));
    return object;
  }
  Json array = Json::array();
  for (const Json& inner : value.items()) array.push(changed(inner));
  return array;
}

}  // namespace

std::vector<Parameter> parameters_of(const conf::Step& step) {
  std::vector<Parameter> found;
  const std::string_view path = step.path;
  const std::size_t query = std::min(path.find('?'), path.size());
  for (const Piece& piece : pieces_of(path, query + 1, path.size(), '&')) {
    const std::size_t equals = piece.text.find('=');
    if (equals != piece.text.npos) found.push_back({"query", std::string(piece.text.substr(0, equals)), {piece.end}});
  }
  if (step.body_kind == conf::Step::Body::json) add_json(step.json, "", {}, found);
  for (std::size_t i = 0; step.body_kind == conf::Step::Body::form && i < step.form.size(); ++i) {
    found.push_back({"body", step.form[i].first, {i}});
  }
  std::size_t segment = 0;
  for (const Piece& piece : pieces_of(path, 1, query, '/')) {
    ++segment;
    if (piece.text.contains("${")) found.push_back({"path", "segment " + std::to_string(segment), {piece.end}});
  }
  if (found.size() > limits::kStepParameters) found.resize(limits::kStepParameters);
  return found;
}

conf::Step with_more(const conf::Step& step, const Parameter& parameter, const std::string& more) {
  conf::Step changed = step;
  if (parameter.place != "body") {
    changed.path.insert(parameter.at.front(), more);
  } else if (step.body_kind == conf::Step::Body::form) {
    changed.form[parameter.at.front()].second += more;
  } else {
    changed.json = json_with_more(step.json, parameter.at, 0, more);
  }
  return changed;
}

}  // namespace pl::engine
