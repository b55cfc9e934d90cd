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
Result<std::unique_ptr<Fault>> make_noop(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_delay(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_stream_bandwidth(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_slow_close(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_timeout(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_reset_peer(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_slicer(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_limit_data(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_packet_loss(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_slow_connect(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_cut_after(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_corrupt(const Values& values, FaultContext context);

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
    {"bytes", "bytes", "Bytes of each answer that still come through.", 0, 1e12, 256, true},
}};
inline constexpr std::array<ParameterRow, 1> kThrottleParameters{{
    {"at_once", "", "Requests of the edge that may wait for the first byte of their answer together.", 1, 1e6, 1, true},
}};

/// Toxiproxy checks no range; these bounds only keep a time in ns and a count in bytes representable.
inline constexpr double kLongestMs = 1e12;
inline constexpr double kMostBytes = 1e15;

inline constexpr std::array<ParameterRow, 2> kDelayParameters{{
    {"latency", "ms", "From the arrival of each byte until it goes on.", 0, kLongestMs, 0, true},
    {"jitter", "ms", "The delay varies evenly by this much up and down; bytes keep their order.", 0, kLongestMs, 0,
     true},
}};
inline constexpr std::array<ParameterRow, 2> kStreamBandwidthParameters{{
    {"rate", "KB/s", "Thousands of bytes per second; 0: nothing passes.", 0, 1e9, 0, true},
    {"shared",
     "",
     "1: all connections of the proxy share the rate; 0: each has it for itself.",
     0,
     1,
     0,
     true,
     nullptr,
     {},
     true},
}};
inline constexpr std::array<ParameterRow, 1> kSlowCloseParameters{{
    {"delay", "ms", "From the end of the stream until it goes on.", 0, kLongestMs, 0, true},
}};
inline constexpr std::array<ParameterRow, 1> kTimeoutParameters{{
    {"timeout", "ms", "From accept, or from adding it, to the close; 0: never.", 0, kLongestMs, 0, true},
}};
inline constexpr std::array<ParameterRow, 1> kResetPeerParameters{{
    {"timeout", "ms", "From the first data of a new connection, or from adding it to an open one, to the reset.", 0,
     kLongestMs, 0, true},
}};
inline constexpr std::array<ParameterRow, 3> kSlicerParameters{{
    {"average_size", "bytes", "Of a slice; 0: nothing is sliced.", 0, kMostBytes, 0, true},
    {"size_variation", "bytes", "By how much slices differ from that, up and down.", 0, kMostBytes, 0, true},
    {"delay", "us", "Between two slices.", 0, kLongestMs, 0, true},
}};
inline constexpr std::array<ParameterRow, 1> kLimitDataParameters{{
    {"bytes", "bytes", "That pass before the connection is closed; counted on when it is changed.", 0, kMostBytes, 0,
     true},
}};
inline constexpr std::array<ParameterRow, 2> kPacketLossParameters{{
    {"loss_rate", "", "Chance that a chunk is lost.", 0, 1, 0.1},
    {"correlation", "", "Added to it after a lost chunk.", 0, 1, 0},
}};
inline constexpr std::array<ParameterRow, 1> kSlowConnectParameters{{
    {"delay", "ms", "From accept until the first byte passes, either way.", 0, kLongestMs, 0, true},
}};
inline constexpr std::array<ParameterRow, 1> kCutAfterParameters{{
    {"time", "ms", "From accept, or from adding it, to the close, however busy the connection is.", 0, kLongestMs, 0,
     true},
}};
inline constexpr std::array<ParameterRow, 1> kCorruptParameters{{
    {"rate", "", "Chance of each byte to have one bit turned.", 0, 1, 0.001},
}};

}  // namespace pl::proxy::faults
