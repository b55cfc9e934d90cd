#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

/// JSON without the marks that close objects and lists, which no parser takes.
std::string broken(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c == '}' || c == ']'; }, ' ');
  return out;
}

struct ModelMalformedSetting {
  explicit ModelMalformedSetting(const Values& values) : number(static_cast<std::int64_t>(values["event"])) {}
  HttpPlan plan(const HttpRequest&, Rng&) const;

  std::int64_t number;
};

class Malformed : public EventStream {
 public:
  explicit Malformed(const ModelMalformedSetting& setting) : setting_(setting) {}

 private:
  Reaction event(const StreamEvent& event) override {
    return event.number == setting_.number ? Reaction{.piece = {.out = broken(event.bytes)}} : pass(event);
  }
  bool reads_documents() const override { return true; }
  std::string document(std::string body) override { return broken(body); }

  const ModelMalformedSetting& setting_;
};

HttpPlan ModelMalformedSetting::plan(const HttpRequest&, Rng&) const {
  return {.filter = std::make_unique<Malformed>(*this), .plain = true};
}

}  // namespace

Result<std::unique_ptr<Fault>> make_model_malformed(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelMalformedSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
