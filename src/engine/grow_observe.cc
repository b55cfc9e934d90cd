#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "data/explain.h"
#include "engine/grow.h"

namespace pl::engine {
namespace {

constexpr std::size_t kTextBytes = 600;  ///< Of a statement that is logged.

std::string cut(const std::string& text) {
  return text.size() <= kTextBytes ? text : std::string(beginning(text, kTextBytes)) + " ...";
}

/// The number of a statement in this run.
std::size_t number_of(DatabaseView& view, const data::StatementCount& statement) {
  const auto at = std::ranges::find(view.statements, statement.id, &data::StatementCount::id);
  if (at != view.statements.end()) return static_cast<std::size_t>(at - view.statements.begin());
  view.statements.push_back(statement);
  return view.statements.size() - 1;
}

std::string first_column(const data::Scan& scan) {
  for (const auto* list : {&scan.equal, &scan.range, &scan.pattern}) {
    if (!list->empty()) return list->front();
  }
  return {};
}

std::vector<double> distinct_of(DatabaseView& view, const data::Plan& plan) {
  std::vector<double> distinct;
  for (const data::Scan& scan : plan.unserved) {
    const auto table = std::ranges::find(view.schema.tables, scan.table, &data::Table::name);
    const bool known = table != view.schema.tables.end();
    const auto values =
        known ? data::distinct_values(view.database, table->oid, first_column(scan)) : Result<double>(0.0);
    distinct.push_back(values ? *values : 0);
  }
  return distinct;
}

}  // namespace

std::vector<Planned> plan_all(DatabaseView& view, const os::Clock& clock, Ns most) {
  const Ns end = clock.now() + most;
  std::vector<Planned> plans;
  for (std::size_t i = 0; i < view.statements.size(); ++i) {
    if (clock.now() >= end) {
      plans.push_back({.statement = i, .failed = "the time for planning was over"});
      continue;
    }
    auto plan = data::explain(view.database, view.schema, view.statements[i].text);
    if (!plan) {
      plans.push_back({.statement = i, .failed = plan.error().detail});
      continue;
    }
    std::vector<double> distinct = distinct_of(view, *plan);
    plans.push_back({.statement = i, .plan = std::move(*plan), .distinct = std::move(distinct)});
  }
  return plans;
}

void observe_statistics(Run& run, DatabaseView& view, const data::Statistics& seen, const std::string& phase,
                        Ns length) {
  for (const data::TableCount& count : seen.tables) {
    const auto table = std::ranges::find(view.schema.tables, count.oid, &data::Table::oid);
    if (table == view.schema.tables.end()) continue;
    run.observe(record::TableSeen{.table = table->name,
                                  .phase = phase,
                                  .length = length,
                                  .rows = count.rows,
                                  .bytes = count.bytes,
                                  .inserted = count.inserted,
                                  .deleted = count.deleted,
                                  .ever_deleted = count.ever_deleted,
                                  .sequential = count.sequential,
                                  .sequential_rows = count.sequential_rows,
                                  .indexed = count.indexed});
  }
  for (const data::StatementCount& one : seen.statements) {
    const auto calls = static_cast<double>(std::max<std::int64_t>(one.calls, 1));
    run.observe(record::StatementTimed{.statement = static_cast<std::int64_t>(number_of(view, one)),
                                       .text = cut(one.text),
                                       .phase = phase,
                                       .calls = one.calls,
                                       .time = static_cast<Ns>(one.time / calls * 1e6),
                                       .rows = one.rows / calls,
                                       .blocks = one.blocks / calls});
  }
}

void observe_plans(Run& run, const DatabaseView& view, const std::vector<Planned>& plans) {
  for (const Planned& one : plans) {
    if (one.statement >= view.statements.size()) continue;
    const auto statement = static_cast<std::int64_t>(one.statement);
    run.observe(record::StatementPlanned{.statement = statement,
                                         .tables = one.plan.tables,
                                         .asked = one.plan.asked,
                                         .equal = one.plan.equal,
                                         .failed = one.failed});
    for (std::size_t i = 0; i < one.plan.unserved.size(); ++i) {
      const data::Scan& scan = one.plan.unserved[i];
      run.observe(record::ScanUnserved{.statement = statement,
                                       .table = scan.table,
                                       .equal = scan.equal,
                                       .range = scan.range,
                                       .pattern = scan.pattern,
                                       .either = scan.either,
                                       .joined = scan.joined,
                                       .limited = scan.limited,
                                       .distinct = i < one.distinct.size() ? one.distinct[i] : 0});
    }
  }
}

void observe_schema(Run& run, const DatabaseView& view) {
  for (const data::Table& table : view.schema.tables) {
    for (const data::Index& index : table.indices) {
      run.observe(record::IndexSeen{.table = table.name,
                                    .name = index.name,
                                    .method = index.method,
                                    .columns = index.columns,
                                    .predicate = index.predicate,
                                    .unique = index.unique,
                                    .scans = index.scans,
                                    .bytes = index.bytes});
    }
  }
  for (const data::ForeignKey& key : view.schema.foreign_keys) {
    const data::Table& table = view.schema.tables[key.table];
    record::ForeignKeySeen seen{.table = table.name, .parent = view.schema.tables[key.parent].name};
    for (const int number : key.columns) {
      const data::Column* column = data::column_by_number(table, number);
      if (column != nullptr) seen.columns.push_back(column->name);
    }
    seen.indexed = data::index_begins_with(table, key.columns);
    run.observe(seen);
  }
}

void observe_growth(Run& run, const DatabaseView& view, const data::Growth& grown) {
  for (const data::TableGrowth& one : grown.tables) {
    run.observe(record::TableGrown{.table = view.schema.tables[one.table].name,
                                   .because = one.grew ? "it grew" : "referenced",
                                   .before = one.before,
                                   .after = one.after,
                                   .skipped = one.skipped});
  }
}

void tell_growth(Run& run) {
  const facts::Facts& facts = run.look();
  std::string text;
  for (const auto& one : facts.grown) {
    if (one.value.because != "it grew") continue;
    text +=
        fmt::format("{}{} {} to {} rows", text.empty() ? "" : ", ", one.value.table, one.value.before, one.value.after);
  }
  run.say("grow", fmt::format("{} statements, {} conditions without an index{}", facts.plans.size(),
                              facts.unserved.size(), text.empty() ? "; no table grew" : "; " + text));
}

}  // namespace pl::engine
