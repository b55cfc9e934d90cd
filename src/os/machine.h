#pragma once
#include <cstdint>
#include <string>

namespace pl::os {

/// Cores that this process may use.
std::int64_t core_count();
/// The user that this process acts as; 0 is root.
std::int64_t user_id();
/// "Linux 6.18.1 x86_64".
std::string kernel_name();

}  // namespace pl::os
