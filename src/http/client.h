#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/handoff.h"
#include "base/time.h"
#include "os/reactor.h"
#include "wire/http1.h"

namespace pl::http {

/// How an exchange ended without a whole answer.
enum class Failure : std::uint8_t {
  refused,  ///< connect() failed: nobody listens, or no way there.
  reset,    ///< RST, or another error of the connection.
  closed,   ///< FIN before the answer was whole.
  broken,   ///< What came was not HTTP: `detail` says what.
};

/// A request. `Host` is added where `headers` name none, `Content-Length` where there is a body or the method is POST,
/// PUT or PATCH.
struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  wire::HttpHeaders headers;
  std::string body;
};

/// What an exchange says, each with the time it was read by the reactor's clock. Views are valid during the call. Any
/// of them may call cancel() or destroy the connection; from on_end and on_failure the next send() is allowed. An unset
/// function is not called. Only on_sent may be called from inside send().
struct ClientEvents {
  std::function<void(Ns at)> on_sent;        ///< The request's last byte was taken by the kernel.
  std::function<void(Ns at)> on_first_byte;  ///< First byte of the answer.
  /// Not called for 1xx, except 101.
  std::function<void(const wire::HttpHead& head, Ns at)> on_head;
  std::function<void(std::string_view bytes, Ns at)> on_body;
  std::function<void(Ns at)> on_end;  ///< The answer is whole.
  std::function<void(Failure failure, const std::string& detail, Ns at)> on_failure;
};

/// One HTTP/1.1 connection that carries one exchange at a time and is kept alive between them. Connects when first
/// needed, and anew when the last answer ended the connection. A connection that the server closed while it was idle is
/// replaced before the next request; one that turns out closed before any byte of an answer to a *reused* connection is
/// replaced once, for methods that may be repeated (GET, HEAD, OPTIONS, PUT, DELETE), as browsers do. It sets no time
/// limit of its own: the caller cancels. Not copied, not moved; one thread, the reactor's.
class ClientConnection {
 public:
  /// `from`: the address to connect from, family 0 for any.
  ClientConnection(os::Reactor& reactor, const Endpoint& endpoint, const Endpoint& from = {});
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// Begins an exchange; there must be none under way (busy()).
  void send(ClientRequest request, ClientEvents events);
  /// Ends the exchange without further events and closes the connection, with RST where `reset`.
  void cancel(bool reset = false);
  /// An exchange is under way.
  bool busy() const;
  /// Connected and idle: the next exchange reuses it.
  bool reusable() const;
  /// How many connections it has begun.
  int connects() const;
  /// Whether the exchange under way, or the last one, went over a connection that had carried another one before.
  bool reused() const;
  const Endpoint& endpoint() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< Running callbacks keep it too, so that any of them may destroy the connection.
};

}  // namespace pl::http
