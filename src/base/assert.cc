#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace pl {

void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "proofload: bug: %s (%s:%d)\n", what, file, line);
  std::abort();
}

}  // namespace pl
