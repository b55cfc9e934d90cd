#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "facts/topology.h"
#include "record/kinds.h"

namespace pl::facts {

/// What a statement did: in a second, or altogether.
struct StatementCounts {
  std::int64_t executions = 0;  ///< Those that failed included.
  std::int64_t errors = 0;
  std::int64_t rows = 0;       ///< Sent to the program.
  std::int64_t most_rows = 0;  ///< Of one execution.
  Ns time = 0;                 ///< From asking to the end, all executions together.

  void add(const StatementCounts& more);
};

/// A database statement on one edge. The index in Facts::statements is its id.
struct Statement {
  std::int64_t edge = -1;
  record::StatementSeen seen;  ///< As it was seen first.
  std::int64_t frame = 0;      ///< Of that.
  StatementCounts all;
  std::map<std::int64_t, StatementCounts> by_second;  ///< Seconds of the run in which it was executed.
  std::vector<std::int64_t> frames;                   ///< Some of the seconds', the last of them included.
};

/// One journey made once and alone, by a user whom all journeys share.
struct StatementTrace {
  struct Part {
    std::int64_t statement = -1;  ///< Index in Facts::statements.
    std::int64_t executions = 0;
    std::int64_t rows = 0;
  };
  std::int64_t journey = 0;
  std::int64_t round = 0;  ///< How often that user had made every journey before.
  std::vector<Part> parts;
  std::vector<std::int64_t> frames;
};

/// Folds what the relay says of statements. Flows become edges in the end, when both their ends are known.
class StatementFold {
 public:
  /// Whether the observation was about statements.
  bool apply(const record::Observation& observation);
  std::vector<Statement> statements(const Topology& topology) const;
  /// `statements` are those that statements() gave.
  std::vector<StatementTrace> traces(const Topology& topology, const std::vector<Statement>& statements) const;

 private:
  using Flow = std::tuple<std::int64_t, std::string, std::int64_t>;  ///< Process, address, port.
  using Key = std::pair<Flow, std::int64_t>;                         ///< And the statement's number.
  struct Traced {
    std::int64_t frame = 0;
    record::StatementsTraced value;
  };
  static std::int64_t edge_of(const Topology& topology, const Flow& flow);

  std::map<Key, Statement> seen_;  ///< Those without a text never succeeded.
  std::vector<Traced> traced_;
};

}  // namespace pl::facts
