#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "record/fields.h"
#include "record/observation.h"

/// What a throw-away database says of itself: its tables, statements, plans and indices, and how they change when its
/// data grow. Values of rows never enter the log: statements are as pg_stat_statements normalises them, and one in
/// which a quoted literal is left is not logged. Tables outside of the schema `public` are named SCHEMA.TABLE. See
/// kinds.h.
namespace pl::record {

/// The statistics of a throw-away database server were opened, or why not.
struct DatabaseSeen {
  std::string service;  ///< As `provide:` names it.
  std::string version;
  std::int64_t port = 0;
  std::string closed;  ///< Why its statistics could not be read; empty: they could.
  static constexpr std::string_view kName = "database_seen", kDoc = "Statistics of a database server, or why none.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = DatabaseSeen;
    field("service", "", &K::service);
    field("version", "", &K::version);
    field("port", "", &K::port);
    field("closed", "", &K::closed);
  }
};

/// A table in a period of steady load. Counts are of the period, but where said.
struct TableSeen {
  std::string table;
  std::string phase;  ///< "before" or "after" its data were grown.
  Ns length = 0;      ///< Of the period.
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  ///< With indices.
  std::int64_t inserted = 0;
  std::int64_t deleted = 0;
  std::int64_t ever_deleted = 0;  ///< Since its statistics began.
  std::int64_t sequential = 0;    ///< Scans of the whole table.
  std::int64_t sequential_rows = 0;
  std::int64_t indexed = 0;  ///< Scans by an index.
  static constexpr std::string_view kName = "table_seen", kDoc = "A table in a period of steady load.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = TableSeen;
    field("table", "", &K::table);
    field("phase", "", &K::phase);
    field("length", "ns", &K::length);
    field("rows", "", &K::rows);
    field("bytes", "bytes", &K::bytes);
    field("inserted", "", &K::inserted);
    field("deleted", "", &K::deleted);
    field("ever_deleted", "", &K::ever_deleted);
    field("sequential", "", &K::sequential);
    field("sequential_rows", "", &K::sequential_rows);
    field("indexed", "", &K::indexed);
  }
};

/// A statement of the application in a period of steady load, as the server counted it.
struct StatementTimed {
  std::int64_t statement = 0;  ///< The same number in all observations of a run.
  std::string text;            ///< Normalised, without comments, cut.
  std::string phase;           ///< "before" or "after" the data were grown.
  std::int64_t calls = 0;
  Ns time = 0;        ///< Mean execution time of a call.
  double rows = 0;    ///< Of an answer, mean.
  double blocks = 0;  ///< Read for a call, from memory or disk, mean.
  static constexpr std::string_view kName = "statement_timed", kDoc = "A statement in a period of steady load.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = StatementTimed;
    field("statement", "", &K::statement);
    field("text", "", &K::text);
    field("phase", "", &K::phase);
    field("calls", "", &K::calls);
    field("time", "ns", &K::time);
    field("rows", "", &K::rows);
    field("blocks", "", &K::blocks);
  }
};

/// The plan of a statement for any parameters (EXPLAIN; nothing was executed).
struct StatementPlanned {
  std::int64_t statement = 0;
  std::vector<std::string> tables;  ///< That it reads or writes.
  std::vector<std::string> asked;   ///< TABLE.COLUMN in any of its conditions or orders.
  std::vector<std::string> equal;   ///< TABLE.COLUMN that it compares for equality.
  std::string failed;               ///< Why the server gave no plan; empty: it did.
  static constexpr std::string_view kName = "statement_planned", kDoc = "What a statement reads, by its plan.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = StatementPlanned;
    field("statement", "", &K::statement);
    field("tables", "", &K::tables);
    field("asked", "", &K::asked);
    field("equal", "", &K::equal);
    field("failed", "", &K::failed);
  }
};

