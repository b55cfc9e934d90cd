#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace pl::plan {

/// A fault beyond the core that understands what flows on an edge.
struct ProtocolFault {
  /// What has to be behind the edge.
  enum class Behind : std::uint8_t { anything, model, no_model };

  std::string_view protocol;  ///< Of the edge, as the relay told it from its first bytes.
  Behind behind = Behind::anything;
  std::string_view word;        ///< Ends the key; its words stand in facts/fault_words.cc.
  std::string_view row;         ///< Of the relay's fault table.
  std::string_view parameters;  ///< JSON.
  std::string_view hypothesis;  ///< What a sound application does meanwhile.
};

/// The table, in the order in which they are made. A word stands once for each kind of edge.
std::span<const ProtocolFault> protocol_faults();

}  // namespace pl::plan
