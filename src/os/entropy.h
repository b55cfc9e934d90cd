#pragma once
#include <cstddef>
#include <string>

namespace pl::os {

/// Bytes from the kernel's generator, fit for secrets; at most 256.
std::string random_bytes(std::size_t count);

}  // namespace pl::os
