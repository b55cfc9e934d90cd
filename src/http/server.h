#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/handoff.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"
#include "os/reactor.h"
#include "wire/http1.h"

namespace pl::http {

/// A whole request.
struct ServerRequest {
  wire::HttpHead head;
  std::string path;   ///< The target up to '?', not decoded.
  std::string query;  ///< What follows '?', not decoded.
  std::string body;
};

class ServerConnection;

/// The way back for one request; copies are the same one. Either send(), or begin(), any number of write() and end().
/// Calls in another order, after the end, or after the client went away do nothing. May be kept and used later, also
/// after the server is gone; only on the reactor's thread.
class Responder {
 public:
  Responder(std::shared_ptr<ServerConnection> connection, std::uint64_t exchange)
      : connection_(std::move(connection)), exchange_(exchange) {}

  /// The whole answer. Content-Length and, where needed, Connection are added.
  void send(int status, wire::HttpHeaders headers, std::string_view body) const;
  /// Begins an answer of unknown length: chunked, or up to the close for HTTP/1.0.
  void begin(int status, wire::HttpHeaders headers) const;
  void write(std::string_view bytes) const;
  void end() const;
  /// Closes the connection with RST, wherever the answer is.
  void abort() const;
  /// The answer can still be written: the client is there and end() was not called.
  bool open() const;

 private:
  std::shared_ptr<ServerConnection> connection_;
  std::uint64_t exchange_;
};

/// Limits of a server; reaching one closes the connection, after an answer that says so where one can be sent.
struct ServerOptions {
  Endpoint listen;  ///< Port 0 picks a free one.
  /// At one time. When there are more, or no descriptor is left, the one that has been idle longest is closed for a new
  /// one; where none is idle, the new one.
  std::size_t connections = 4096;
  std::function<void()> full{};                        ///< Called when a connection is closed for want of room.
  std::size_t body_bytes = limits::kHttpBodyBytes;     ///< 413 above.
  std::size_t pending_bytes = limits::kHttpBodyBytes;  ///< Answer bytes that a client leaves unread.
  Ns idle = 75 * kSec;  ///< Longest wait for the rest of a request, the next one, or for the client to read on.
};

/// A small HTTP/1.1 server (RFC 9112): keep-alive, pipelined requests answered in order, chunked bodies both ways,
/// 100-continue, HEAD, half-closed clients. Bad input gets 400, 413, 431, 501 or 505 and a close. The handler is called
/// on the reactor's thread, for one request per connection at a time. The reactor must outlive it.
class Server {
 public:
  using Handler = std::function<void(const ServerRequest& request, Responder responder)>;

  static Result<std::unique_ptr<Server>> create(os::Reactor& reactor, const ServerOptions& options, Handler handler);
  /// Closes the listener and all connections.
  ~Server();
  /// Where it listens.
  const Endpoint& endpoint() const;
  std::size_t connections() const;

  /// What its connections share; defined in server.cc.
  struct Core;

 private:
  explicit Server(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  std::shared_ptr<Core> core_;
};

}  // namespace pl::http
