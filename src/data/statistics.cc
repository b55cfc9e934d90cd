#include "data/statistics.h"

#include <algorithm>

#include "data/statement_text.h"

namespace pl::data {
namespace {

constexpr std::size_t kStatements = 200;

// A statement of one application may come by several users: they are one.
constexpr const char* kStatementsQuery = R"(SELECT queryid, min(query), sum(calls), sum(total_exec_time), sum(rows),
  sum(shared_blks_hit + shared_blks_read)
FROM pg_stat_statements WHERE queryid IS NOT NULL
  AND dbid = (SELECT oid FROM pg_database WHERE datname = $1)
  AND userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
GROUP BY queryid)";

constexpr const char* kTablesQuery = R"(SELECT relid, n_live_tup, pg_total_relation_size(relid), n_tup_ins, n_tup_del,
  seq_scan, seq_tup_read, coalesce(idx_scan, 0) FROM pg_stat_user_tables)";

}  // namespace

Result<Statistics> read_statistics(Connection& server, Connection& database) {
  Statistics seen;
  const std::string name = PL_TRY(database.value("SELECT current_database()"));
  for (const auto& row : PL_TRY(server.ask(kStatementsQuery, {name}))) {
    std::string text = plain_statement(row[1]);
    if (text.empty()) continue;
    seen.statements.push_back({.id = row[0],
                               .text = std::move(text),
                               .calls = whole_of(row[2]),
                               .time = number_of(row[3]),
                               .rows = number_of(row[4]),
                               .blocks = number_of(row[5])});
  }
  for (const auto& row : PL_TRY(database.ask(kTablesQuery))) {
    seen.tables.push_back({.oid = row[0],
                           .rows = whole_of(row[1]),
                           .bytes = whole_of(row[2]),
                           .inserted = whole_of(row[3]),
                           .deleted = whole_of(row[4]),
                           .ever_deleted = whole_of(row[4]),
                           .sequential = whole_of(row[5]),
                           .sequential_rows = whole_of(row[6]),
                           .indexed = whole_of(row[7])});
  }
  return seen;
}

Statistics between(const Statistics& from, const Statistics& to) {
  Statistics out = to;
  std::ranges::stable_sort(out.statements, [](const StatementCount& a, const StatementCount& b) {
    return a.time != b.time ? a.time > b.time : a.id < b.id;
  });
  if (out.statements.size() > kStatements) out.statements.resize(kStatements);
  for (StatementCount& now : out.statements) {
    const auto before = std::ranges::find(from.statements, now.id, &StatementCount::id);
    if (before == from.statements.end() || before->calls > now.calls) continue;
    now.calls -= before->calls;
    now.time -= before->time;
    now.rows -= before->rows;
    now.blocks -= before->blocks;
  }
  for (TableCount& now : out.tables) {
    const auto before = std::ranges::find(from.tables, now.oid, &TableCount::oid);
    if (before == from.tables.end() || before->inserted > now.inserted) continue;
    now.inserted -= before->inserted;
    now.deleted -= before->deleted;
    now.sequential -= before->sequential;
    now.sequential_rows -= before->sequential_rows;
    now.indexed -= before->indexed;
  }
  return out;
}

}  // namespace pl::data
