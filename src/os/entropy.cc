#include "os/entropy.h"

#include <unistd.h>

#include "base/assert.h"

namespace pl::os {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  PL_ASSERT(::getentropy(bytes.data(), bytes.size()) == 0);  // fails only for more than 256
  return bytes;
}

}  // namespace pl::os
