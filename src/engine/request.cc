#include "engine/request.h"

#include "plan/plan.h"

namespace pl::engine {

bool Request::asks_for(const std::string& experiment) const { return plan::asked_for(only, experiment); }

}  // namespace pl::engine
