#include "facts/finding.h"

namespace pl::facts {

std::string_view severity_word(Severity severity) {
  static constexpr std::string_view kWords[] = {"blocking", "warning", "note"};
  return kWords[static_cast<int>(severity)];
}

}  // namespace pl::facts
