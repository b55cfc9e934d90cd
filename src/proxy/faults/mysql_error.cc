#include <fmt/format.h>

#include <algorithm>

#include "proxy/faults/mysql.h"

namespace pl::proxy::faults {
namespace {

/// What the server says with an error (MySQL 8.0 Error Message Reference; mariadb.com/kb, "MariaDB Error Codes").
struct ErrorText {
  int code;
  std::string_view state, message;
  bool rolls_back = false;  ///< The whole transaction, not the statement alone.
  bool of_writes = false;   ///< A server says it to statements that change rows or the schema, and to no others.
};
constexpr ErrorText kTexts[] = {
    {1020, "HY000", "Record has changed since last read in table"},
    {1021, "HY000", "Disk full (/tmp); waiting for someone to free some space..."},
    {1040, "08004", "Too many connections"},
    {1044, "42000", "Access denied for user to database"},
    {1045, "28000", "Access denied for user"},
    {1048, "23000", "Column cannot be null"},
    {1050, "42S01", "Table already exists"},
    {1053, "08S01", "Server shutdown in progress"},
    {1054, "42S22", "Unknown column in 'field list'"},
    {1062, "23000", "Duplicate entry '1' for key 'PRIMARY'"},
    {1064, "42000", "You have an error in your SQL syntax"},
    {1114, "HY000", "The table is full"},
    {1142, "42000", "Command denied to user for table"},
    {1146, "42S02", "Table doesn't exist"},
    {1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes"},
    {1203, "42000", "User already has more than 'max_user_connections' active connections"},
    {1205, "HY000", "Lock wait timeout exceeded; try restarting transaction"},
    {1206, "HY000", "The total number of locks exceeds the lock table size", true},
    {1213, "40001", "Deadlock found when trying to get lock; try restarting transaction", true},
    {1226, "42000", "User has exceeded the 'max_questions' resource"},
    {1290, "HY000", "The MySQL server is running with the --read-only option so it cannot execute this statement",
     false, true},
    {1317, "70100", "Query execution was interrupted"},
    {1406, "22001", "Data too long for column at row 1"},
    {1451, "23000", "Cannot delete or update a parent row: a foreign key constraint fails"},
    {1452, "23000", "Cannot add or update a child row: a foreign key constraint fails"},
    {1461, "42000", "Can't create more than max_prepared_stmt_count statements"},
    {1792, "25006", "Cannot execute statement in a READ ONLY transaction", false, true},
    {1836, "HY000", "Running in read-only mode", false, true},
    {1927, "70100", "Connection was killed"},
    {1969, "70100", "Query execution was interrupted (max_statement_time exceeded)"},
    {3024, "HY000", "Query execution was interrupted, maximum statement execution time exceeded"},
    {3572, "HY000", "Statement aborted because lock(s) could not be acquired immediately and NOWAIT is set."},
};
constexpr int kFirstOfClients = 2000, kLastOfClients = 2999;
constexpr std::size_t kStateSize = 5;
constexpr std::size_t kMessageBytes = 512;  ///< MYSQL_ERRMSG_SIZE

struct MysqlErrorSetting {
  static Result<MysqlErrorSetting> of(const Values& values) {
    const int code = static_cast<int>(values["code"]);
    const std::string &state = values.text("sqlstate"), &message = values.text("message");
    // MariaDB's own begin at 1900 and end before 2000.
    if (code >= kFirstOfClients && code <= kLastOfClients) {
      return fail(Errc::config, fmt::format("code {} is one of a client's own errors, which no server sends", code));
    }
    const auto of_state = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    if (!state.empty() && (state.size() != kStateSize || !std::ranges::all_of(state, of_state))) {
      return fail(Errc::config, fmt::format("sqlstate must be five characters of A-Z and 0-9, not \"{}\"", state));
    }
    const auto known = std::ranges::find(kTexts, code, &ErrorText::code);
    const ErrorText usual = known != std::end(kTexts) ? *known : ErrorText{code, "HY000", "Injected error"};
    return MysqlErrorSetting{
        .planned = {.error = code,
                    .state = state.empty() ? std::string(usual.state) : state,
                    .message = (message.empty() ? std::string(usual.message) : message).substr(0, kMessageBytes),
                    .rolls_back = usual.rolls_back},
        .writes_only = usual.of_writes && values.text("statement") == "any"};
  }
  bool takes(const MySqlStatement& statement) const {
    if (!writes_only) return true;
    const SqlWords words = sql_words(from_mysql(statement.text));
    return words.write || words.ddl;
  }
  MySqlPlan plan() const { return planned; }

  MySqlPlan planned;
  bool writes_only;  ///< A read-only server's error, and no class of statements was asked for.
};

}  // namespace

Result<std::unique_ptr<Fault>> make_mysql_error(const Values& values, FaultContext context) {
  return make_message_fault<MySqlFault<MysqlErrorSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
