#include "cli/provide.h"

#include <fmt/format.h>

#include <algorithm>

#include "sandbox/services/service.h"

namespace pl::cli {

Result<void> add_services(conf::Config& config, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::string known = "auto";
    bool found = name == known;
    for (const sandbox::ServiceRow& row : sandbox::service_rows()) {
      found = found || row.name == name;
      known += ", " + std::string(row.name);
    }
    if (!found) return fail(Errc::usage, fmt::format("--provide {}: no such service; there are {}", name, known));
    const bool there = std::ranges::any_of(config.provide, [&](const conf::Provide& one) { return one.name == name; });
    if (!there) config.provide.push_back({name, Json::object()});
  }
  return {};
}

std::vector<std::string> service_names(const Json& provide) {
  if (provide.is_string()) return {provide.as_string()};
  std::vector<std::string> names;
  for (const auto& [name, options] : provide.members()) names.push_back(name);
  return names;
}

}  // namespace pl::cli
