#pragma once
#include <string>

namespace pl::proxy {

/// The page of documentation of all faults (docs/faults.md), from the fault tables.
std::string fault_page();

}  // namespace pl::proxy
