#pragma once
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "proxy/fault.h"
#include "wire/http2.h"

namespace pl::proxy {

/// What the two sides of an HTTP/2 connection have said, as far as one must know it who begins to act on it: where
/// their frames and their tables for header compression stand, windows, settings, and the requests without their
/// whole answer. A copy goes on from the same place.
struct Http2State {
  wire::Http2Reader reader[2] = {wire::Http2Reader(true), wire::Http2Reader(false)};  ///< By way.
  /// Of the connection: what the receiver of a way still takes. By way of the DATA.
  std::int64_t window[2] = {wire::kHttp2Window, wire::kHttp2Window};
  /// Of a stream that begins now.
  std::int64_t initial[2] = {wire::kHttp2Window, wire::kHttp2Window};
  bool greeted[2] = {};            ///< The way's first frame went by: others may follow it.
  std::uint32_t last_stream = 0;   ///< The last that the client began.
  std::set<std::uint32_t> open{};  ///< Those that the client began and that are not over, limits::kHttpPending at most.

  /// The reader of a way has read an event that is no part.
  void note(Way way);
  /// So many bytes of DATA go by.
  void spend(Way way, std::size_t bytes) { window[index(way)] -= static_cast<std::int64_t>(bytes); }
  /// Bytes that went by as they came. False: they are no HTTP/2; then it is of no use any more.
  bool passed(Way way, std::string_view bytes);
  /// The program has said that it speaks HTTP/2.
  bool begun() const { return greeted[0]; }
};

class Http2Tap;
class HttpTap;

/// Where the taps of one connection that are for HTTP find each other: over HTTP/2 one of them acts for all, since only
/// one can know the windows of both sides. Outlives them.
struct Http2Meeting {
  Http2Tap* host = nullptr;           ///< Acts for all of them; nullptr: there is none, or not yet.
  std::vector<HttpTap*> undecided{};  ///< Those that do not know yet which version is spoken, in their order.
};

}  // namespace pl::proxy
