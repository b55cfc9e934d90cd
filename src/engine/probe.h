#pragma once
#include <optional>
#include <string>

#include "base/handoff.h"
#include "base/result.h"
#include "base/time.h"
#include "os/clock.h"

namespace pl::engine {

/// Asks an address once by HTTP and returns the status of its answer, waiting `limit` at most; nothing where it does
/// not answer, or not by HTTP.
std::optional<int> http_status(const os::Clock& clock, const Endpoint& endpoint, const std::string& host,
                               const std::string& path, Ns limit);
/// Whether something accepts connections there.
bool accepts(const os::Clock& clock, const Endpoint& endpoint, Ns limit);

/// An address as `traffic.target` and `ready` write it.
struct Url {
  Endpoint endpoint;
  Endpoint other;    ///< Of "localhost": its address of the other family. Programs listen on one or on both.
  std::string host;  ///< "127.0.0.1:3000".
  std::string path;  ///< "/" where there is none.
};
/// Reads "http://host:port/path". The host is numeric or localhost; Errc::config says what would be right.
Result<Url> parse_url(const std::string& text, const std::string& where);

}  // namespace pl::engine
