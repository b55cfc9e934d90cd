#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace pl::os {

/// The port of a service over TCP by its name, as /etc/services and what nsswitch.conf names beside it say. May read
/// that file.
std::optional<std::uint16_t> service_port(const std::string& name);

}  // namespace pl::os
