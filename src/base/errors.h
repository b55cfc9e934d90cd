#pragma once
#include <string_view>

namespace pl {

/// Kinds of expected failure. Each is a row of the error table: a stable name for logs and JSON, and the exit code
/// that the command line gives when the failure ends the program (DESIGN 4 and 14).
enum class Errc {
  usage,        ///< The command line is wrong.
  config,       ///< A configuration file is wrong: the detail names file, line, column and field.
  not_found,    ///< A file, command or run does not exist.
  permission,   ///< The system does not allow it.
  port_taken,   ///< An address is in use by somebody else.
  no_traffic,   ///< Nothing was declared and nothing was discovered that could be sent.
  not_ready,    ///< The application never accepted connections or never answered with success.
  ended_early,  ///< The application ended before it could be measured.
  disk_full,    ///< A write failed for want of space.
  io,           ///< Any other failure of a system call.
  protocol,     ///< A peer sent what its protocol does not allow.
  timeout,      ///< A bounded wait ran out.
  limit,        ///< A named limit of base/limits.h was reached.
  corrupt,      ///< A log, report or signature is not what was written.
  unsupported,  ///< The platform lacks something needed.
  interrupted,  ///< The user asked to stop.
};

/// A row of the error table.
struct ErrorRow {
  Errc code;
  std::string_view name;
  int exit_code;
};

/// The row of a code; every code has one.
const ErrorRow& error_row(Errc code);

}  // namespace pl
