#pragma once
#include <array>

#include "proxy/fault.h"

/// The makers and parameters of all faults; each fault lives in a file of its own beside this one.
namespace pl::proxy::faults {

Result<std::unique_ptr<Fault>> make_refuse(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_silent(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_latency(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_reset(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_bandwidth(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_stall(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_cut(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_throttle(const Values& values, FaultContext context);

inline constexpr double kHourMs = 3'600'000;

inline constexpr std::array<ParameterRow, 3> kLatencyParameters{{
    {"delay", "ms", "Added once per exchange, to the first byte of the answer.", 0, kHourMs, 200},
    {"jitter", "ms", "The delay varies evenly by this much up and down.", 0, kHourMs, 0},
    {"factor", "x", "Instead of a delay: this many times the edge's usual time to the first answer byte.", 1, 10'000,
     0},
}};
inline constexpr std::array<ParameterRow, 1> kResetParameters{{
    {"after", "ms", "From the first data of a new connection, or the fault's beginning, to the reset.", 0, kHourMs, 0},
}};
inline constexpr std::array<ParameterRow, 1> kBandwidthParameters{{
    {"rate", "KB/s", "Thousands of bytes per second, each way, shared by the edge's connections.", 0.001, 10'000'000,
     100},
}};
inline constexpr std::array<ParameterRow, 1> kAfterBytesParameters{{
    {"bytes", "bytes", "Bytes of each answer that still come through.", 0, 1e12, 256},
}};
inline constexpr std::array<ParameterRow, 1> kThrottleParameters{{
    {"at_once", "", "Requests of the edge that may wait for the first byte of their answer together.", 1, 1e6, 1},
}};

}  // namespace pl::proxy::faults
