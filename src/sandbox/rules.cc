#include "sandbox/rules.h"

#include "base/limits.h"
#include "os/net.h"
#include "sandbox/destinations.h"

namespace pl::sandbox {

bool Rules::add(const Endpoint& destination, const RuleFor& whom, Effect effect) {
  remove(destination, whom);
  if (rules_.size() >= limits::kRefuseRules) return false;
  rules_.push_back({concrete(destination), whom, effect});
  return true;
}

void Rules::remove(const Endpoint& destination, const RuleFor& whom) {
  const Endpoint wanted = concrete(destination);
  std::erase_if(rules_, [&](const Rule& rule) { return rule.destination == wanted && rule.whom == whom; });
}

Rules::Effect Rules::effect(const Endpoint& destination, pid_t process, const Tree& tree) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->destination != destination) continue;
    const RuleFor& whom = rule->whom;
    if (whom.owner != 0 && !tree.belongs(process, whom.owner)) continue;
    if (whom.program.empty() || tree.program_of(process) == whom.program) return rule->effect;
  }
  return Effect::none;
}

Json endpoint_json(const Endpoint& endpoint) {
  if (endpoint.family == 0) return Json();
  Json json = Json::object();
  json.set("address", os::address_text(endpoint)).set("port", endpoint.port);
  return json;
}

Endpoint endpoint_of(const Json& json) {
  const auto port = static_cast<std::uint16_t>(json["port"].as_int());
  return os::parse_endpoint(json["address"].as_string(), port).value_or(Endpoint{});
}

}  // namespace pl::sandbox
