#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace pl::facts {

/// How one fault is spoken of, everywhere.
struct FaultWords {
  std::string_view fault;    ///< As in TrialEnded.fault, or the last word of an experiment's key ("refuse_long").
  std::string_view heading;  ///< "refused": of a column, and behind a part's name.
  std::string_view does;     ///< "refuses connections": said of a part, as people who run the application say it.
  std::string_view plain;    ///< "cannot be reached": as its customers say it; empty: a finding has words of its own.
  bool away = false;         ///< The part is as good as not there.
};

/// The words of a fault that no row knows name it by itself.
FaultWords fault_words(std::string_view fault);
/// Of an experiment: by the last word of its key, else by its fault.
FaultWords fault_words(std::string_view key, std::string_view fault);
/// The fault that an experiment makes whose key ends so, and its column of the matrix: "latency" for "slow", "restart"
/// for "restart_1s".
std::string_view fault_of_key(std::string_view key);
/// Whether it is a row of the table.
bool known_fault(std::string_view fault);
/// Known faults in the order of the matrix's columns; the index of an unknown one is beyond the last.
std::size_t fault_order(std::string_view fault);

}  // namespace pl::facts
