#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

/// The connection ends behind the whole answer, unannounced: one that the program kept for its next request is gone.
class Closed : public AnswerFilter {
 public:
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override { return {.out = std::string(std::exchange(payload, {}))}; }
  Piece end() override { return {.then = Then::last_and_close}; }
};

struct HttpCloseSetting {
  explicit HttpCloseSetting(const Values&) {}
  HttpPlan plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<Closed>()}; }
};

}  // namespace

Result<std::unique_ptr<Fault>> make_http_close(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpCloseSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
