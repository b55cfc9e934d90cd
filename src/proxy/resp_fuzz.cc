#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/limits.h"
#include "proxy/counted_fuzz.h"
#include "proxy/resp.h"
#include "proxy/resp_count.h"

namespace {

using namespace pl;
using namespace pl::proxy;

/// The ends of the replies in some bytes, given in pieces of at most so many.
std::string replies(std::string_view bytes, std::size_t most) {
  RespReplies reader;
  std::string out;
  for (std::size_t taken = 0; taken < bytes.size();) {
    std::string_view piece = bytes.substr(taken, most);
    while (!piece.empty()) {
      const std::size_t before = piece.size();
      const RespReplies::Step step = reader.next(piece);
      taken += before - piece.size();
      if (step == RespReplies::Step::error) return out + "error";
      if (step == RespReplies::Step::more) {
        PL_ASSERT(piece.empty());
        break;
      }
      out += std::to_string(taken) + (step == RespReplies::Step::push ? "push " : " ");
    }
  }
  return out;
}

/// The commands in some bytes; what `read` says of a beginning it says of a longer one too.
void commands(std::string_view bytes, std::size_t cut) {
  while (!bytes.empty()) {
    RespCommandHead head = read_resp_command(bytes);
    const RespCommandHead less = read_resp_command(bytes.substr(0, std::min(cut, bytes.size())));
    if (less.state != RespCommandHead::State::more) PL_ASSERT(less.state == head.state && less.name == head.name);
    if (head.state == RespCommandHead::State::more || head.state == RespCommandHead::State::error) return;
    PL_ASSERT(head.size > 0 && head.size <= bytes.size() && head.size <= limits::kRespHeadBytes);
    bytes.remove_prefix(head.size);
    bool valid = true;
    bytes.remove_prefix(skip_resp_rest(bytes, head.rest, valid));
    if (!valid || !head.rest.over()) return;
  }
}

}  // namespace

/// Any bytes, split anywhere, are the same commands and the same replies; the first byte chooses where.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t most = 1u + data[0] % 16;
  PL_ASSERT(replies(bytes, bytes.size() + 1) == replies(bytes, most));
  commands(bytes, most);
  const RespCount whole = counted<RespCount>(bytes, 128), split = counted<RespCount>(bytes, most);
  PL_ASSERT(whole.lost() == split.lost());
  const auto same = [&](auto&& part) { return std::invoke(part, whole) == std::invoke(part, split); };
  PL_ASSERT(whole.lost() || (same(&RespCount::between) && same(&RespCount::sent) && same(&RespCount::replied) &&
                             same(&RespCount::multi) && same(&RespCount::resp3)));
  return 0;
}
