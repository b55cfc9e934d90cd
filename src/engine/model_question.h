#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "conf/config.h"
#include "facts/facts.h"

namespace pl::engine {

/// The journey sends something to the built-in model.
bool reaches_model(const facts::Facts& facts, std::int64_t journey);
/// The journey with some more words in its last text that customers write by hand; nothing where there is no such text.
std::optional<conf::Journey> with_request(const conf::Journey& journey, const std::string& request);

}  // namespace pl::engine
