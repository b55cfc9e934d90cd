#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

struct ModelEmptySetting {
  explicit ModelEmptySetting(const Values&) {}
  ModelReply reply(const ModelRequest&) const { return {.kind = ModelReply::Kind::empty}; }
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_empty(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ReplySetting<ModelEmptySetting>>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
