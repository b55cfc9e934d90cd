#pragma once
#include <cstdint>

namespace pl {

/// An IP address and port as the kernel has them; IPv4 addresses stand in the first four bytes.
struct Endpoint {
  std::uint8_t family = 0;     ///< 4 or 6; 0 is none. A v4-mapped IPv6 address is kept as family 4.
  std::uint8_t address[16]{};  ///< Network order.
  std::uint16_t port = 0;      ///< Host order.
  std::uint32_t scope = 0;     ///< Interface of a link-local IPv6 address; 0: none is named, or it is no such address.

  bool operator==(const Endpoint&) const = default;
};

/// All that supervisor and relay share: one record per intercepted connection, sent as one SOCK_SEQPACKET message with
/// the upstream socket attached (SCM_RIGHTS) where there is one. The source address identifies the connection.
struct Handoff {
  Endpoint source;             ///< Local address of the program's socket, as the relay's accept will see it.
  Endpoint destination;        ///< Where the program wanted to go.
  std::int32_t process = 0;    ///< Thread-group id of the program, in proofload's own PID namespace.
  std::int32_t owner = 0;      ///< Root process of the nearest component above it, 0 while there is none.
  std::uint8_t undecided = 0;  ///< 1: the upstream connect was still under way when the program was answered.
  /// 1: the connect was refused (fault, destination): no connection follows, only counted.
  std::uint8_t refused = 0;
};

}  // namespace pl
