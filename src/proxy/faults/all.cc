#include "proxy/faults/all.h"

namespace pl::proxy {
namespace {

using namespace faults;

constexpr FaultRow kRows[] = {
    {"refuse", "Open connections are reset, and so is every new one.", "edge", {}, make_refuse},
    {"silent", "Connections open and stay open, and no byte passes either way.", "edge", {}, make_silent},
    {"latency", "The first byte of each answer comes later.", "edge", kLatencyParameters, make_latency},
    {"reset", "Open connections are reset, and new ones after their first data.", "edge", kResetParameters, make_reset},
    {"bandwidth", "Bytes pass at a limited rate.", "edge", kBandwidthParameters, make_bandwidth},
    {"stall", "Each answer stops in mid-stream; the connection stays open.", "edge", kAfterBytesParameters, make_stall},
    {"cut", "Each answer ends in mid-stream with the end of the connection.", "edge", kAfterBytesParameters, make_cut},
    {"throttle", "Only so many requests are let through at once; the others wait.", "edge", kThrottleParameters,
     make_throttle},
};

}  // namespace

std::span<const FaultRow> fault_rows() { return kRows; }

}  // namespace pl::proxy
