#pragma once
#include <string>
#include <string_view>

namespace pl::wire {

/// The command that PostgreSQL names when it refuses a statement in a read-only transaction, such as "INSERT", "SELECT
/// FOR UPDATE", "CREATE TABLE AS" or "nextval()"; of several statements the first that it refuses. Empty: it carries
/// all of them out (PostgreSQL 15, ClassifyUtilityCommandAsReadOnly and ExecCheckXactReadOnly; VACUUM, ANALYZE, LOCK
/// and NOTIFY among them).
///
/// By the words alone: what a function, a procedure or a DO block would write is not seen, and a temporary table is
/// taken for one that stays. The end of the statement may be missing.
std::string sql_refused_read_only(std::string_view statement);

/// What EXPLAIN carries out: the statement behind EXPLAIN ANALYZE and its options, `statement` itself where it is no
/// EXPLAIN, and nothing of one that only plans.
std::string_view sql_carried_out(std::string_view statement);

}  // namespace pl::wire
