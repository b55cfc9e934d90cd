#include "proxy/mysql.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "proxy/counted_fuzz.h"
#include "proxy/mysql_count.h"

namespace {

using namespace pl::proxy;

/// What a command of this number is answered, by packets in pieces of at most so many bytes.
std::string told(std::uint8_t command, std::string_view bytes, std::size_t most) {
  MySqlPackets packets;
  MySqlAnswerReader reader(answer_of_mysql_command(command));
  std::string out;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, most);
    bytes.remove_prefix(piece.size());
    while (packets.next(piece)) {
      const MySqlHead& head = packets.head();
      PL_ASSERT(head.payload.size() <= MySqlHead::kKept && head.payload.size() <= head.length);
      out += std::to_string(head.length) + ":" + std::to_string(head.sequence) + head.payload;
      if (packets.continues()) continue;
      const bool over = reader.next(head);
      if (reader.take_file_request()) out += "file";
      if (over) return out + "over " + std::to_string(reader.status().value_or(0));
    }
    PL_ASSERT(piece.empty());
  }
  return out + (packets.at_start() ? "" : "more");
}

}  // namespace

/// Any bytes, split anywhere, are the same packets and the same answer; a greeting keeps its length; types lie within
/// what was read. The first byte chooses the split, the second the command.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  PL_ASSERT(told(data[1], bytes, bytes.size() + 1) == told(data[1], bytes, 1u + data[0] % 16));
  if (const auto greeting = readable_greeting(bytes, false)) PL_ASSERT(greeting->size() == bytes.size());
  const auto whole = counted<MySqlCount>(bytes, 128), split = counted<MySqlCount>(bytes, 1u + data[0] % 16);
  PL_ASSERT(whole.lost() == split.lost());
  PL_ASSERT(whole.lost() || (whole.between() == split.between() && whole.owed().size() == split.owed().size() &&
                             whole.in_transaction() == split.in_transaction()));
  for (const bool attributes : {false, true}) {
    const auto types = find_mysql_types(bytes, data[0], attributes);
    if (types) PL_ASSERT(types->flag < types->end && types->end <= bytes.size());
  }
  return 0;
}
