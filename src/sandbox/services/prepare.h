#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "sandbox/services/service.h"

/// What preparing any service needs.
namespace pl::sandbox {

/// A new folder /tmp/proofload-NAME-XXXXXX that only its owner may enter; `journal` learns of it. Where we are root it
/// belongs to `user`, or to nobody where there is no such user, and the service will run as that user.
Result<void> make_folder(PreparedService& service, std::string_view user, Journal* journal);
/// 127.0.0.1 with a port that was free just now.
Result<Endpoint> free_endpoint();
/// Errc::config for an option that is not among the known ones.
Result<void> check_options(std::string_view service, const Json& options, const std::vector<std::string_view>& known);
/// 32 hexadecimal digits from the kernel.
std::string random_password();

}  // namespace pl::sandbox
