#pragma once
#include <optional>
#include <string_view>

namespace pl::facts {

/// What customers see in a cell, from best to worst (DESIGN 9). The order is the order of headlines.
enum class Outcome {
  unaffected,
  degraded,
  graceful,
  errors,
  misleading,
  hangs,
  outage,
  crash,
  no_recovery,
  data_lost,
  fail_open,
};

/// A row of the outcome table.
struct OutcomeRow {
  Outcome outcome;
  std::string_view word;  ///< As printed everywhere: "no recovery".
  std::string_view sees;  ///< What the customer sees, a clause.
  bool blocks;            ///< Blocks by default (DESIGN 4).
};

const OutcomeRow& outcome_row(Outcome outcome);
std::optional<Outcome> outcome_by_word(std::string_view word);

/// Whether a fault, by its row, leaves the part there and only makes it slower: customers lose no part by it.
bool slows(std::string_view fault);

/// How a line of the report is known.
enum class Evidence { measured, simulated, from_files, declared };
std::string_view evidence_word(Evidence evidence);

/// The six checkpoints, in order.
enum class Checkpoint { architecture, security, chaos, data, operations, vendor };
inline constexpr int kCheckpoints = 6;
std::string_view checkpoint_word(Checkpoint checkpoint);

/// How strongly an edge is known; each includes the ones before.
enum class Provenance { declared, observed, proved };
std::string_view provenance_word(Provenance provenance);

/// What a journey needs of an edge, as measured.
enum class Criticality { unknown, unused, soft, degraded, hard };
std::string_view criticality_word(Criticality criticality);

}  // namespace pl::facts
