#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scan/ask.h"

namespace pl::scan {

/// What the built-in model says that it was sent.
struct ModelCount {
  std::int64_t messages = 0;  ///< That came with the question, the application's own among them.
  std::int64_t limit = 0;     ///< Of the answer, in tokens; 0: none was set.
};

/// What asks the built-in model for it (sandbox/services/model_text.h).
std::string count_request(std::string_view token);
/// Looks for what it said in an answer to a customer; nothing where that is not in it.
std::optional<ModelCount> find_count(const Asked& asked, std::string_view token);

}  // namespace pl::scan
