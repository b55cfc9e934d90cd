#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/handoff.h"
#include "os/fd.h"
#include "proxy/api_error.h"

/// Addresses as the control API writes them.
namespace pl::proxy {

/// Where names of the control API's requests were found to be; looked up before a request is worked on, so that nothing
/// waits in the middle of it.
using Names = std::map<std::string, std::vector<Endpoint>>;

/// "host:port" as Go's net package reads it, the port a number or a service's name; the refusal has its words.
ApiResult<std::pair<std::string, std::uint16_t>> split_address(const std::string& address);
/// Why upstreams, with commas between them, are not all addresses, as "db: missing port in address"; empty: they are.
/// The API takes any text, as the original does; what people write for us is refused.
std::string why_no_upstreams(const std::string& upstreams);
/// Why there is nowhere to connect to: of upstreams that no address was found for.
std::string why_nowhere(const std::string& upstreams);
/// The parts between commas, without spaces.
std::vector<std::string> split_list(const std::string& text);
/// Where to listen; no host at all means every address, as in Go.
ApiResult<Endpoint> listen_endpoint(const std::string& listen, const Names& names);
/// A listener there; for every IPv4 address where the machine has no IPv6 and all were meant.
Result<os::Fd> open_at(const Endpoint& where);

}  // namespace pl::proxy
