#include "verdict/verdict.h"

namespace pl::verdict {

std::string_view outcome_word(Outcome outcome) {
  static constexpr std::string_view kWords[] = {"pass", "fail", "inconclusive", "not run"};
  return kWords[static_cast<int>(outcome)];
}

}  // namespace pl::verdict
