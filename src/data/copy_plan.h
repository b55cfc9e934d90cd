#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "data/schema.h"

namespace pl::data {

/// How the rows of a table are copied: which columns get a value of their own in each copy. The new value depends on
/// the old one and the number of the copy alone, so a copied row refers to the copied row of its parent.
struct TableCopy {
  std::size_t table = 0;  ///< Place in Schema::tables.
  bool grew = false;      ///< In the steady load; otherwise it is referenced by one that did.
  std::set<int> shifted;  ///< Numbers of those columns.
  std::string skipped;    ///< Why it cannot be copied; empty: it can.
};

/// Tables that grew and, so that each customer's share stays what it is, those that they refer to, parents first. A
/// reference is a foreign key, or a column that is named like one (`user_id`, with a table `users`).
std::vector<TableCopy> plan_copies(const Schema& schema, const std::vector<std::size_t>& grew);

/// The statement that copies the rows of `copy` that stand in blocks `first` to `end` (exclusive) and were there before
/// this transaction; `step` keeps shifted numbers apart.
std::string copy_statement(const Table& table, const TableCopy& copy, int number, std::int64_t step, std::int64_t first,
                           std::int64_t end);
/// Whether values of this type can be shifted by a number, and how far such a number may go.
bool is_number(const std::string& type);
std::int64_t largest_number(const std::string& type);

}  // namespace pl::data
