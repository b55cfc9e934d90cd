#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "record/log.h"
#include "record/print.h"

/// Any bytes give a valid prefix, which reads back as itself, and observations that can be printed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const pl::record::ReadResult result = pl::record::read_log(bytes);
  PL_ASSERT(result.valid_bytes <= size);
  for (const pl::record::Observation& seen : result.observations) pl::record::print_observation(seen);
  const pl::record::ReadResult again = pl::record::read_log(bytes.substr(0, result.valid_bytes));
  PL_ASSERT(!again.damage && again.observations.size() == result.observations.size());
  return 0;
}
