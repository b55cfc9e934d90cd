#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "base/time.h"
#include "proxy/messages/http_answer.h"
#include "wire/http1.h"
#include "wire/http2.h"

namespace pl::proxy {

/// A request as a fault sees it, whatever version of HTTP it came by: of HTTP/2 the pseudo-header fields are method,
/// target and Host.
struct HttpRequest {
  const wire::HttpHead& head;
  std::string_view body;  ///< Where the fault reads bodies, whole (limits::kFaultMessageBytes at most); else empty.
};

/// Whether the client of this request wants its connection to end behind the answer (RFC 9112 section 9.3).
inline bool asks_to_close(const wire::HttpHead& request) {
  const bool keeps = request.minor >= 1 || wire::header_has_token(request.headers, "Connection", "keep-alive");
  return !keeps || wire::header_has_token(request.headers, "Connection", "close");
}

/// The end of an HTTP/2 connection that is announced (GOAWAY, RFC 9113 section 6.8).
struct HttpGoaway {
  wire::Http2Error error = wire::Http2Error::no_error;
  bool serves = true;  ///< The request that it is sent at is still served; else it, and all behind it, go nowhere.
  Ns drain = 0;        ///< Until the connection ends, though requests that are served have no answer yet.
};

/// What is done about one exchange. By default: nothing.
struct HttpPlan {
  std::optional<std::string> answer{};     ///< Sent instead of passing the request on, as HTTP/1.1 writes it.
  Ns after = 0;                            ///< Time until that answer.
  bool close = false;                      ///< The connection ends behind that answer.
  std::unique_ptr<AnswerFilter> filter{};  ///< What becomes of the server's answer.
  bool plain = false;                      ///< The server is asked for an answer without content coding.
  std::optional<HttpGoaway> goaway{};      ///< Of HTTP/2, instead of all else; HTTP/1.1 has the filter.

  bool acts() const { return answer.has_value() || filter != nullptr || goaway.has_value(); }
};

/// Who decides about requests: the fault in force.
class HttpPlanner {
 public:
  virtual ~HttpPlanner() = default;
  virtual HttpPlan plan(const HttpRequest& request, Rng& rng) = 0;
  /// Requests are held until they are whole, so that plan() sees their bodies.
  virtual bool reads_bodies() const { return false; }
  /// Of those it can plan for, as far as the head tells.
  virtual bool reads_body_of(const wire::HttpHead&) const { return reads_bodies(); }
  /// The time that is in force now for own answers that wait already; nothing: the one that was planned.
  virtual std::optional<Ns> delay() const { return std::nullopt; }
};

}  // namespace pl::proxy
