#include "data/schema.h"

#include <algorithm>
#include <map>

#include "data/top_level.h"

namespace pl::data {
namespace {

constexpr const char* kOwn = R"(n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND n.nspname NOT LIKE 'pg\_temp%' AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))";

std::string tables_query() {
  return std::string(R"(SELECT c.oid, CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname,
  format('%I.%I', n.nspname, c.relname), greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid),
  pg_relation_size(c.oid) / current_setting('block_size')::int
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND )") +
         kOwn + " ORDER BY 2 LIMIT 500";
}

constexpr const char* kColumns = R"(SELECT a.attrelid, a.attnum, a.attname,
  CASE t.typtype WHEN 'd' THEN b.typname ELSE t.typname END, a.attgenerated <> ''
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum)";

// Of an index on an expression the dependencies say which columns it reads.
constexpr const char* kIndices = R"(SELECT i.indrelid, c.relname, m.amname, pg_get_indexdef(i.indexrelid),
  i.indisunique, i.indisexclusion, coalesce(s.idx_scan, 0), pg_relation_size(i.indexrelid),
  array_to_string((i.indkey::int2[])[0:i.indnkeyatts - 1], ' ') || ' ' || coalesce((
    SELECT string_agg(d.refobjsubid::text, ' ') FROM pg_depend d
    WHERE i.indexprs IS NOT NULL AND d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
      AND d.refobjid = i.indrelid AND d.refobjsubid > 0), '')
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
WHERE i.indisvalid ORDER BY i.indrelid, c.relname)";

constexpr const char* kForeignKeys = R"(SELECT conrelid, confrelid, array_to_string(conkey, ' '),
  array_to_string(confkey, ' ') FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 ORDER BY conname, oid)";

/// "1 2 0 3": the zeros of expressions are left out.
std::vector<int> numbers(const std::string& text) {
  std::vector<int> out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(' ', from), text.size());
    const auto value = static_cast<int>(whole_of(text.substr(from, end - from)));
    if (value > 0) out.push_back(value);
    from = end + 1;
  }
  return out;
}

}  // namespace

std::vector<std::string> index_columns(std::string_view definition) {
  std::size_t open = definition.npos, close = definition.npos;
  at_top(definition, [&](std::size_t i) {
    if (definition[i] == '(' && open == definition.npos) open = i;
    if (definition[i] == ')') close = i;
    return close != definition.npos;
  });
  std::vector<std::string> columns;
  if (close == definition.npos) return columns;
  const std::string_view list = definition.substr(open + 1, close - open - 1);
  std::size_t from = 0;
  const auto take = [&](std::size_t end) {
    while (from < end && list[from] == ' ') ++from;
    columns.emplace_back(list.substr(from, end - from));
    from = end + 1;
  };
  at_top(list, [&](std::size_t i) {
    if (list[i] == ',') take(i);
    return false;
  });
  take(list.size());
  return columns;
}

std::string index_predicate(std::string_view definition) {
  constexpr std::string_view kWhere = " WHERE ";
  std::string predicate;
  at_top(definition, [&](std::size_t i) {
    if (definition.substr(i, kWhere.size()) == kWhere) predicate = definition.substr(i + kWhere.size());
    return !predicate.empty();
  });
  return predicate;
}

const Column* column_by_number(const Table& table, int number) {
  const auto at = std::ranges::find(table.columns, number, &Column::number);
  return at == table.columns.end() ? nullptr : &*at;
}

bool index_begins_with(const Table& table, std::vector<int> numbers) {
  std::ranges::sort(numbers);
  return std::ranges::any_of(table.indices, [&](const Index& index) {
    if (index.numbers.size() < numbers.size() || !index.predicate.empty() || index.method != "btree") return false;
    std::vector<int> first(index.numbers.begin(), index.numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size()));
    std::ranges::sort(first);
    return first == numbers;
  });
}

Result<Schema> read_schema(Connection& database) {
  Schema schema;
  std::map<std::string, std::size_t> by_oid;
  for (const auto& row : PL_TRY(database.ask(tables_query()))) {
    by_oid[row[0]] = schema.tables.size();
    schema.tables.push_back({.oid = row[0],
                             .name = row[1],
                             .quoted = row[2],
                             .rows = whole_of(row[3]),
                             .bytes = whole_of(row[4]),
                             .blocks = whole_of(row[5])});
  }
  for (const auto& row : PL_TRY(database.ask(kColumns))) {
    const auto table = by_oid.find(row[0]);
    if (table == by_oid.end()) continue;
    schema.tables[table->second].columns.push_back({static_cast<int>(whole_of(row[1])), row[2], row[3], row[4] == "t"});
  }
  for (const auto& row : PL_TRY(database.ask(kIndices))) {
    const auto table = by_oid.find(row[0]);
    if (table == by_oid.end()) continue;
    schema.tables[table->second].indices.push_back({.name = row[1],
                                                    .method = row[2],
                                                    .predicate = index_predicate(row[3]),
                                                    .columns = index_columns(row[3]),
                                                    .numbers = numbers(row[8]),
                                                    .unique = row[4] == "t" || row[5] == "t",
                                                    .exclusion = row[5] == "t",
                                                    .scans = whole_of(row[6]),
                                                    .bytes = whole_of(row[7])});
  }
  for (const auto& row : PL_TRY(database.ask(kForeignKeys))) {
    const auto table = by_oid.find(row[0]), parent = by_oid.find(row[1]);
    if (table == by_oid.end() || parent == by_oid.end()) continue;
    schema.foreign_keys.push_back({table->second, parent->second, numbers(row[2]), numbers(row[3])});
  }
  return schema;
}

}  // namespace pl::data
