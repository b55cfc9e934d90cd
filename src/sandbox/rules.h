#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/handoff.h"
#include "base/json.h"
#include "sandbox/tree.h"

namespace pl::sandbox {

/// Whose connects a rule is for.
struct RuleFor {
  pid_t owner = 0;        ///< Root of a component; 0: anybody.
  std::string program{};  ///< Base name of the executable; empty: any. For processes that are no component yet.

  bool operator==(const RuleFor&) const = default;
};

/// Faults that act at the connect: which destinations refuse or do not answer, for whom.
class Rules {
 public:
  enum class Effect { none, refuse, unanswered };
  /// False: there are too many (limits::kRefuseRules).
  bool add(const Endpoint& destination, const RuleFor& whom, Effect effect);
  void remove(const Endpoint& destination, const RuleFor& whom);
  /// What a connect of a process meets; the newest rule that matches wins.
  Effect effect(const Endpoint& destination, pid_t process, const Tree& tree) const;

 private:
  struct Rule {
    Endpoint destination;
    RuleFor whom;
    Effect effect;
  };
  std::vector<Rule> rules_;
};

/// An endpoint in a message between engine and supervisor: {address, port}; family 0 is null.
Json endpoint_json(const Endpoint& endpoint);
Endpoint endpoint_of(const Json& json);

}  // namespace pl::sandbox
