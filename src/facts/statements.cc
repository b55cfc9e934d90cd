#include "facts/statements.h"

#include <algorithm>

#include "facts/flows.h"

namespace pl::facts {
namespace {

constexpr std::size_t kFrames = 8;  ///< Of the seconds in which a statement was executed.

std::int64_t at(const std::vector<std::int64_t>& list, std::size_t place) {
  return place < list.size() ? list[place] : 0;
}

/// Keeps the first ones and the last.
void keep_frame(std::vector<std::int64_t>& frames, std::int64_t frame) {
  if (frames.size() >= kFrames) frames.pop_back();
  frames.push_back(frame);
}

}  // namespace

void StatementCounts::add(const StatementCounts& more) {
  executions += more.executions;
  errors += more.errors;
  rows += more.rows;
  most_rows = std::max(most_rows, more.most_rows);
  time += more.time;
}

bool StatementFold::apply(const record::Observation& observation) {
  const auto flow_of = [](const auto& seen) {
    return Flow{seen.owner > 0 ? seen.owner : seen.pid, seen.address, seen.port};
  };
  if (record::is<record::StatementSeen>(observation)) {
    auto seen = record::decode<record::StatementSeen>(observation.payload);
    Statement& statement = seen_[{flow_of(seen), seen.statement}];
    statement.seen = std::move(seen);
    statement.frame = observation.id;
  } else if (record::is<record::StatementSecond>(observation)) {
    const auto second = record::decode<record::StatementSecond>(observation.payload);
    for (std::size_t i = 0; i < second.statements.size(); ++i) {
      Statement& statement = seen_[{flow_of(second), second.statements[i]}];
      const StatementCounts counts{at(second.executions, i), at(second.errors, i), at(second.rows, i),
                                   at(second.most_rows, i), at(second.time, i)};
      statement.by_second[second.second].add(counts);
      statement.all.add(counts);
      keep_frame(statement.frames, observation.id);
    }
  } else if (record::is<record::StatementsTraced>(observation)) {
    traced_.push_back({observation.id, record::decode<record::StatementsTraced>(observation.payload)});
  } else {
    return false;
  }
  return true;
}

std::int64_t StatementFold::edge_of(const Topology& topology, const Flow& flow) {
  const auto& [process, address, port] = flow;
  return facts::edge_of(topology, process, address, port);
}

std::vector<Statement> StatementFold::statements(const Topology& topology) const {
  std::map<std::pair<std::int64_t, std::string>, Statement> merged;
  for (const auto& [key, one] : seen_) {
    const std::int64_t edge = edge_of(topology, key.first);
    if (edge < 0 || one.seen.text.empty()) continue;
    const auto [place, is_new] = merged.try_emplace({edge, one.seen.fingerprint}, one);
    Statement& statement = place->second;
    statement.edge = edge;
    if (is_new) continue;
    if (one.frame < statement.frame) {
      statement.frame = one.frame;
      statement.seen = one.seen;
    }
    statement.all.add(one.all);
    for (const auto& [second, counts] : one.by_second) statement.by_second[second].add(counts);
    for (const std::int64_t frame : one.frames) keep_frame(statement.frames, frame);
    std::ranges::sort(statement.frames);
  }
  std::vector<Statement> all;
  for (auto& [key, statement] : merged) all.push_back(std::move(statement));
  std::ranges::sort(all, {}, &Statement::frame);
  return all;
}

std::vector<StatementTrace> StatementFold::traces(const Topology& topology,
                                                  const std::vector<Statement>& statements) const {
  std::map<std::pair<std::int64_t, std::int64_t>, StatementTrace> all;
  for (const auto& [frame, traced] : traced_) {
    const Flow flow{traced.owner > 0 ? traced.owner : traced.pid, traced.address, traced.port};
    const std::int64_t edge = edge_of(topology, flow);
    if (edge < 0) continue;
    StatementTrace& trace = all[{traced.journey, traced.round}];
    trace.journey = traced.journey;
    trace.round = traced.round;
    trace.frames.push_back(frame);
    for (std::size_t i = 0; i < traced.statements.size(); ++i) {
      const auto seen = seen_.find({flow, traced.statements[i]});
      if (seen == seen_.end()) continue;
      const auto known = std::ranges::find_if(statements, [&](const Statement& one) {
        return one.edge == edge && one.seen.fingerprint == seen->second.seen.fingerprint;
      });
      if (known == statements.end()) continue;
      trace.parts.push_back({known - statements.begin(), at(traced.executions, i), at(traced.rows, i)});
    }
  }
  std::vector<StatementTrace> list;
  for (auto& [key, trace] : all) list.push_back(std::move(trace));
  return list;
}

}  // namespace pl::facts
