#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "conf/load.h"

/// Any bytes give a configuration that can be printed, or one error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = pl::conf::load({reinterpret_cast<const char*>(data), size}, "f");
  if (!config) {
    PL_ASSERT(config.error().code == pl::Errc::config);
    return 0;
  }
  pl::conf::print_config(*config);
  return 0;
}
