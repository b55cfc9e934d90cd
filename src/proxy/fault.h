#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/rng.h"
#include "base/time.h"

/// The interface of a fault on an edge. A fault is pure: it is told what arrives and says what may go on; it never has
/// a socket, a clock or the bytes themselves. The relay keeps the bytes (proxy/chain.h), so that switching a fault off
/// can neither lose, double nor reorder them: whatever still waits in front of it simply moves on.
namespace pl::proxy {

class DnsFault;
class Http1Count;
struct Http2Meeting;
struct Http2State;
class MySqlCount;
class PgCount;
class RespCount;
class Values;

/// Which way bytes go: `up` from the program to its destination, `down` back.
enum class Way : std::uint8_t { up = 0, down = 1 };
inline constexpr Way kWays[] = {Way::up, Way::down};
constexpr Way other(Way way) { return way == Way::up ? Way::down : Way::up; }
constexpr std::size_t index(Way way) { return static_cast<std::size_t>(way); }

/// Which ways a fault acts on: one stream of a connection, or both.
enum class Ways : std::uint8_t { up = 1, down = 2, both = 3 };
constexpr bool covers(Ways ways, Way way) { return (static_cast<unsigned>(ways) >> index(way) & 1) != 0; }

/// How a proxy that is a TLS server meets the program. A fault on the handshake names another than `normal`.
enum class Handshake : std::uint8_t {
  normal,
  expired,        ///< The certificate's time is over.
  not_yet_valid,  ///< It has not begun.
  wrong_name,     ///< The certificate is another host's.
  untrusted,      ///< Its issuer is nobody's.
  stall,          ///< The program's first message gets no answer.
  old,            ///< TLS 1.0 and 1.1 alone.
};

/// How the bytes of one way end.
enum class End : std::uint8_t { none, fin, reset };

/// Longest time that a parameter in ms may give.
inline constexpr double kHourMs = 3'600'000;

inline constexpr Ns kNever = std::numeric_limits<Ns>::max();

/// What stands in front of a fault, one way. `bytes` holds as long as the call.
struct Waiting {
  std::string_view bytes;
  End end = End::none;  ///< What follows after the bytes, once it is known.
};

/// What a fault wants done, one way. The parts happen in the order of the fields.
struct Step {
  std::size_t pass = 0;   ///< This many of the waiting bytes go on as they are.
  std::size_t drop = 0;   ///< This many after them go nowhere.
  std::string insert{};   ///< Sent on after those: with `drop` it replaces them.
  std::string answer{};   ///< Sent back the other way, behind what went there already.
  bool hold_end = false;  ///< The end waits too, though no byte waits before it.
  bool finish = false;    ///< FIN now, this way; whatever else comes this way goes nowhere.
  bool close = false;     ///< FIN both ways, behind what went on already; whatever else comes goes nowhere.
  bool reset = false;     ///< RST to both sides.
  Ns again = kNever;      ///< Ask again at this time, even if nothing arrives and nothing waits.
  /// `answer` is all that a request gets that taps before this one have let pass, and those behind have not seen.
  bool answered = false;
};

/// All that is asked of a fault that does nothing: everything goes on.
Step pass_all(const Waiting& waiting);

/// What a fault may know of a connection when it meets it.
struct ConnectionView {
  bool fresh = true;         ///< False: it was open before the fault came into force.
  bool awaiting = false;     ///< A request was sent and no byte of its answer has been seen.
  std::uint64_t number = 0;  ///< Of the connection, in the order they came: what is drawn for it follows from it.
  /// Where it is known to speak HTTP/2 already: what it has said. Holds as long as the call; nullptr: not known.
  const Http2State* http2 = nullptr;
  /// Where it has spoken Redis' protocol from its beginning: what is owed. Holds as long as the call; nullptr: not
  /// known.
  const RespCount* resp = nullptr;
  const PgCount* postgres = nullptr;  ///< The same for PostgreSQL's protocol.
  const MySqlCount* mysql = nullptr;  ///< The same for MySQL's protocol.
  const Http1Count* http1 = nullptr;  ///< The same for HTTP/1.1, where that is not over.
  bool not_http1 = false;             ///< It has begun with something else than HTTP, or has become something else.
  bool starttls = false;  ///< The relay ends TLS that begins inside the protocol, and what asks for it is not seen.
  Http2Meeting* meeting = nullptr;  ///< Of the connection's taps that are for HTTP; nullptr: there is no other.
};

/// Requested and achieved effect of one injected fault, over all its connections. The chain counts what is common; a
/// fault adds its delays.
struct Measure {
  std::int64_t connections = 0;
  std::int64_t reset = 0;
  std::int64_t closed = 0;  ///< Connections that it ended with FIN, one way or both.
  std::int64_t requests = 0;
  /// What it acted on, by its own count: messages or handshakes, where it is a fault on those; bytes turned; chunks
  /// lost.
  std::int64_t acted = 0;
  std::int64_t opaque = 0;  ///< Connections that a fault on messages does not understand, or not whole (Tap::opaque).
  std::int64_t bytes[2] = {};
  std::int64_t lost = 0;  ///< Bytes that went nowhere, of a fault that puts nothing in their place (Tap::answers).
  std::int64_t held = 0;  ///< Waiting now, over all connections.
  std::int64_t most_held = 0;
  Histogram asked, added, late;

