#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace pl::data {

/// A scan of a table that reads all of it although the statement asks for a part; see record::ScanUnserved.
struct Scan {
  std::string table;
  std::vector<std::string> equal, range, pattern;
  bool either = false, joined = false, limited = false;
};

/// What a statement reads, by its plan.
struct Plan {
  std::vector<std::string> tables;
  std::vector<std::string> asked, equal;  ///< TABLE.COLUMN.
  std::vector<Scan> unserved;
};

/// Reads the answer of EXPLAIN (VERBOSE, FORMAT JSON) for a plan that avoids sequential scans and every join but nested
/// loops, so that it uses each index that it can. A scan with a filter and without an index condition is then one that
/// no index serves; so is one without a filter whose columns are the condition of a join, where something else of the
/// statement is restricted. Tables of `public` have no schema in their name; those of the system are left out.
/// `first_columns` has, by the name of an index, the column that it begins with, where it is known: a condition on
/// others alone reads the index from end to end and is not served by it.
Plan read_plan(const Json& explained, const std::map<std::string, std::string>& first_columns);

}  // namespace pl::data
