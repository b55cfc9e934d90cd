#include "facts/fault_words.h"

#include <algorithm>
#include <iterator>

namespace pl::facts {
namespace {

constexpr FaultWords kFaults[] = {
    {"refuse", "refused", "refuses connections", "cannot be reached", true},
    {"refuse_long", "refused for 30 s", "refuses connections for 30 s", "cannot be reached", true},
    {"refuse_pair", "refused together", "refuse connections at once", "cannot be reached"},
    {"silent", "silent", "accepts everything and answers nothing", "stalls", true},
    {"latency", "slow", "answers more slowly", "is slow"},
    {"bandwidth", "at low bandwidth", "carries few bytes per second", "is slow"},
    {"throttle", "throttled", "serves only a few at once", "is busy"},
    {"reset", "reset", "resets connections", "cuts its connections", true},
    {"stall", "stalled in mid-stream", "stops in the middle of an answer", "stops in the middle of an answer"},
    {"cut", "cut in mid-stream", "ends in the middle of an answer", "breaks off in the middle of an answer"},
    {"status_500", "answering 500", "answers every request with 500", "answers with errors"},
    {"status_503", "answering 503", "answers 503 and says when to try again", "is overloaded"},
    {"status_429", "answering 429", "answers 429 and says when to try again", "limits the rate"},
    {"malformed", "answering no JSON", "answers JSON that does not parse", "answers with garbage"},
    {"stream_stalled", "stream stalled", "stops in the middle of its streams", "stops in the middle of an answer"},
    {"stream_cut", "stream cut", "ends its streams in the middle", "breaks off in the middle of an answer"},
    {"stream_unended", "stream not ended", "ends its streams without their last event", "does not finish its answers"},
    {"empty", "answering nothing", "answers without content", "has nothing to say"},
    {"refusal", "refusing", "refuses to answer", "refuses to answer"},
    {"endless", "answering without end", "answers without end", "does not come to an end"},
    {"too_many", "out of connections", "has no connection left for new clients", "is full"},
    {"read_only", "read-only", "takes no writes", "takes no writes"},
    {"conflicts", "full of conflicts", "fails a fifth of the statements for conflicts", "is busy"},
    {"failover", "failing over", "fails over: away for 3 s, then read-only for 2 s", "fails over"},
    {"loading", "loading", "is loading its data", "is not ready"},
    {"out_of_memory", "out of memory", "has no memory left for writes", "is full"},
    {"evicted", "evicted", "has forgotten every key", "has forgotten what it held"},
    {"freeze", "frozen", "is frozen", "stalls", true},
    {"kill", "killed", "is killed", "ends", true},
    {"restart_1s", "restarted for 1 s", "is away for a second and starts again", "restarts", true},
    {"restart", "restarted", "is away for a few seconds and starts again", "restarts", true},
    {"terminate", "asked to stop (TERM)", "is told to end (TERM)", ""},
    {"terminate_streams", "TERM, streams open", "is told to end while streams are open", ""},
    {"terminate_idle", "TERM, kept connections", "is told to end while connections are kept", ""},
    {"absent", "absent at start", "is not there when the application starts", ""},
};

}  // namespace

std::size_t fault_order(std::string_view fault) {
  return static_cast<std::size_t>(std::ranges::find(kFaults, fault, &FaultWords::fault) - std::begin(kFaults));
}

bool known_fault(std::string_view fault) { return fault_order(fault) < std::size(kFaults); }

FaultWords fault_words(std::string_view fault) {
  const std::size_t at = fault_order(fault);
  return at < std::size(kFaults) ? kFaults[at] : FaultWords{fault, fault, "is faulted", "", false};
}

std::string_view fault_of_key(std::string_view key) {
  const std::string_view word = key.substr(key.rfind('.') + 1);
  return word == "slow" ? "latency" : word == "restart_1s" ? "restart" : word;
}

FaultWords fault_words(std::string_view key, std::string_view fault) {
  const std::string_view last = key.substr(key.rfind('.') + 1);
  if (known_fault(last)) return fault_words(last);
  const std::string_view word = fault_of_key(key);
  return fault_words(known_fault(word) ? word : fault);
}

}  // namespace pl::facts
