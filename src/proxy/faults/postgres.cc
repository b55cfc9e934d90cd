#include "proxy/faults/postgres.h"

#include <algorithm>

#include "wire/sql_read_only.h"

namespace pl::proxy::faults {

Result<void> check_postgres(const Values& values) {
  if (values.has("statement")) PL_TRY(SqlMatch::of(values));
  if (!values.has("sqlstate")) return {};
  const std::string& state = values.text("sqlstate");
  const bool good = state.size() == 5 &&
                    std::ranges::all_of(state, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  if (!good) return fail(Errc::config, "sqlstate must be five characters of A-Z and 0-9, not \"" + state + "\"");
  // Classes of success, warnings and "no data" (PostgreSQL 15 documentation, appendix A).
  if (state < "03") return fail(Errc::config, "sqlstate " + state + " is no error's");
  return {};
}

std::string pg_usual_message(std::string_view sqlstate, std::string_view statement) {
  static constexpr std::pair<std::string_view, std::string_view> kMessages[] = {
      {"53300", "sorry, too many clients already"},
      {"57P01", "terminating connection due to administrator command"},
      {"57P02", "terminating connection because of crash of another server process"},
      {"57P03", "the database system is starting up"},
      {"40001", "could not serialize access due to concurrent update"},
      {"40P01", "deadlock detected"},
      {"57014", "canceling statement due to statement timeout"},
      {"08006", "connection failure"},
  };
  if (sqlstate == "25006") {
    std::string command = wire::sql_refused_read_only(statement);
    if (command.empty()) command = wire::pg_first_word(statement);  // a class of statements was asked for
    return "cannot execute " + (command.empty() ? "statement" : command) + " in a read-only transaction";
  }
  for (const auto& [state, message] : kMessages) {
    if (state == sqlstate) return std::string(message);
  }
  return "injected";
}

bool pg_is_fatal(std::string_view sqlstate) {
  return sqlstate == "53300" || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" ||
         sqlstate.starts_with("08");
}

}  // namespace pl::proxy::faults
