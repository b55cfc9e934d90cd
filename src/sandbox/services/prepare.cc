#include "sandbox/services/prepare.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/sha256.h"
#include "os/entropy.h"
#include "os/net.h"

namespace pl::sandbox {

Result<void> make_folder(PreparedService& service, std::string_view user, Journal* journal) {
  const char* chosen = std::getenv("TMPDIR");
  const std::string above = chosen != nullptr && *chosen == '/' ? chosen : "/tmp";
  std::string path = fmt::format("{}/proofload-{}-XXXXXX", above, service.name);
  if (::mkdtemp(path.data()) == nullptr) return fail_errno(errno, "cannot make a folder in " + above);
  service.folder = path;
  if (journal != nullptr)
    if (auto noted = journal->add_folder(path); !noted) {
      service.remove();
      return std::unexpected(std::move(noted).error());
    }
  if (::geteuid() != 0) return {};
  const passwd* entry = ::getpwnam(std::string(user).c_str());
  if (entry == nullptr) entry = ::getpwnam("nobody");
  if (entry != nullptr && ::chown(path.c_str(), entry->pw_uid, entry->pw_gid) == 0) {
    service.uid = static_cast<int>(entry->pw_uid);
    service.gid = static_cast<int>(entry->pw_gid);
    return {};
  }
  service.remove();
  return fail(Errc::unsupported,
              fmt::format("{} must not run as root, and there is neither a user {} nor nobody", service.name, user));
}

Result<Endpoint> free_endpoint() {
  const Endpoint any = PL_TRY(os::parse_endpoint("127.0.0.1", 0));
  const os::Fd listener = PL_TRY(os::listen_tcp(any));
  return os::local_endpoint(listener.get());
}

Result<void> check_options(std::string_view service, const Json& options, const std::vector<std::string_view>& known) {
  for (const auto& [key, value] : options.members())
    if (std::ranges::find(known, key) == known.end())
      return fail(Errc::config, known.empty() ? fmt::format("provide.{}: takes no option, not {}", service, key)
                                              : fmt::format("provide.{}: no option {}; it knows {}", service, key,
                                                            fmt::join(known, ", ")));
  return {};
}

std::string random_password() { return to_hex(os::random_bytes(16)); }

}  // namespace pl::sandbox
