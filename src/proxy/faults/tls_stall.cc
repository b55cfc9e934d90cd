#include "proxy/faults/tls.h"

namespace pl::proxy::faults {

Result<std::unique_ptr<Fault>> make_tls_stall(const Values& values, FaultContext context) {
  return std::make_unique<HandshakeFault<FixedHandshake<Handshake::stall>>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
