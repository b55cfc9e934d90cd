#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "checks/data/measured.h"

namespace pl::checks {
namespace {

constexpr double kFewValues = 10;  ///< An index on a column with fewer different values finds too much of the table.
constexpr std::size_t kColumns = 3;

/// A column of an index without quotes, order and operator class.
std::string plain(const std::string& column) {
  if (column.starts_with('"')) return column.substr(1, column.find('"', 1) - 1);
  const bool expression = column.find('(') != std::string::npos;
  return expression ? column.substr(0, column.rfind(')') + 1) : column.substr(0, column.find(' '));
}

/// An index begins with the column, or a partial one may be meant for it.
bool may_be_served(const facts::Facts& facts, const std::string& table, const std::string& column) {
  return std::any_of(facts.indices.begin(), facts.indices.end(), [&](const auto& seen) {
    const record::IndexSeen& index = seen.value;
    if (index.table != table || index.columns.empty()) return false;
    if (!index.predicate.empty() && index.predicate.find(column) != std::string::npos) return true;
    return plain(index.columns[0]) == column;
  });
}

bool is_reference(const facts::Facts& facts, const std::string& table, const std::string& column) {
  return std::any_of(facts.foreign_keys.begin(), facts.foreign_keys.end(), [&](const auto& seen) {
    return seen.value.table == table && !seen.value.columns.empty() && seen.value.columns[0] == column;
  });
}

/// Whether an index on these columns would find a small part of the table.
bool selective(const facts::Facts& facts, const record::ScanUnserved& scan) {
  if (!scan.pattern.empty() && scan.equal.empty()) return true;
  const bool refers = std::any_of(scan.equal.begin(), scan.equal.end(),
                                  [&](const std::string& column) { return is_reference(facts, scan.table, column); });
  if (refers) return true;
  if (scan.equal.empty()) return !scan.limited;
  if (scan.limited) return scan.distinct >= kFewValues;
  return scan.distinct == 0 || scan.distinct >= kFewValues;
}

std::int64_t calls_of(const facts::Facts& facts, std::int64_t statement) {
  for (const auto& seen : facts.timed_statements) {
    if (seen.value.statement == statement && seen.value.phase == "before") return seen.value.calls;
  }
  return 0;
}

/// The same index, or one that begins alike: the shorter serves both.
void merge(std::vector<MissingIndex>& list, MissingIndex one) {
  for (MissingIndex& known : list) {
    if (known.table != one.table || known.kind != one.kind || known.columns[0] != one.columns[0]) continue;
    if (one.columns.size() < known.columns.size()) known.columns = one.columns;
    for (const std::int64_t statement : one.statements) {
      if (std::find(known.statements.begin(), known.statements.end(), statement) != known.statements.end()) continue;
      known.statements.push_back(statement);
      known.calls += one.calls;
    }
    known.evidence.insert(known.evidence.end(), one.evidence.begin(), one.evidence.end());
    return;
  }
  list.push_back(std::move(one));
}

void add(const facts::Facts& facts, const facts::Seen<record::ScanUnserved>& seen, MissingIndex::Kind kind,
         std::vector<std::string> columns, std::vector<MissingIndex>& list) {
  // Columns that refer to another table tell customers apart best.
  std::stable_partition(columns.begin(), columns.end(),
                        [&](const std::string& column) { return is_reference(facts, seen.value.table, column); });
  if (columns.size() > kColumns) columns.resize(kColumns);
  merge(list, {.table = seen.value.table,
               .kind = kind,
               .columns = std::move(columns),
               .statements = {seen.value.statement},
               .calls = calls_of(facts, seen.value.statement),
               .evidence = {seen.id}});
}

void look_at(const facts::Facts& facts, const facts::Seen<record::ScanUnserved>& seen,
             std::vector<MissingIndex>& list) {
  const record::ScanUnserved& scan = seen.value;
  if (!is_growing(facts, scan.table) || !selective(facts, scan)) return;
  const auto served = [&](const std::string& column) { return may_be_served(facts, scan.table, column); };
  if (scan.either || scan.joined) {  // each column is an index of its own
    for (const std::string& column : scan.equal) {
      if (!served(column)) add(facts, seen, MissingIndex::Kind::btree, {column}, list);
    }
    for (const std::string& column : scan.pattern) {
      if (!served(column)) add(facts, seen, MissingIndex::Kind::trigram, {column}, list);
    }
    return;
  }
  std::vector<std::string> columns = scan.equal;
  if (!scan.range.empty()) columns.push_back(scan.range[0]);
  if (std::any_of(columns.begin(), columns.end(), served)) return;
  if (!columns.empty()) return add(facts, seen, MissingIndex::Kind::btree, columns, list);
  if (scan.pattern.empty() || served(scan.pattern[0])) return;
  add(facts, seen, MissingIndex::Kind::trigram, {scan.pattern[0]}, list);
}

/// A name as SQL takes it.
std::string sql(const std::string& name) {
  const bool simple = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string::npos;
  return simple || name.find('(') != std::string::npos ? name : "\"" + name + "\"";
}

}  // namespace

std::vector<MissingIndex> missing_indices(const facts::Facts& facts) {
  std::vector<MissingIndex> list;
  for (const auto& seen : facts.unserved) look_at(facts, seen, list);
  std::stable_sort(list.begin(), list.end(),
                   [](const MissingIndex& a, const MissingIndex& b) { return a.calls > b.calls; });
  return list;
}

std::string create_text(const MissingIndex& missing) {
  std::string columns;
  for (const std::string& column : missing.columns) columns += (columns.empty() ? "" : ", ") + sql(column);
  if (missing.kind == MissingIndex::Kind::btree) {
    return fmt::format("CREATE INDEX CONCURRENTLY ON {} ({})", sql(missing.table), columns);
  }
  return fmt::format(
      "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX CONCURRENTLY ON {} USING gin ({} gin_trgm_ops)",
      sql(missing.table), columns);
}

std::string name_text(const MissingIndex& missing) {
  return fmt::format("{} ({}{})", missing.table, fmt::join(missing.columns, ", "),
                     missing.kind == MissingIndex::Kind::trigram ? ", trigram" : "");
}

bool serves(const MissingIndex& missing, const record::ForeignKeySeen& key) {
  return missing.kind == MissingIndex::Kind::btree && missing.table == key.table && key.columns.size() == 1 &&
         missing.columns[0] == key.columns[0];
}

}  // namespace pl::checks
