#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/handoff.h"
#include "base/result.h"
#include "base/time.h"
#include "http/server.h"
#include "os/reactor.h"

namespace pl::sandbox {

inline constexpr std::string_view kUsualModels = "gpt-4o-mini,gpt-4o,text-embedding-3-small";

/// How the built-in model behaves. Same seed and request, same answer, byte for byte.
struct ModelServerOptions {
  std::string address = "127.0.0.1";  ///< Numeric.
  std::uint16_t port = 0;             ///< 0 picks a free one.
  std::uint64_t seed = 1;
  Ns first_token = 200 * kMs;     ///< From the whole request to the first token; the whole wait for embeddings.
  double tokens_per_second = 50;  ///< Of each answer; 0: no pauses.
  double jitter = 0.1;  ///< 0 to 1: every pause is longer or shorter by up to this share, drawn by the seed. 0: exact.
  std::string models;   ///< What /v1/models lists, with commas; empty: kUsualModels. Requests may name any other.
};

/// An OpenAI-compatible server: /v1/chat/completions (plain, streaming, tool calls, structured output),
/// /v1/responses (text, plain and streaming), /v1/embeddings, /v1/models; the prefix /v1 may be left out. Any model
/// name and any key are accepted; errors have the shape of OpenAI's. The reactor must outlive it.
class ModelServer {
 public:
  static Result<std::unique_ptr<ModelServer>> create(os::Reactor& reactor, const ModelServerOptions& options);
  const Endpoint& endpoint() const { return server_->endpoint(); }

 private:
  ModelServer() = default;
  std::unique_ptr<http::Server> server_;
};

/// Runs a model server in this process until a signal ends it: the body of `proofload model-server`. When it listens it
/// prints one line, `model-server: listening on http://127.0.0.1:PORT/v1`. Returns an exit code only where it could not
/// listen, after saying why on standard error.
int model_server_main(const ModelServerOptions& options);

}  // namespace pl::sandbox
