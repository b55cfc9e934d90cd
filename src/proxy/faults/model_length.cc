#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

constexpr std::string_view kWords[] = {"The ", "answer ", "to ", "this ", "is ", "long ", "and "};

struct ModelLengthSetting {
  explicit ModelLengthSetting(const Values& values) : events(static_cast<std::size_t>(values["events"])) {}
  ModelReply reply(const ModelRequest&) const {
    ModelReply reply{.kind = ModelReply::Kind::length};
    for (std::size_t i = 0; i < events; ++i) reply.pieces.emplace_back(kWords[i % std::size(kWords)]);
    return reply;
  }

  std::size_t events;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_length(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ReplySetting<ModelLengthSetting>, ModelScope::texts>>(values,
                                                                                             std::move(context));
}

}  // namespace pl::proxy::faults
