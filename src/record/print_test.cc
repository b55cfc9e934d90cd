#include "record/print.h"

#include <doctest/doctest.h>

#include "record/kinds.h"

using namespace pl;
using namespace pl::record;

TEST_CASE("an observation is one line with units") {
  SubjectReady ready;
  ready.address = "127.0.0.1";
  ready.port = 3000;
  ready.after = 1250 * kMs;
  CHECK(print_observation(observe(2 * kSec + 5 * kUs, ready)) ==
        "   2.000005 engine  subject_ready address=\"127.0.0.1\" port=3000 after=1.250s");
  const LoadPeriod period{"steady", -1, 0, kSec, 2.5};
  CHECK(print_observation(observe(0, period)).ends_with(" rate=2.5/s"));
  FlowSecond flow;
  flow.bytes_up = 12;
  flow.latency = std::string(1000, 'x');
  const std::string line = print_observation(observe(0, flow));
  CHECK(line.find("bytes_up=12bytes") != std::string::npos);
  CHECK(line.ends_with("... (1002 bytes)"));
  const std::string odd = print_observation({0, 0, Source::load, "new\nkind", Json::object().set("a\nb", "c\nd")});
  CHECK(odd.find('\n') == std::string::npos);
}
