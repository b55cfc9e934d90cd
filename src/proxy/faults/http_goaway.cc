#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

/// What HTTP/1.1 has for it: the answer says that the connection ends behind it, and it does.
class LastOfConnection : public AnswerFilter {
 public:
  Ns head(wire::HttpHead& head) override {
    std::erase_if(head.headers, [](const auto& field) { return wire::equal_ignoring_case(field.name, "Connection"); });
    head.headers.push_back({"Connection", "close"});
    return 0;
  }
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override { return {.out = std::string(std::exchange(payload, {}))}; }
  Piece end() override { return {.then = Then::last_and_close}; }
};

wire::Http2Error error_of(std::string_view name) {
  if (name == "internal_error") return wire::Http2Error::internal_error;
  return name == "enhance_your_calm" ? wire::Http2Error::enhance_your_calm : wire::Http2Error::no_error;
}

struct HttpGoawaySetting {
  explicit HttpGoawaySetting(const Values& values)
      : goaway{.error = error_of(values.text("error")),
               .serves = values.text("request") == "served",
               .drain = static_cast<Ns>(values["drain"] * kMs)} {}
  HttpPlan plan(const HttpRequest&, Rng&) const {
    return {.filter = std::make_unique<LastOfConnection>(), .goaway = goaway};
  }

  HttpGoaway goaway;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_http_goaway(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpGoawaySetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
