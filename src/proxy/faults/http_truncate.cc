#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

struct HttpTruncateSetting {
  explicit HttpTruncateSetting(const Values& values) : bytes(static_cast<std::size_t>(values["bytes"])) {}
  HttpPlan plan(const HttpRequest&, Rng&) const;

  std::size_t bytes;
};

/// Lets so many bytes of the body through; then the connection ends, though the head promised more.
class Truncated : public AnswerFilter {
 public:
  explicit Truncated(const HttpTruncateSetting& setting) : setting_(setting) {}
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override {
    const std::string_view taken = payload.substr(0, setting_.bytes - std::min(setting_.bytes, sent_));
    sent_ += taken.size();
    const bool cuts = payload.size() > taken.size();
    cut_ = cut_ || cuts;
    payload = {};
    return {.out = std::string(taken), .then = cuts ? Then::close : Then::go_on};
  }
  bool acted() const override { return cut_; }

 private:
  const HttpTruncateSetting& setting_;
  std::size_t sent_ = 0;
  bool cut_ = false;
};

HttpPlan HttpTruncateSetting::plan(const HttpRequest&, Rng&) const {
  return {.filter = std::make_unique<Truncated>(*this)};
}

}  // namespace

Result<std::unique_ptr<Fault>> make_http_truncate(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpTruncateSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
