#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/connection.h"

namespace pl::data {

struct Column {
  int number = 0;  ///< As the server counts them, from 1.
  std::string name;
  std::string type;  ///< Base type of a domain: "int4", "uuid", "text".
  bool generated = false;
};

struct Index {
  std::string name, method, predicate;
  std::vector<std::string> columns;  ///< With order and operator class: "id DESC".
  std::vector<int> numbers;          ///< Of the columns that it and its expressions read.
  bool unique = false;               ///< Primary keys too.
  bool exclusion = false;
  std::int64_t scans = 0, bytes = 0;
};

/// An ordinary table of the application. Where `from` refers to: see ForeignKey.
struct Table {
  std::string oid;
  std::string name;    ///< SCHEMA.TABLE, without `public`.
  std::string quoted;  ///< For SQL.
  std::int64_t rows = 0, bytes = 0;
  std::int64_t blocks = 0;  ///< Of the table alone.
  std::vector<Column> columns;
  std::vector<Index> indices;
};

/// A foreign key: places of tables in Schema::tables, numbers of columns.
struct ForeignKey {
  std::size_t table = 0, parent = 0;
  std::vector<int> columns, parent_columns;
};

struct Schema {
  std::vector<Table> tables;
  std::vector<ForeignKey> foreign_keys;
};

/// Tables, indices and foreign keys of the database, without those of the system; rows are the server's estimate.
Result<Schema> read_schema(Connection& database);

/// The columns of an index, and its predicate, from its definition (pg_get_indexdef).
std::vector<std::string> index_columns(std::string_view definition);
std::string index_predicate(std::string_view definition);

const Column* column_by_number(const Table& table, int number);
/// Whether some index begins with these columns, in any order, and covers all rows.
bool index_begins_with(const Table& table, std::vector<int> numbers);

}  // namespace pl::data
