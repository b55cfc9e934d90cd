#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "proxy/counted_fuzz.h"
#include "proxy/postgres_count.h"

/// A dialogue, split anywhere, owes the same answers; the first byte chooses where.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pl;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t most = 1u + data[0] % 16;
  const auto whole = proxy::counted<proxy::PgCount>(bytes, 128), split = proxy::counted<proxy::PgCount>(bytes, most);
  PL_ASSERT(whole.lost() == split.lost());
  if (whole.lost()) return 0;
  PL_ASSERT(whole.between() == split.between() && whole.left() == split.left());
  PL_ASSERT(whole.owed() == split.owed() && whole.transaction() == split.transaction());
  return 0;
}
