#include "data/explain.h"

#include "data/statement_text.h"

namespace pl::data {
namespace {

// Without the other joins a nested loop shows whether an index serves the condition of a join.
constexpr const char* kSettings =
    "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin "
    "= off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0";
constexpr const char* kUndo = "ROLLBACK";
constexpr const char* kForget = "DEALLOCATE ALL";

constexpr const char* kDistinct = R"(SELECT CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(c.reltuples, 0)
  ELSE s.n_distinct END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
WHERE c.oid = $1::oid AND s.attname = $2)";

/// The plain column that each b-tree begins with, by the index's name; expressions are left out.
std::map<std::string, std::string> first_columns(const Schema& schema) {
  std::map<std::string, std::string> first;
  for (const Table& table : schema.tables) {
    for (const Index& index : table.indices) {
      if (index.method != "btree" || index.columns.empty() || index.numbers.empty()) continue;
      const Column* column = column_by_number(table, index.numbers[0]);
      const std::string& text = index.columns[0];
      const bool plain = column != nullptr && text.substr(0, text.find(' ')) == column->name;
      if (plain) first[index.name] = column->name;
    }
  }
  return first;
}

Result<Plan> ask_for_plan(Connection& database, const Schema& schema, const std::string& statement) {
  PL_TRY(database.ask(kSettings));
  PL_TRY(database.ask("PREPARE proofload_statement AS " + preparable(statement)));
  std::string values;
  for (int i = parameter_count(statement); i > 0; --i) values += values.empty() ? "NULL" : ", NULL";
  if (!values.empty()) values = "(" + values + ")";
  const std::string text =
      PL_TRY(database.value("EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) EXECUTE proofload_statement" + values));
  return read_plan(PL_TRY(Json::parse(text)), first_columns(schema));
}

}  // namespace

Result<Plan> explain(Connection& database, const Schema& schema, const std::string& statement) {
  auto plan = ask_for_plan(database, schema, statement);
  PL_TRY(database.ask(kUndo));
  PL_TRY(database.ask(kForget));  // a prepared statement outlives the transaction
  return plan;
}

Result<void> search_everywhere(Connection& database) {
  PL_TRY(database.ask(R"(SELECT set_config('search_path', string_agg(quote_ident(nspname), ', '
    ORDER BY nspname <> 'public', nspname), false) FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema')"));
  return {};
}

Result<double> distinct_values(Connection& database, const std::string& table_oid, const std::string& column) {
  return number_of(PL_TRY(database.value(kDistinct, {table_oid, column})));
}

}  // namespace pl::data
