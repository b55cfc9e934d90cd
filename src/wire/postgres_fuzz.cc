#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/postgres.h"
#include "wire/postgres_message.h"
#include "wire/sql_read_only.h"
#include "wire/sql_shape.h"

namespace {

using pl::wire::PgEvent;
using pl::wire::PgParser;

/// What a parser says of a dialogue; each piece begins with a byte that tells its way and its length.
std::string told(std::string_view bytes, std::size_t most) {
  PgParser parser;
  std::string out;
  std::int64_t labels = 0;
  while (!bytes.empty()) {
    const auto head = static_cast<std::uint8_t>(bytes.front());
    std::string_view piece = bytes.substr(1, head >> 1);
    bytes.remove_prefix(piece.size() + 1);
    while (!piece.empty()) {
      std::string_view input = piece.substr(0, most);
      piece.remove_prefix(input.size());
      PgParser::Step step;
      while ((step = parser.next((head & 1) != 0, input, 0)) == PgParser::Step::event) {
        const PgEvent& event = parser.event();
        out += std::to_string(static_cast<int>(event.kind)) + " " + std::to_string(event.label) + " " +
               std::to_string(event.rows) + std::string(event.text) + std::string(event.sqlstate) + "\n";
        if (event.kind == PgEvent::Kind::statement) parser.label(++labels);
      }
      if (step == PgParser::Step::opaque) return out + "opaque";
    }
  }
  return out;
}

}  // namespace

/// Any bytes, split anywhere, say the same; a statement of any bytes keeps no quotation mark.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  PL_ASSERT(told(bytes, 1u << 20) == told(bytes, 1u + data[0] % 16));
  PL_ASSERT(pl::wire::sql_shape(bytes).text.find('\'') == std::string::npos);
  pl::wire::sql_refused_read_only(bytes);
  PL_ASSERT(pl::wire::pg_prepared(bytes).text.size() <= bytes.size());
  return 0;
}
