#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "proxy/chain.h"
#include "wire/http2.h"

namespace {

using namespace pl;
using namespace pl::proxy;

constexpr int kWakes = 64;  ///< Some faults never come to an end by themselves.

const std::vector<const FaultRow*>& rows() {
  static const std::vector<const FaultRow*> found = [] {
    std::vector<const FaultRow*> all;
    for (const FaultRow& row : fault_rows()) {
      if (row.applies == "exchange") all.push_back(&row);
    }
    return all;
  }();
  return found;
}

/// Both ways are sent, as fast as they come, and time passes.
void turn(Chain& chain, Ns& now) {
  for (int wake = 0; wake < kWakes; ++wake) {
    chain.run(now);
    std::size_t sent = 0;
    for (const Way way : kWays) {
      sent += chain.out(way).size();
      chain.out(way).consume(chain.out(way).size());
    }
    if (sent > 0) continue;
    if (chain.next() > now + kSec) break;
    now = std::max(now + 1, chain.next());
  }
}

}  // namespace

/// A fault on messages meets a dialogue of any bytes, open already or new, and is taken out in the end: then nothing is
/// held any more. The first byte chooses the fault, the second whether the connection is open and whether it has begun
/// with HTTP/2; each piece begins with a byte that tells its way and its length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const FaultRow& row = *rows()[data[0] % rows().size()];
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto measure = std::make_shared<Measure>();
  const auto fault = *row.make(*read_values(row, {}), {Rng(1), 0, measure.get()});
  Chain chain;
  Ns now = 0;
  chain.add(1, fault->attach({.fresh = (data[1] & 1) != 0, .awaiting = (data[1] & 2) != 0}), measure, now);
  turn(chain, now);
  if ((data[1] & 4) != 0) {
    const std::string settings = wire::encode_http2_frame({.type = wire::Http2Type::settings}, {});
    chain.arrive(Way::up, std::string(wire::kHttp2Preface) + settings, now);
    chain.arrive(Way::down, settings, now);
    turn(chain, now);
  }
  while (!bytes.empty() && !chain.wants_reset()) {
    const auto head = static_cast<std::uint8_t>(bytes.front());
    const std::string_view piece = bytes.substr(1, head >> 1);
    bytes.remove_prefix(piece.size() + 1);
    if (!piece.empty()) chain.arrive((head & 1) != 0 ? Way::up : Way::down, piece, now);
    turn(chain, now);
    PL_ASSERT(chain.waiting(Way::up) + chain.waiting(Way::down) <= size);
  }
  for (const Way way : kWays) chain.end(way, End::fin, now);
  turn(chain, now);
  chain.remove(1, now);
  turn(chain, now);
  PL_ASSERT(chain.waiting(Way::up) + chain.waiting(Way::down) == 0);
  PL_ASSERT(measure->held == 0);
  return 0;
}
