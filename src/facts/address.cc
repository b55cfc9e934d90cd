#include "facts/address.h"

namespace pl::facts {

std::string plain_address(std::string_view address) {
  constexpr std::string_view kMapped = "::ffff:";
  if (address.starts_with(kMapped) && address.find('.') != std::string_view::npos)
    address.remove_prefix(kMapped.size());
  return std::string(address);
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

bool is_wildcard(std::string_view address) { return address == "0.0.0.0" || address == "::" || address == "*"; }

bool is_local_name(std::string_view name) {
  return name.empty() || name == "localhost" || name.starts_with("localhost.") || name == "ip6-localhost" ||
         name.ends_with(".localhost");
}

int match_listener(const Listener& listener, std::string_view address, std::int64_t port) {
  if (listener.port != port) return 0;
  if (listener.address == address) return 3;
  if (port == 0) return 0;
  if (is_wildcard(listener.address)) return is_loopback(address) || is_wildcard(address) ? 2 : 0;
  const auto usual = [](std::string_view text) { return text == "127.0.0.1" || text == "::1" || text == "localhost"; };
  return usual(listener.address) && usual(address) ? 1 : 0;
}

bool is_system_socket(std::string_view path) {
  constexpr std::string_view kPrefixes[] = {"/dev/",         "/run/systemd/",  "/var/run/nscd",     "/run/nscd",
                                            "/run/dbus/",    "/var/run/dbus/", "/run/user/",        "/tmp/.X11-unix",
                                            "/run/avahi",    "/var/run/avahi", "/run/resolvconf",   "@/tmp/.X11",
                                            "/var/lib/sss/", "/run/uuidd",     "/var/run/uscreens", "@/org/"};
  if (path.empty() || path == "@") return true;
  for (const std::string_view prefix : kPrefixes) {
    if (path.starts_with(prefix)) return true;
  }
  return false;
}

std::string address_text(std::string_view address, std::int64_t port) {
  if (port == 0) return std::string(address);
  const bool six = address.find(':') != std::string_view::npos;
  return (six ? "[" + std::string(address) + "]" : std::string(address)) + ":" + std::to_string(port);
}

}  // namespace pl::facts
