#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

constexpr std::string_view kNeverOffered = "a_tool_that_was_never_offered";

struct ModelToolCallSetting {
  explicit ModelToolCallSetting(const Values& values) : malformed(values.text("kind") == "malformed") {}
  ModelReply reply(const ModelRequest& asked) const {
    ModelReply reply{.kind = ModelReply::Kind::call, .pieces = {"{\"location\":", "\"Par"}};
    if (!malformed) reply.pieces.emplace_back("is\"}");
    reply.tool = malformed && !asked.tool.empty() ? asked.tool : kNeverOffered;
    return reply;
  }

  bool malformed;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_tool_call(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ReplySetting<ModelToolCallSetting>, ModelScope::texts>>(values,
                                                                                               std::move(context));
}

}  // namespace pl::proxy::faults
