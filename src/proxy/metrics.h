#pragma once
#include <string>

#include "proxy/proxies.h"

namespace pl::proxy {

/// What the proxies carried, as Prometheus reads it (text format 0.0.4): Toxiproxy's two counters, up to date while
/// connections are open, and our own.
std::string metrics_text(const Proxies& proxies, const Held& held);

}  // namespace pl::proxy
