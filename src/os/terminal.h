#pragma once

namespace pl::os {

/// Columns of the terminal that standard output is; 0 where it is none.
int terminal_width();

}  // namespace pl::os
