#include "base/text.h"
#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

/// JSON without the marks that close objects and lists, which no parser takes; as long as it was.
class Malformed : public AnswerFilter {
 public:
  bool reframes() const override { return false; }
  Ns head(wire::HttpHead& head) override {
    const std::string type = lower(head.value("Content-Type"));
    const bool meant = type.empty() || type.find("json") != type.npos;
    unreadable_ = meant && has_content_coding(head);
    readable_ = meant && !unreadable_;
    return 0;
  }
  Piece body(std::string_view& payload) override {
    std::string out(std::exchange(payload, {}));
    if (!readable_) return {.out = std::move(out)};
    for (char& c : out) {
      if (c != '}' && c != ']') continue;
      c = ' ';
      replaced_ = true;
    }
    return {.out = std::move(out)};
  }
  bool acted() const override { return replaced_; }
  bool unreadable() const override { return unreadable_; }

 private:
  bool readable_ = false;  ///< It is JSON, or does not say what it is.
  bool unreadable_ = false;
  bool replaced_ = false;
};

struct HttpMalformedSetting {
  explicit HttpMalformedSetting(const Values&) {}
  HttpPlan plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<Malformed>(), .plain = true}; }
};

}  // namespace

Result<std::unique_ptr<Fault>> make_http_malformed(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpMalformedSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
