#include "facts/topology.h"

namespace pl::facts {

std::int64_t Topology::component_of(std::int64_t pid) const {
  const auto found = component_by_pid.find(pid);
  return found == component_by_pid.end() ? -1 : found->second;
}

std::string plain_name(const Component& component) {
  const std::string tail = " " + component.version;
  if (!component.version.empty() && component.name.ends_with(tail)) {
    return component.name.substr(0, component.name.size() - tail.size());
  }
  return component.name;
}

}  // namespace pl::facts
