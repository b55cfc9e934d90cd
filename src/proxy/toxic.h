#pragma once
#include <memory>
#include <string>

#include "base/json.h"
#include "proxy/api_error.h"
#include "proxy/dns_fault.h"
#include "proxy/fault.h"
#include "proxy/relay.h"

namespace pl::proxy {

/// A toxic as it was asked for: a fault on one stream of a proxy's connections, or on a share of them.
struct ToxicSpec {
  std::string name, type;
  std::string stream = "downstream";  ///< As it was written.
  double toxicity = 1;                ///< Share of the connections that it acts on.
  const FaultRow* row = nullptr;
  Values values{{}, {}};

  Way stream_way() const;
  /// The ways that it acts on: those of its stream, or both where its row acts on the whole connection.
  Ways ways() const;
};

/// How much of what is read must be known: the control API takes what it does not know as Toxiproxy does, our own
/// configuration files do not.
enum class Reading { lenient, strict };

/// Whether fields can be read of it; Go takes a null for an object without any.
inline bool is_object(const Json& json, Reading reading) {
  return json.is_object() || (json.is_null() && reading == Reading::lenient);
}

/// Reads a toxic, with Toxiproxy's defaults and refusals.
ApiResult<ToxicSpec> read_toxic(const Json& json, Reading reading);
/// What a proxy answers that has limits::kRelayFaults of them.
std::unexpected<ApiError> too_many_toxics();
/// A toxic with the attributes and the toxicity that the JSON names, and its others.
ApiResult<ToxicSpec> merge_toxic(const ToxicSpec& old, const Json& json);
/// In the order of Toxiproxy's fields.
Json to_json(const ToxicSpec& spec);

/// A toxic in force.
struct Toxic {
  ToxicSpec spec;
  FaultId id = 0;  ///< Its place in the order of addition.
  std::uint64_t seed = 0;
  std::shared_ptr<Measure> measure;
  std::unique_ptr<DnsFault> dns;  ///< nullptr: it is one on connections, not on DNS queries.
  std::unique_ptr<Fault> fault;   ///< Of DNS queries: `dns` on those that come by TCP.

  /// Acts by its values from now on.
  void update(ToxicSpec wanted);

  /// Whether it acts on the connection, or query, with this number: drawn once for both, so that another toxicity meets
  /// more or fewer of the same connections.
  bool meets(std::uint64_t connection) const;
};

/// Puts a spec into force. What it draws by chance follows from the seed and the names of proxy and toxic.
ApiResult<std::unique_ptr<Toxic>> make_toxic(const ToxicSpec& spec, const std::string& proxy, FaultId id,
                                             std::uint64_t seed);

}  // namespace pl::proxy
