#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

/// Lets so many bytes of the body through; then the connection ends, though the head promised more.
class Truncated : public AnswerFilter {
 public:
  explicit Truncated(std::size_t bytes) : left_(bytes) {}
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override {
    const std::string_view taken = payload.substr(0, left_);
    left_ -= taken.size();
    const bool cuts = payload.size() > taken.size();
    cut_ = cut_ || cuts;
    payload = {};
    return {.out = std::string(taken), .then = cuts ? Then::close : Then::go_on};
  }
  bool acted() const override { return cut_; }

 private:
  std::size_t left_;
  bool cut_ = false;
};

struct HttpTruncateSetting {
  explicit HttpTruncateSetting(const Values& values) : bytes(static_cast<std::size_t>(values["bytes"])) {}
  HttpPlan plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<Truncated>(bytes)}; }

  std::size_t bytes;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_http_truncate(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpTruncateSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