  /// An answer, or what else a fault holds, was to wait for `wanted` and waited for `real`.
  void delay(Ns wanted, Ns real);
};

/// A fault on one connection. One thread. Lives from the moment both exist until one of them ends.
class Tap {
 public:
  virtual ~Tap() = default;
  /// The connection and the fault met. Asked once, first; `again` of the answer counts for the way up.
  virtual Step begin(Ns) { return {}; }
  /// Bytes arrived behind those that wait already. For noting times and boundaries; nothing moves by it.
  virtual void arrive(Way, std::string_view, Ns) {}
  /// What may go on now? Asked while something waits (bytes or an end) and at the time it named itself; asked again
  /// at once as long as its answers move something.
  virtual Step admit(Way way, const Waiting& waiting, Ns now) = 0;
  /// The fault is taken out of force. Asked once; what still waits after that moves on, and nothing more is asked but
  /// what stays() and hosts() say, and of one that does either.
  virtual Step leave(Ns) { return {}; }
  /// Asked behind leave(): what it has done so far can go on only through it, so that it stays in the connection,
  /// without its fault, and is asked as before.
  virtual bool stays() const { return false; }
  /// A tap behind it has answered the oldest request that it let pass and that is owed an answer: none will come by.
  virtual void answered_behind() {}
  /// It acts for other taps of its connection too: it is asked anew when one of those leaves.
  virtual bool hosts() const { return false; }
  /// How it wants the TLS handshake with the program to be. Asked while the program's first message waits for its
  /// answer, where the proxy is a TLS server; the first fault that wants something else than `normal` has its way.
  virtual Handshake handshake() { return Handshake::normal; }
  /// It sends answers of its own: then it is asked only while there is room for them too.
  virtual bool answers() const { return false; }
  /// It does not understand what flows, or no longer does, and lets it pass untouched until the connection ends; or it
  /// let one message pass that is longer than it reads (limits::kFaultMessageBytes).
  virtual bool opaque() const { return false; }
  /// How many bytes may wait before it, one way, until their source is not read any more.
  virtual std::size_t room() const { return limits::kRelayQueueBytes; }
};

/// A fault in force on an edge: makes a tap for each connection that it meets. What all its connections share (a
/// count of messages, a bandwidth) lives here.
class Fault {
 public:
  virtual ~Fault() = default;
  virtual std::unique_ptr<Tap> attach(const ConnectionView& view) = 0;
  /// Other values of its parameters: every connection that it met acts by them from now on, keeping what it counted.
  virtual void update(const Values& values) = 0;
};

/// One parameter of a fault.
struct ParameterRow {
  std::string_view name;
  std::string_view unit;  ///< "ms", "x", "bytes"; empty where it has none.
  std::string_view doc;
  double min = 0;
  double max = 0;
  double fallback = 0;  ///< Used when it is not given; need not lie between min and max (then: not given).
  bool whole = false;   ///< Whole numbers only.
  /// Of a parameter that is text, its default; then the numbers above mean nothing. nullptr: it is a number.
  const char* text = nullptr;
  /// Of a parameter that is text: the texts it may be, with ", " between them, or its default; empty: any.
  std::string_view choices{};
  /// Told only where it is not its default: of a toxic that Toxiproxy has without it.
  bool beyond = false;
};

/// A parameter that is text.
constexpr ParameterRow text_parameter(std::string_view name, const char* fallback, std::string_view doc) {
  return {.name = name, .unit = {}, .doc = doc, .text = fallback};
}
/// One that is its default or one of the choices, which stand with ", " between them.
constexpr ParameterRow choice_parameter(std::string_view name, const char* fallback, std::string_view choices,
                                        std::string_view doc) {
  return {.name = name, .unit = {}, .doc = doc, .text = fallback, .choices = choices};
}

/// Values of a row's parameters, in the row's order, complete and within their ranges.
class Values {
 public:
  Values(std::span<const ParameterRow> rows, std::vector<Json> values) : rows_(rows), values_(std::move(values)) {}
  /// The value of a number that the row has; a length of time in ms comes as ms.
  double operator[](std::string_view name) const { return at(name).as_double(); }
  /// The value of a text that the row has.
  const std::string& text(std::string_view name) const { return at(name).as_string(); }
  bool has(std::string_view name) const;
  /// All, but for those that are beyond Toxiproxy's and not in use.
  Json to_json() const;
  /// Those that can be read again: without what was not given and has no value in its range.
  Json given() const;

