#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "facts/topology.h"

namespace pl::facts {

/// Addresses in one spelling: IPv4 in IPv6 as IPv4.
std::string plain_address(std::string_view address);
/// 127.0.0.0/8, ::1 or "localhost".
bool is_loopback(std::string_view address);
/// Listens on every interface.
bool is_wildcard(std::string_view address);
/// "localhost" and its variants say nothing about who is there.
bool is_local_name(std::string_view name);
/// How well a listener answers for a destination: 0 not at all, 3 exactly.
int match_listener(const Listener& listener, std::string_view address, std::int64_t port);
/// Unix sockets of the machine itself (name service cache, system log) that are no dependencies of an application.
bool is_system_socket(std::string_view path);
/// "127.0.0.1:80", "[::1]:80", or the path of a Unix socket.
std::string address_text(std::string_view address, std::int64_t port);

}  // namespace pl::facts