/// A condition of a statement that no index serves, even when the server is told to avoid reading whole tables.
struct ScanUnserved {
  std::int64_t statement = 0;
  std::string table;
  std::vector<std::string> equal;    ///< Columns or expressions that are compared for equality.
  std::vector<std::string> range;    ///< ... by order.
  std::vector<std::string> pattern;  ///< ... by LIKE or a regular expression.
  bool either = false;               ///< The columns are alternatives (OR), not together.
  bool joined = false;               ///< The columns are those of a join.
  bool limited = false;              ///< The scan may end early: a LIMIT without a sort above it.
  double distinct = 0;               ///< Different values of the first column, estimated; 0: unknown.
  static constexpr std::string_view kName = "scan_unserved", kDoc = "A condition that no index serves.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = ScanUnserved;
    field("statement", "", &K::statement);
    field("table", "", &K::table);
    field("equal", "", &K::equal);
    field("range", "", &K::range);
    field("pattern", "", &K::pattern);
    field("either", "", &K::either);
    field("joined", "", &K::joined);
    field("limited", "", &K::limited);
    field("distinct", "", &K::distinct);
  }
};

/// An index of the application.
struct IndexSeen {
  std::string table;
  std::string name;
  std::string method;                ///< "btree", "gin" ...
  std::vector<std::string> columns;  ///< Column or expression with its order and operator class: "id DESC".
  std::string predicate;             ///< Of a partial index.
  bool unique = false;               ///< It also guards a rule: primary key, unique or exclusion.
  std::int64_t scans = 0;            ///< Since its statistics began.
  std::int64_t bytes = 0;
  static constexpr std::string_view kName = "index_seen", kDoc = "An index and how often it was used.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = IndexSeen;
    field("table", "", &K::table);
    field("name", "", &K::name);
    field("method", "", &K::method);
    field("columns", "", &K::columns);
    field("predicate", "", &K::predicate);
    field("unique", "", &K::unique);
    field("scans", "", &K::scans);
    field("bytes", "bytes", &K::bytes);
  }
};

/// A foreign key of the application.
struct ForeignKeySeen {
  std::string table;
  std::vector<std::string> columns;
  std::string parent;
  bool indexed = false;  ///< An index begins with its columns.
  static constexpr std::string_view kName = "foreign_key_seen", kDoc = "A foreign key and whether an index serves it.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = ForeignKeySeen;
    field("table", "", &K::table);
    field("columns", "", &K::columns);
    field("parent", "", &K::parent);
    field("indexed", "", &K::indexed);
  }
};

/// A table's own rows were copied, for a while.
struct TableGrown {
  std::string table;
  std::string because;  ///< "it grew": in the steady load; "referenced": by a table that did.
  std::int64_t before = 0;
  std::int64_t after = 0;
  std::string skipped;  ///< Why it was not, or not wholly; empty: it was.
  static constexpr std::string_view kName = "table_grown", kDoc = "A table's rows before and after they were copied.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = TableGrown;
    field("table", "", &K::table);
    field("because", "", &K::because);
    field("before", "", &K::before);
    field("after", "", &K::after);
    field("skipped", "", &K::skipped);
  }
};

/// A backup of a throw-away database was made and read back into an empty one.
struct BackupTried {
  std::string service;  ///< As `provide:` names it.
  std::string how;      ///< "pg_dump and pg_restore".
  std::string failed;   ///< What the server's programs said; empty: it was made and read back.
  std::int64_t tables = 0;
  std::int64_t rows = 0;     ///< Of all tables.
  std::int64_t missing = 0;  ///< Rows that the one which was read back has less, or more.
  std::int64_t bytes = 0;    ///< Of the backup.
  Ns dumped = 0;
  Ns restored = 0;
  static constexpr std::string_view kName = "backup_tried", kDoc = "A backup that was made and read back.";
  static constexpr Source kSource = Source::data;
  template <class To>
  static void fields(To&& field) {
    using K = BackupTried;
    field("service", "", &K::service);
    field("how", "", &K::how);
    field("failed", "", &K::failed);
    field("tables", "", &K::tables);
    field("rows", "", &K::rows);
    field("missing", "", &K::missing);
    field("bytes", "bytes", &K::bytes);
    field("dumped", "ns", &K::dumped);
    field("restored", "ns", &K::restored);
  }
};

}  // namespace pl::record
