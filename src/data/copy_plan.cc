#include "data/copy_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"

namespace pl::data {
namespace {

constexpr int kRounds = 100;  ///< Of going from tables to their parents and back.

bool is_text(const std::string& type) { return type == "text" || type == "varchar" || type == "citext"; }
bool can_shift(const std::string& type) {
  return is_number(type) || is_text(type) || type == "uuid" || type == "bytea";
}

std::string shifted(const Column& column, int number, std::int64_t step) {
  const std::string name = quoted_name(column.name);
  if (is_number(column.type)) return fmt::format("{} + {}", name, number * step);
  if (is_text(column.type)) return fmt::format("{} || '~{}'", name, number);
  if (column.type == "uuid") return fmt::format("md5({}::text || '~{}')::uuid", name, number);
  return fmt::format("sha256({} || '~{}'::bytea)", name, number);
}

/// A reference from one column to one of a parent.
struct Reference {
  std::size_t table = 0;
  int column = 0;
  std::size_t parent = 0;
  int parent_column = 0;
};

/// The name of the table that a column names as people name references: "user" for `user_id` and `userId`.
std::string named_parent(const std::string& column) {
  if (column.ends_with("_id") && column.size() > 3) return lower(column.substr(0, column.size() - 3));
  if (column.ends_with("Id") && column.size() > 2) return lower(column.substr(0, column.size() - 2));
  return {};
}

/// The only column of the primary key, or of the first unique index that has one; nothing where there is none.
std::optional<int> key_column(const Table& table) {
  for (const Index& index : table.indices) {
    if (index.unique && index.numbers.size() == 1 && index.predicate.empty()) {
      const Column* column = column_by_number(table, index.numbers[0]);
      if (column != nullptr && lower(column->name) == "id") return column->number;
    }
  }
  return std::nullopt;
}

void named_references(const Schema& schema, std::size_t place, std::vector<Reference>& references) {
  const Table& table = schema.tables[place];
  for (const Column& column : table.columns) {
    const std::string name = named_parent(column.name);
    const bool known = std::ranges::any_of(
        references, [&](const Reference& one) { return one.table == place && one.column == column.number; });
    if (name.empty() || known) continue;
    for (std::size_t i = 0; i < schema.tables.size(); ++i) {
      const Table& parent = schema.tables[i];
      const std::string full = lower(parent.name);
      if (full != name && full != name + "s" && full != name + "es") continue;
      const auto key = key_column(parent);
      if (!key || column_by_number(parent, *key)->type != column.type) continue;
      references.push_back({place, column.number, i, *key});
      break;
    }
  }
}

std::vector<Reference> references_of(const Schema& schema) {
  std::vector<Reference> references;
  for (const ForeignKey& key : schema.foreign_keys) {
    for (std::size_t i = 0; i < key.columns.size() && i < key.parent_columns.size(); ++i) {
      references.push_back({key.table, key.columns[i], key.parent, key.parent_columns[i]});
    }
  }
  for (std::size_t i = 0; i < schema.tables.size(); ++i) named_references(schema, i, references);
  return references;
}

class Planner {
 public:
  Planner(const Schema& schema, const std::vector<std::size_t>& grew)
      : schema_(schema), references_(references_of(schema)) {
    for (const std::size_t table : grew) add(table, true);
    // Parents of parents are found as the list gets longer.
    for (std::size_t i = 0; i < copies_.size(); ++i) {
      for (const Reference& one : references_) {
        if (one.table == copies_[i].table) add(one.parent, false);
      }
    }
  }

  std::vector<TableCopy> plan() {
    for (const bool lone : {true, false}) {
      shift_keys(lone);
      follow_references();
    }
    for (TableCopy& copy : copies_) check(copy);
    sort();
    return std::move(copies_);
  }

