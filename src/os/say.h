#pragma once
#include <string_view>

namespace pl::os {

/// Writes a line, and "\n", if the descriptor takes it now; else it is lost, as it is where writing fails. Never waits
/// for a reader, also of a pipe that blocks: of a long line the first PIPE_BUF bytes are written (pipe(7)).
/// False: it was lost.
bool say_line(int fd, std::string_view line);

/// Standard descriptors that are closed become ones that cannot be written: else the next file or socket that is opened
/// would get what is said. Before anything is opened.
void hold_standard_descriptors();

}  // namespace pl::os
