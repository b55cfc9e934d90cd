#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "data/connection.h"
#include "data/growth.h"
#include "data/plan.h"
#include "data/schema.h"
#include "data/statistics.h"
#include "engine/state.h"

/// The parts of the stage `grow`: what the data module sees, as observations.
namespace pl::engine {

/// A throw-away database with its statistics open.
struct DatabaseView {
  data::Connection server;    ///< To where pg_stat_statements is.
  data::Connection database;  ///< To the application's own.
  data::Schema schema;
  std::vector<data::StatementCount> statements;  ///< That have a number: their place here.
};

/// The plan of a statement, or why there is none.
struct Planned {
  std::size_t statement = 0;
  std::string failed;
  data::Plan plan;
  std::vector<double> distinct;  ///< Per unserved scan: different values of its first column.
};

/// Plans every statement that has a number; blocks, for `most` at most.
std::vector<Planned> plan_all(DatabaseView& view, const os::Clock& clock, Ns most);

/// What was counted in a period. Statements that are new get a number.
void observe_statistics(Run& run, DatabaseView& view, const data::Statistics& seen, const std::string& phase,
                        Ns length);
void observe_plans(Run& run, const DatabaseView& view, const std::vector<Planned>& plans);
/// Indices and foreign keys.
void observe_schema(Run& run, const DatabaseView& view);
/// Where the throw-away database is, as whom proofload asks it.
data::Server server_of(const sandbox::PreparedService& prepared, std::string database);
/// A backup is made and read back, while nobody writes.
Result<void> try_backup(Run& run, const Service& service, const data::Schema& schema);
void observe_growth(Run& run, const DatabaseView& view, const data::Growth& grown);
/// Lines for people.
void tell_growth(Run& run);

}  // namespace pl::engine
