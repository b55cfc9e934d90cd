#pragma once
#include <array>

#include "proxy/faults/setting_fault.h"

/// Faults on the TLS handshake with the program: makers, parameters, and what they have in common. Each lives in a file
/// tls_*.cc. They act on connections whose handshake has not begun, and let all bytes pass.
namespace pl::proxy::faults {

/// `Setting` is made of a row's Values and has `Handshake handshake`.
template <class Setting>
class HandshakeTap : public Tap {
 public:
  HandshakeTap(const Setting& setting, TapContext context) : setting_(setting), measure_(context.measure) {}
  Step admit(Way, const Waiting& waiting, Ns) override { return pass_all(waiting); }
  Handshake handshake() override {
    if (!counted_) ++measure_->acted;
    counted_ = true;
    return setting_.handshake;
  }

 private:
  const Setting& setting_;
  Measure* measure_;
  bool counted_ = false;
};

template <class Setting>
using HandshakeFault = SettingFault<HandshakeTap<Setting>, Setting>;

/// A setting without parameters.
template <Handshake kHandshake>
struct FixedHandshake {
  explicit FixedHandshake(const Values&) {}
  Handshake handshake = kHandshake;
};

Result<std::unique_ptr<Fault>> make_tls_certificate(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_tls_stall(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_tls_old(const Values& values, FaultContext context);

inline constexpr std::array<ParameterRow, 1> kTlsCertificateParameters{{
    choice_parameter("kind", "expired", "expired, not_yet_valid, wrong_name, untrusted",
                     "What is wrong with it; else it is as it should be."),
}};

}  // namespace pl::proxy::faults
