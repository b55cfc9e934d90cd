#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

/// The head promises another length than the body has. A body in chunks, which promises nothing, never gets its last
/// chunk: its reader waits for more in both cases. One that ends with its connection, or HTTP/2's stream, has no length
/// that could be wrong.
class WrongLength : public AnswerFilter {
 public:
  explicit WrongLength(std::int64_t by) : by_(by) {}
  Ns head(wire::HttpHead& head) override {
    chunked_ = wire::header_has_token(head.headers, "Transfer-Encoding", "chunked");
    for (auto& [name, value] : head.headers) {
      if (!wire::equal_ignoring_case(name, "Content-Length")) continue;
      const std::int64_t length = std::strtoll(value.c_str(), nullptr, 10);
      value = std::to_string(std::max<std::int64_t>(0, length + by_));
      wrong_ = by_ != 0;
    }
    return 0;
  }
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override {
    has_body_ = true;
    return {.out = std::string(std::exchange(payload, {}))};
  }
  Piece end() override { return {.then = chunked_ && has_body_ ? Then::stall : Then::go_on}; }
  std::optional<Held> let_go() override { return wrong_ ? std::nullopt : std::optional(Held{}); }
  bool acted() const override { return wrong_ || (chunked_ && has_body_); }

 private:
  std::int64_t by_;
  bool wrong_ = false;  ///< Another length was promised.
  bool chunked_ = false;
  bool has_body_ = false;  ///< Not so of an answer to HEAD, whatever its head says.
};

struct HttpLengthSetting {
  explicit HttpLengthSetting(const Values& values) : by(static_cast<std::int64_t>(values["by"])) {}
  HttpPlan plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<WrongLength>(by)}; }

  std::int64_t by;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_http_length(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpLengthSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
