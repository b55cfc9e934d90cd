#pragma once

namespace pl {

/// Prints the broken assumption and ends the process. Assertions mean a bug of ours; input can never reach one.
[[noreturn]] void assertion_failed(const char* what, const char* file, int line);

}  // namespace pl

/// States what must be true; stays on in release builds.
#define PL_ASSERT(cond) (static_cast<bool>(cond) ? void(0) : ::pl::assertion_failed(#cond, __FILE__, __LINE__))
/// Marks a place that no input can reach.
#define PL_UNREACHABLE(why) ::pl::assertion_failed(why, __FILE__, __LINE__)
