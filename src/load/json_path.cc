#include "load/json_path.h"

#include <charconv>

namespace pl::load {
namespace {

std::unexpected<Error> wrong(std::string_view text, const char* why) {
  return fail(Errc::config, "\"" + std::string(text) + "\" is not a JSON path: " + why + " (like $.a.b[0].c)");
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  if (!text.starts_with('$')) return wrong(text, "it begins with $");
  std::string_view rest = text.substr(1);
  while (!rest.empty()) {
    if (rest.front() == '.') {
      const std::size_t end = rest.find_first_of(".[", 1);
      const std::string_view key = rest.substr(1, end == rest.npos ? end : end - 1);
      if (key.empty() || key == "*") return wrong(text, "a name follows each dot");
      path.steps_.emplace_back(std::string(key));
      rest.remove_prefix(1 + key.size());
      continue;
    }
    const std::size_t end = rest.find(']');
    if (rest.front() != '[' || end == rest.npos) return wrong(text, "a . or [ ] follows");
    const std::string_view inner = rest.substr(1, end - 1);
    if (inner.size() >= 2 && (inner.front() == '\'' || inner.front() == '"') && inner.back() == inner.front()) {
      path.steps_.emplace_back(std::string(inner.substr(1, inner.size() - 2)));
    } else {
      std::size_t index = 0;
      const auto [stop, error] = std::from_chars(inner.data(), inner.data() + inner.size(), index);
      if (error != std::errc() || stop != inner.data() + inner.size())
        return wrong(text, "a number stands between [ and ]");
      path.steps_.emplace_back(index);
    }
    rest.remove_prefix(end + 1);
  }
  return path;
}

const Json* JsonPath::find(const Json& document) const {
  const Json* here = &document;
  for (const auto& step : steps_) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      if (!here->is_object() || !here->has(*key)) return nullptr;
      here = &(*here)[*key];
    } else {
      const std::size_t index = std::get<std::size_t>(step);
      if (!here->is_array() || index >= here->size()) return nullptr;
      here = &here->at(index);
    }
  }
  return here;
}

std::optional<std::string> as_variable(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return value.is_string() ? value.as_string() : value.dump();
}

}  // namespace pl::load
