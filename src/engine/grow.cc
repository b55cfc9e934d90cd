#include <fmt/format.h>

#include <algorithm>

#include "data/explain.h"
#include "data/growth.h"
#include "engine/grow.h"
#include "engine/stages.h"
#include "engine/subject.h"

namespace pl::engine {
namespace {

constexpr const char* kKey = "data.growth";
constexpr Ns kSettle = 1500 * kMs;  ///< At the steady rate, before it is measured.
constexpr Ns kPeriod = 4 * kSec;
constexpr Ns kCopying = 6 * kSec;
constexpr Ns kPlanning = 3 * kSec;
constexpr Ns kEstimate = 30 * kSec;
constexpr const char* kService = "postgres";

/// The throw-away PostgreSQL of this run; null where there is none.
const Service* database_of(const Run& run) {
  const auto at = std::ranges::find_if(run.services, [](const Service& one) { return one.prepared.name == kService; });
  return at == run.services.end() ? nullptr : &*at;
}

/// The two connections: pg_stat_statements lies beside the application's database, not in it.
Result<DatabaseView> open_view(const sandbox::PreparedService& prepared) {
  if (prepared.statistics_user.empty()) {
    return fail(Errc::not_found,
                "the server's statistics need pg_stat_statements, which is not installed (apt-get install "
                "postgresql-contrib)");
  }
  data::Connection statistics = PL_TRY(data::Connection::open(server_of(prepared, "postgres")));
  data::Connection database = PL_TRY(data::Connection::open(server_of(prepared, prepared.child_value("PGDATABASE"))));
  DatabaseView view{.server = std::move(statistics), .database = std::move(database)};
  PL_TRY(data::search_everywhere(view.database));
  view.schema = PL_TRY(data::read_schema(view.database));
  // Both periods are planned on fresh statistics of the columns, as they are in the long run.
  for (const data::Table& table : view.schema.tables) (void)view.database.ask("ANALYZE " + table.quoted);
  return view;
}

/// Steady load for a while, and what the server counted in it.
Result<data::Statistics> period(Run& run, DatabaseView& view) {
  Result<data::Statistics> from, to;
  PL_TRY(run.pause(kSettle));
  PL_TRY(run.blocking([&] { from = data::read_statistics(view.server, view.database); }));
  const data::Statistics began = PL_TRY(std::move(from));
  PL_TRY(run.pause(kPeriod));
  PL_TRY(run.blocking([&] { to = data::read_statistics(view.server, view.database); }));
  return data::between(began, PL_TRY(std::move(to)));
}

/// The tables in which rows were added for good.
std::vector<std::size_t> that_grew(const data::Schema& schema, const data::Statistics& seen) {
  std::vector<std::size_t> grew;
  for (std::size_t i = 0; i < schema.tables.size(); ++i) {
    const auto count = std::ranges::find(seen.tables, schema.tables[i].oid, &data::TableCount::oid);
    if (count != seen.tables.end() && count->inserted > count->deleted) grew.push_back(i);
  }
  return grew;
}

/// Grows the data, lets the same load come again, and takes the copies back.
Result<void> measure_growth(Run& run, DatabaseView& view, const data::Statistics& before) {
  const std::vector<std::size_t> grew = that_grew(view.schema, before);
  if (grew.empty()) return {};
  run.status("grow", "copying the application's rows");
  const auto copies = data::plan_copies(view.schema, grew);
  Result<data::Growth> grown;
  PL_TRY(run.blocking([&] { grown = data::grow(view.database, view.schema, copies, run.clock, kCopying); }));
  if (!grown) {
    run.observe(record::InstrumentFailed{"protocol", "the data could not be grown: " + grown.error().message()});
    return {};
  }
  observe_growth(run, view, *grown);
  run.status("grow", "the same load on the grown data");
  const auto after = period(run, view);
  if (after) observe_statistics(run, view, *after, "after", kPeriod);
  run.set_rate(0);
  Result<void> removed;
  PL_TRY(run.blocking([&] { removed = data::take_back(view.database, view.schema, *grown); }));
  if (!removed) run.observe(record::InstrumentFailed{"protocol", "the copies stay: " + removed.error().message()});
  if (!after) return std::unexpected(after.error());
  return {};
}

Result<void> look(Run& run, DatabaseView& view) {
  run.status("grow", "what the database does for the steady load");
  run.set_rate(run.rate);
  const data::Statistics before = PL_TRY(period(run, view));
  observe_statistics(run, view, before, "before", kPeriod);
  std::vector<Planned> plans;
  PL_TRY(run.blocking([&] { plans = plan_all(view, run.clock, kPlanning); }));
  observe_plans(run, view, plans);
  observe_schema(run, view);
  return measure_growth(run, view, before);
}

}  // namespace

data::Server server_of(const sandbox::PreparedService& prepared, std::string database) {
  return {.address = "127.0.0.1",
          .port = prepared.endpoint.port,
          .user = prepared.statistics_user,
          .password = prepared.child_value("PGPASSWORD"),
          .database = std::move(database)};
}

Result<void> grow(Run& run) {
  const Service* service = database_of(run);
  if (service == nullptr || !any_steady(run.look()) || !run.request.asks_for(kKey)) return {};
  if (run.beyond_budget(kEstimate)) {
    run.observe(record::ExperimentLeftOut{kKey, "budget", false});
    return {};
  }
  // What drove it to its end before holds every connection that it may have.
  PL_TRY(restart_subject(run, "for the growth of its data"));
  Result<DatabaseView> view = fail(Errc::io, "");
  PL_TRY(run.blocking([&] { view = open_view(service->prepared); }));
  record::DatabaseSeen seen{.service = kService,
                            .version = service->prepared.version,
                            .port = service->prepared.endpoint.port,
                            .closed = view ? "" : view.error().message()};
  run.observe(seen);
  if (!view) {
    run.say("grow", "the database's statistics stay closed: " + seen.closed);
    return {};
  }
  Result<void> made = look(run, *view);
  run.set_rate(0);
  if (made) made = try_backup(run, *service, view->schema);
  run.load->abandon_open();
  // The server's own error is no end of the run.
  if (!made && made.error().code != Errc::protocol) return made;
  if (!made) run.observe(record::InstrumentFailed{"protocol", made.error().message()});
  tell_growth(run);
  return {};
}

}  // namespace pl::engine