 private:
  const Json& at(std::string_view name) const;

  std::span<const ParameterRow> rows_;
  std::vector<Json> values_;
};

/// What a fault may use while it lives.
struct FaultContext {
  Rng rng;                     ///< Its own, from the run's seed.
  Ns usual = 0;                ///< Median time from request to first answer byte before any fault; 0: not measured.
  Measure* measure = nullptr;  ///< Outlives the fault.
};

/// Chance for one connection: the same for the same fault's seed and the same number of the connection.
Rng chance_of(std::uint64_t seed, const ConnectionView& view);

/// A row of the fault table.
struct FaultRow {
  std::string_view name;
  std::string_view doc;  ///< One sentence.
  /// What it acts on: "edge" (both ways), "handshake" (that of TLS with the program, and nothing else), "stream" (one
  /// way of a connection), "exchange" (requests and answers) or "dns" (queries to a DNS forwarder).
  std::string_view applies;
  std::span<const ParameterRow> parameters;
  Result<std::unique_ptr<Fault>> (*make)(const Values& values, FaultContext context);  ///< nullptr: of "dns" rows.
  Result<std::unique_ptr<DnsFault>> (*make_dns)(const Values& values, FaultContext context) = nullptr;  ///< Of those.

  bool is_dns() const { return make_dns != nullptr; }
  bool is_handshake() const { return applies == "handshake"; }
};

/// The fault table (faults/all.cc): faults on edges, as the campaign injects them.
std::span<const FaultRow> fault_rows();
/// The faults on one stream of a connection that `proofload proxy` knows as toxics, with Toxiproxy's names.
std::span<const FaultRow> toxic_rows();
/// The faults on DNS queries, toxics of a proxy that is a DNS forwarder and of no other.
std::span<const FaultRow> dns_rows();
/// The row of a type of toxic: one of toxic_rows() or dns_rows(), or one of fault_rows() whose name none of those has.
/// nullptr: none.
const FaultRow* find_toxic(std::string_view type);
/// The names of a row's parameters, with ", " between them; "none" where it has none.
std::string parameter_names(const FaultRow& row);
/// The row of that name, or an error that names the rows there are.
Result<const FaultRow*> find_fault(std::string_view name);
/// The parameters of a row: unknown names, other types than numbers and values out of range are Errc::config.
Result<Values> read_values(const FaultRow& row, const Json& parameters);

}  // namespace pl::proxy
