#pragma once
#include <string>

#include "base/result.h"
#include "data/connection.h"
#include "data/plan.h"
#include "data/schema.h"

namespace pl::data {

/// The plan of a statement (see plain_statement) for any parameters, with every index used that can be: made in a
/// transaction that is rolled back, by EXPLAIN without ANALYZE, so that nothing is executed. The error is the server's.
Result<Plan> explain(Connection& database, const Schema& schema, const std::string& statement);
/// Makes names without a schema mean what they may mean to the application: `public` first, then its other schemas.
Result<void> search_everywhere(Connection& database);
/// Different values of a column, as the server estimates them after ANALYZE; 0 where it does not know.
Result<double> distinct_values(Connection& database, const std::string& table_oid, const std::string& column);

}  // namespace pl::data