 private:
  void add(std::size_t table, bool grew) {
    if (find(table) == nullptr) copies_.push_back({.table = table, .grew = grew});
  }
  TableCopy* find(std::size_t table) {
    const auto at = std::ranges::find(copies_, table, &TableCopy::table);
    return at == copies_.end() ? nullptr : &*at;
  }
  bool refers(std::size_t table, int column) const {
    return std::ranges::any_of(references_,
                               [&](const Reference& one) { return one.table == table && one.column == column; });
  }
  static bool has_shifted(const TableCopy& copy, const Index& index) {
    return std::ranges::any_of(index.numbers, [&](int number) { return copy.shifted.contains(number); });
  }

  /// Gives each unique index a column that differs between copies: keys of one column first, so that what refers to
  /// them is shifted by them.
  void shift_keys(bool lone) {
    for (TableCopy& copy : copies_) {
      const Table& table = schema_.tables[copy.table];
      for (const Index& index : table.indices) {
        if (!index.unique || has_shifted(copy, index) || (lone && index.numbers.size() != 1)) continue;
        for (const int number : index.numbers) {
          const Column* column = column_by_number(table, number);
          const bool own = column != nullptr && !column->generated && can_shift(column->type);
          if (!own || refers(copy.table, number)) continue;
          copy.shifted.insert(number);
          break;
        }
      }
    }
  }

  void follow_references() {
    for (int round = 0; round < kRounds; ++round) {
      bool changed = false;
      for (const Reference& one : references_) {
        TableCopy* copy = find(one.table);
        const TableCopy* parent = find(one.parent);
        if (copy == nullptr || parent == nullptr || !parent->shifted.contains(one.parent_column)) continue;
        changed = copy->shifted.insert(one.column).second || changed;
      }
      if (!changed) return;
    }
  }

  void check(TableCopy& copy) const {
    const Table& table = schema_.tables[copy.table];
    for (const Index& index : table.indices) {
      if (index.exclusion) copy.skipped = fmt::format("{} excludes rows by more than equality", index.name);
      if (!index.exclusion && index.unique && !has_shifted(copy, index)) {
        copy.skipped = fmt::format("no other values are known for the unique {}", index.name);
      }
    }
    for (const int number : copy.shifted) {
      const Column* column = column_by_number(table, number);
      if (column == nullptr || !can_shift(column->type)) copy.skipped = "its references cannot be shifted";
    }
  }

  /// Parents before their children; what refers in a circle stays in its order.
  void sort() {
    for (int round = 0; round < kRounds; ++round) {
      bool changed = false;
      for (const Reference& one : references_) {
        const auto child = std::ranges::find(copies_, one.table, &TableCopy::table);
        const auto parent = std::ranges::find(copies_, one.parent, &TableCopy::table);
        if (child == copies_.end() || parent == copies_.end() || child >= parent) continue;
        std::rotate(child, parent, parent + 1);
        changed = true;
      }
      if (!changed) return;
    }
  }

  const Schema& schema_;
  std::vector<Reference> references_;
  std::vector<TableCopy> copies_;
};

}  // namespace

std::vector<TableCopy> plan_copies(const Schema& schema, const std::vector<std::size_t>& grew) {
  return Planner(schema, grew).plan();
}

std::string copy_statement(const Table& table, const TableCopy& copy, int number, std::int64_t step, std::int64_t first,
                           std::int64_t end) {
  std::string names, values;
  for (const Column& column : table.columns) {
    if (column.generated) continue;
    const std::string comma = names.empty() ? "" : ", ";
    names += comma + quoted_name(column.name);
    values += comma + (copy.shifted.contains(column.number) ? shifted(column, number, step) : quoted_name(column.name));
  }
  return fmt::format(
      "INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {2} FROM ONLY {0} WHERE ctid >= '({3},0)'::tid AND ctid < "
      "'({4},0)'::tid AND xmin <> pg_current_xact_id()::xid",
      table.quoted, names, values, first, end);
}

bool is_number(const std::string& type) { return type == "int4" || type == "int8" || type == "numeric"; }

std::int64_t largest_number(const std::string& type) {
  return type == "int4" ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int64_t>::max();
}

}  // namespace pl::data
