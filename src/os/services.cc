#include "os/services.h"

#include <arpa/inet.h>
#include <netdb.h>

namespace pl::os {

std::optional<std::uint16_t> service_port(const std::string& name) {
  servent entry{};
  servent* found = nullptr;
  char room[4096];  // of the entry's names; one that needs more is none that anybody would write
  if (getservbyname_r(name.c_str(), "tcp", &entry, room, sizeof room, &found) != 0 || !found) return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(found->s_port));
}

}  // namespace pl::os
