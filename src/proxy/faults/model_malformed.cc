#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

/// JSON without the marks that close objects and lists, which no parser takes.
std::string broken(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c == '}' || c == ']'; }, ' ');
  return out;
}

class Malformed : public EventStream {
 public:
  explicit Malformed(std::int64_t number) : number_(number) {}

 private:
  Reaction event(const StreamEvent& event) override {
    return event.number == number_ ? Reaction{.piece = {.out = broken(event.bytes)}} : pass(event);
  }
  bool reads_documents() const override { return true; }
  std::string document(std::string body) override { return broken(body); }

  std::int64_t number_;
};

struct ModelMalformedSetting {
  explicit ModelMalformedSetting(const Values& values) : number(static_cast<std::int64_t>(values["event"])) {}
  HttpPlan plan(const HttpRequest&, Rng&) const {
    return {.filter = std::make_unique<Malformed>(number), .plain = true};
  }

  std::int64_t number;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_malformed(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelMalformedSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
