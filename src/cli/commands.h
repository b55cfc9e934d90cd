#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// The sub-commands, a file each. Flags are parsed in main.cc; these get plain values and return the exit code. An
/// error is printed by main as one line, and its row of the error table gives the exit code.
namespace pl::cli {

/// `proofload run`.
struct RunFlags {
  std::string folder;  ///< Empty: the current one.
  std::string config;  ///< Empty: proofload.yaml of the folder, where there is one.
  std::string out, budget, patience, key;
  std::vector<std::string> only, skip, command;
  std::vector<std::string> provide;  ///< Throw-away services beside the configuration's.
  std::uint64_t seed = 1;
  bool reverse = false, full = false, print_config = false;
};
Result<int> run(const RunFlags& flags);

/// `proofload report RUN`: prints the report that follows from the log.
Result<int> report(const std::string& run, const std::string& format);

/// `proofload verify RUN`.
Result<int> verify(const std::string& run, const std::string& trust);

/// `proofload why RUN FINDING`: the chain of evidence, from the finding to the frames.
Result<int> why(const std::string& run, const std::string& name);

/// `proofload repeat RUN CELL|FINDING`: makes its experiment again and says whether it agrees.
struct RepeatFlags {
  std::string run, what;
  std::string out;     ///< The new run's folder; empty: a dated one.
  std::string folder;  ///< Where the application is now; empty: where it was.
};
Result<int> repeat(const RepeatFlags& flags);

/// `proofload log RUN`: the log as text.
Result<int> log(const std::string& run, const std::vector<std::string>& kinds);

/// `proofload sandbox -- CMD`: runs a program and prints the dependency graph that was observed.
Result<int> sandbox(const std::vector<std::string>& command, const std::vector<std::string>& egress, bool json);

/// `proofload model-server`.
struct ModelServerFlags {
  std::string host = "127.0.0.1", first_token = "200ms", models;
  std::uint16_t port = 0;
  std::uint64_t seed = 1;
  double tokens_per_second = 50, jitter = 0.1;
};
Result<int> model_server(const ModelServerFlags& flags);

/// `proofload proxy`: a proxy with faults of its own, driven by Toxiproxy's API.
struct ProxyFlags {
  std::string host = "127.0.0.1", config;
  std::uint16_t port = 8474;
  std::uint64_t seed = 1;
  bool host_given = false;  ///< --host or --port stand on the command line: TOXIPROXY_URL is not asked.
};
Result<int> proxy(const ProxyFlags& flags);

/// `proofload proxy list` and its siblings: one request to the API of a running proxy.
struct ProxyOrder {
  enum class Verb { list, inspect, create, toggle, remove, toxic_add, toxic_update, toxic_remove };
  Verb verb = Verb::list;
  std::string proxy, listen, upstream;
  std::string protocol;  ///< Of a new proxy; empty: tcp.
  std::string toxic, type;
  std::string toxicity;                 ///< A number from 0 to 1; empty: not given.
  std::vector<std::string> attributes;  ///< "name=value".
  bool to_upstream = false, to_downstream = false;
};
Result<int> order_proxy(const ProxyFlags& flags, const ProxyOrder& order);

/// `proofload proxy faults`: every fault with its parameters, as a page of documentation.
Result<int> proxy_faults();

/// `proofload config`: the keys of proofload.yaml, or its JSON Schema.
int config(bool schema);

/// Prints a whole text on standard output; what cannot be written there is an error.
Result<int> print_text(std::string_view text);

/// Whether standard output is a terminal whose lines may be rewritten and coloured: NO_COLOR forbids colours only.
struct Terminal {
  bool interactive = false;
  bool colour = false;
  int width = 100;
};
Terminal terminal();

}  // namespace pl::cli
