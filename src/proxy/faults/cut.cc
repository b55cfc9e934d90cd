#include "proxy/faults/all.h"
#include "proxy/faults/answer_count.h"

namespace pl::proxy::faults {
namespace {

class CutTap : public Tap {
 public:
  CutTap(const std::size_t& bytes, bool awaiting) : count_(bytes, awaiting) {}
  Step admit(Way way, const Waiting& waiting, Ns) override {
    const std::size_t pass = count_.allowed(way, waiting.bytes.size());
    return {.pass = pass, .finish = pass < waiting.bytes.size()};
  }

 private:
  AnswerCount count_;
};

class Cut : public Fault {
 public:
  explicit Cut(std::size_t bytes) : bytes_(bytes) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<CutTap>(bytes_, view.awaiting);
  }
  void update(const Values& values) override { bytes_ = static_cast<std::size_t>(values["bytes"]); }

 private:
  std::size_t bytes_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_cut(const Values& values, FaultContext) {
  return std::make_unique<Cut>(static_cast<std::size_t>(values["bytes"]));
}

}  // namespace pl::proxy::faults
