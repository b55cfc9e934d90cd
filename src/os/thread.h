#pragma once
#include <vector>

namespace pl::os {

/// The processor cores that this process may use.
std::vector<int> usable_cores();
/// Keeps the calling thread on one core; false where the system does not allow it.
bool pin_thread(int core);

}  // namespace pl::os
