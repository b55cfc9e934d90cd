#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

struct ModelRefusalSetting {
  explicit ModelRefusalSetting(const Values& values) : text(values.text("text")) {}
  ModelReply reply(const ModelRequest&) const { return {.kind = ModelReply::Kind::refusal, .pieces = {text}}; }

  std::string text;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_refusal(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ReplySetting<ModelRefusalSetting>, ModelScope::texts>>(values,
                                                                                              std::move(context));
}

}  // namespace pl::proxy::faults
