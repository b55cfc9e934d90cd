#include "plan/protocol_faults.h"

namespace pl::plan {
namespace {

constexpr std::string_view kHonest = "customers get an honest answer";

constexpr ProtocolFault kFaults[] = {
    {"http", false, "status_500", "http_status", R"({"status": 500})", kHonest},
    {"http", false, "status_503", "http_status", R"({"status": 503, "retry_after": 5})", kHonest},
    {"http", false, "status_429", "http_status", R"({"status": 429, "retry_after": 5})", kHonest},
    {"http", false, "malformed", "http_malformed", "{}", kHonest},
};

}  // namespace

std::span<const ProtocolFault> protocol_faults() { return kFaults; }

}  // namespace pl::plan
