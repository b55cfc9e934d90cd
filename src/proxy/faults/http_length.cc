#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

/// The head promises another length than the body has. A body in chunks, which promises nothing, never gets its last
/// chunk: its reader waits for more in both cases.
class WrongLength : public AnswerFilter {
 public:
  explicit WrongLength(std::int64_t by) : by_(by) {}
  Ns head(wire::HttpHead& head) override {
    for (auto& [name, value] : head.headers) {
      if (!wire::equal_ignoring_case(name, "Content-Length")) continue;
      const std::int64_t length = std::strtoll(value.c_str(), nullptr, 10);
      value = std::to_string(std::max<std::int64_t>(0, length + by_));
      counted_ = true;
      acted_ = by_ != 0;
    }
    return 0;
  }
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override {
    acted_ = acted_ || !counted_;  // its end will not come
    return {.out = std::string(std::exchange(payload, {}))};
  }
  /// An answer that has no body, as to HEAD, has no last chunk to wait for either.
  Piece end() override { return {.then = counted_ || !acted_ ? Then::go_on : Then::stall}; }
  bool acted() const override { return acted_; }

 private:
  std::int64_t by_;
  bool counted_ = false;  ///< It has a Content-Length.
  bool acted_ = false;
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
