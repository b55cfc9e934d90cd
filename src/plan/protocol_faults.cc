#include "plan/protocol_faults.h"

namespace pl::plan {
namespace {

using enum ProtocolFault::Behind;

constexpr std::string_view kHonest = "customers get an honest answer";
constexpr std::string_view kTold = "customers are told so";
constexpr std::string_view kServed = "customers are served as before";
constexpr std::string_view kBounded = "no customer waits without a bound";

constexpr ProtocolFault kFaults[] = {
    {"http", no_model, "status_500", "http_status", R"({"status": 500})", kHonest},
    {"http", no_model, "status_503", "http_status", R"({"status": 503, "retry_after": 5})", kHonest},
    {"http", no_model, "status_429", "http_status", R"({"status": 429, "retry_after": 5})", kHonest},
    {"http", no_model, "malformed", "http_malformed", "{}", kHonest},

    {"http", model, "status_500", "model_error", R"({"kind": "server_error"})", kHonest},
    {"http", model, "status_503", "model_error", R"({"kind": "overloaded"})", kHonest},
    {"http", model, "status_429", "model_error", R"({"kind": "rate_limited", "retry_after": 5})", kHonest},
    {"http", model, "malformed", "model_malformed", "{}", kTold},
    {"http", model, "stream_stalled", "model_stall", "{}", kBounded},
    {"http", model, "stream_cut", "model_cut", "{}", kTold},
    {"http", model, "stream_unended", "model_no_end", "{}", kTold},
    {"http", model, "empty", "model_empty", "{}", kTold},
    // Whoever passes the model's words on hides nothing: none of them may be one that speaks of a failure.
    {"http", model, "refusal", "model_refusal", R"({"text": "I can't help with that."})", kTold},
    {"http", model, "endless", "model_endless", "{}", kBounded},

    {"postgres", anything, "too_many", "postgres_refuse_new", R"({"sqlstate": "53300"})", kHonest},
    {"postgres", anything, "read_only", "postgres_error", R"({"sqlstate": "25006"})", kHonest},
    {"postgres", anything, "conflicts", "postgres_error", R"({"sqlstate": "40001", "share": 0.2})", kServed},
    {"postgres", anything, "failover", "postgres_failover", R"({"down": 3000, "read_only": 2000})", kHonest},

    {"mysql", anything, "too_many", "mysql_refuse_new", "{}", kHonest},
    {"mysql", anything, "read_only", "mysql_error", R"({"code": 1290, "statement": "write"})", kHonest},
    {"mysql", anything, "conflicts", "mysql_error", R"({"code": 1213, "share": 0.2})", kServed},

    {"redis", anything, "loading", "redis_error", R"({"kind": "loading"})", kHonest},
    {"redis", anything, "read_only", "redis_error", R"({"kind": "readonly"})", kHonest},
    {"redis", anything, "out_of_memory", "redis_error", R"({"kind": "oom"})", kHonest},
    {"redis", anything, "evicted", "redis_nil", "{}", kServed},
};

}  // namespace

std::span<const ProtocolFault> protocol_faults() { return kFaults; }

}  // namespace pl::plan
