#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "record/fields.h"
#include "record/observation.h"

/// What sandbox, relay and throw-away services see. See kinds.h.
namespace pl::record {

/// How the sandbox stands.
struct SandboxStarted {
  std::string isolation;            ///< "pid+mount", "user+pid+mount" or "subreaper".
  std::vector<std::string> limits;  ///< What this machine does not allow, in words.
  static constexpr std::string_view kName = "sandbox_started",
                                    kDoc = "How the sandbox stands and what it cannot do here.";
  static constexpr Source kSource = Source::sandbox;
  template <class To>
  static void fields(To&& field) {
    using K = SandboxStarted;
    field("isolation", "", &K::isolation);
    field("limits", "", &K::limits);
  }
};

/// A program was executed and /proc confirmed it.
struct ProcessStarted {
  std::int64_t pid = 0;
  std::int64_t parent = 0;
  std::string exe;
  std::vector<std::string> argv;  ///< Values that look like secrets are hashed.
  std::string folder;
  std::int64_t uid = 0;
  std::string provided;  ///< Name of the throw-away service this is the command of; empty for the application's.
  static constexpr std::string_view kName = "process_started", kDoc = "A program was executed in the sandbox.";
  static constexpr Source kSource = Source::sandbox;
  template <class To>
  static void fields(To&& field) {
    using K = ProcessStarted;
    field("pid", "", &K::pid);
    field("parent", "", &K::parent);
    field("exe", "", &K::exe);
    field("argv", "", &K::argv);
    field("folder", "", &K::folder);
    field("uid", "", &K::uid);
    field("provided", "", &K::provided);
  }
};

/// A process ended. `ours` says that proofload ended it.
struct ProcessEnded {
  std::int64_t pid = 0;
  std::int64_t status = -1;  ///< Exit status; -1 where a signal ended it or it is unknown.
  std::int64_t signal = 0;
  bool ours = false;
  static constexpr std::string_view kName = "process_ended",
                                    kDoc = "A process of the sandbox that ran a program ended.";
  static constexpr Source kSource = Source::sandbox;
  template <class To>
  static void fields(To&& field) {
    using K = ProcessEnded;
    field("pid", "", &K::pid);
    field("status", "", &K::status);
    field("signal", "", &K::signal);
    field("ours", "", &K::ours);
  }
};

/// A process listens. `owner` is the process whose program opened the listener: the root of a component.
struct ListenerSeen {
  std::int64_t pid = 0;
  std::string address;    ///< "127.0.0.1", "::", or the path of a Unix socket.
  std::int64_t port = 0;  ///< 0 for a Unix socket.
  static constexpr std::string_view kName = "listener_seen", kDoc = "A process of the sandbox listens.";
  static constexpr Source kSource = Source::sandbox;
  template <class To>
  static void fields(To&& field) {
    using K = ListenerSeen;
    field("pid", "", &K::pid);
    field("address", "", &K::address);
    field("port", "", &K::port);
  }
};

/// First connect of a process to a destination; later ones are counted in FlowSecond.
struct ConnectSeen {
  std::int64_t pid = 0;
  std::int64_t owner = 0;               ///< Root of the nearest component above it; 0: none (yet).
  std::vector<std::int64_t> ancestors;  ///< Parent first, up to the sandbox's init.
  std::string address;                  ///< "127.0.0.1", "::1", or the path of a Unix socket.
  std::int64_t port = 0;
  std::string name;    ///< Host name looked up for it, where known.
  std::string result;  ///< "ok", "refused", "pending", "unix", "forbidden", or the error's name.
  static constexpr std::string_view kName = "connect_seen", kDoc = "First connect of a process to a destination.";
  static constexpr Source kSource = Source::sandbox;
  template <class To>
  static void fields(To&& field) {
    using K = ConnectSeen;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("ancestors", "", &K::ancestors);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("name", "", &K::name);
    field("result", "", &K::result);
  }
};

/// A destination outside loopback and the configuration was refused.
struct DestinationRefused {
  std::int64_t pid = 0;
  std::string program;
  std::string address;
  std::int64_t port = 0;
  std::string transport = "tcp";
  static constexpr std::string_view kName = "destination_refused",
                                    kDoc = "A destination outside the sandbox was refused.";
  static constexpr Source kSource = Source::sandbox;
  template <class To>
  static void fields(To&& field) {
    using K = DestinationRefused;
    field("pid", "", &K::pid);
    field("program", "", &K::program);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("transport", "", &K::transport);
  }
};

/// Something passed by the sandbox without being intercepted.
struct NotIntercepted {
  std::int64_t pid = 0;
  std::string program;
  std::string what;  ///< In words: "UDP to 127.0.0.1:53", "a non-dumpable process".
  static constexpr std::string_view kName = "not_intercepted", kDoc = "What passed without being intercepted.";
  static constexpr Source kSource = Source::sandbox;
  template <class To>
  static void fields(To&& field) {
    using K = NotIntercepted;
    field("pid", "", &K::pid);
    field("program", "", &K::program);
    field("what", "", &K::what);
  }
};

/// What spoke on a flow, as sniffed from its first bytes.
struct ProtocolSeen {
  std::int64_t pid = 0;  ///< Process that opened the connection.
  std::int64_t owner = 0;
  std::string address;
  std::int64_t port = 0;
  std::string protocol;     ///< As wire::Sniffed says.
  std::string product;      ///< As announced on the wire: "PostgreSQL", "MariaDB", "Redis"; empty where unsaid.
  std::string version;      ///< As announced on the wire.
  std::string server_name;  ///< TLS SNI or HTTP Host.
  static constexpr std::string_view kName = "protocol_seen", kDoc = "What spoke on a flow, from its first bytes.";
  static constexpr Source kSource = Source::relay;
  template <class To>
  static void fields(To&& field) {
    using K = ProtocolSeen;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("protocol", "", &K::protocol);
    field("product", "", &K::product);
    field("version", "", &K::version);
    field("server_name", "", &K::server_name);
  }
};

/// What one flow (owner or process, destination) carried in one second of the run. An exchange is a run of bytes from
/// the program followed by the first byte of an answer.
struct FlowSecond {
  std::int64_t pid = 0;  ///< Process, where owner is 0; else 0.
  std::int64_t owner = 0;
  std::string address;
  std::int64_t port = 0;
  std::int64_t second = 0;
  std::int64_t connects = 0;  ///< Connections opened.
  std::int64_t refused = 0;   ///< Connects that were refused, by a fault or by the destination.
  std::int64_t closed = 0;
  std::int64_t resets = 0;
  std::int64_t open = 0;      ///< Open at the end of the second.
  std::int64_t bytes_up = 0;  ///< From the program.
  std::int64_t bytes_down = 0;
  std::int64_t requests = 0;   ///< Runs of bytes from the program, whether answered or not.
  std::int64_t exchanges = 0;  ///< Those that were answered.
  std::string latency;         ///< Histogram of exchange times in ns, base64 of base/histogram.h's encoding.
  static constexpr std::string_view kName = "flow_second", kDoc = "What one flow carried in one second.";
  static constexpr Source kSource = Source::relay;
  template <class To>
  static void fields(To&& field) {
    using K = FlowSecond;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("second", "s", &K::second);
    field("connects", "", &K::connects);
    field("refused", "", &K::refused);
    field("closed", "", &K::closed);
    field("resets", "", &K::resets);
    field("open", "", &K::open);
    field("bytes_up", "bytes", &K::bytes_up);
    field("bytes_down", "bytes", &K::bytes_down);
    field("requests", "", &K::requests);
    field("exchanges", "", &K::exchanges);
    field("latency", "ns", &K::latency);
  }
};

/// A throw-away service was started by proofload.
struct ServiceProvided {
  std::string name;     ///< "postgres", "model".
  std::string product;  ///< "PostgreSQL", "OpenAI-compatible model".
  std::string version;
  std::int64_t pid = 0;
  std::string address;
  std::int64_t port = 0;
  static constexpr std::string_view kName = "service_provided", kDoc = "A throw-away service was started by proofload.";
  static constexpr Source kSource = Source::service;
  template <class To>
  static void fields(To&& field) {
    using K = ServiceProvided;
    field("name", "", &K::name);
    field("product", "", &K::product);
    field("version", "", &K::version);
    field("pid", "", &K::pid);
    field("address", "", &K::address);
    field("port", "", &K::port);
  }
};

}  // namespace pl::record
