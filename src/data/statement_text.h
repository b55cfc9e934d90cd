#pragma once
#include <string>
#include <string_view>

namespace pl::data {

/// A statement as pg_stat_statements has it, without comments and with single spaces; empty where it does not read or
/// write rows (SELECT, INSERT, UPDATE, DELETE, MERGE, WITH), where a quoted literal is left in it, which may be a
/// customer's, or where it may be more than one.
std::string plain_statement(std::string_view text);
/// The same so that the server takes it for PREPARE: the normalised `interval $1` is no SQL, `$1::interval` is.
std::string preparable(std::string_view plain);
/// The highest parameter: 3 for "$1 ... $3".
int parameter_count(std::string_view plain);

}  // namespace pl::data
