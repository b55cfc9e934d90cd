#include "plan/protocol_faults.h"

#include <doctest/doctest.h>

#include "facts/fault_words.h"
#include "proxy/fault.h"

TEST_CASE("every fault that the plan makes of a protocol is one of the relay's, with words of its own") {
  for (const pl::plan::ProtocolFault& one : pl::plan::protocol_faults()) {
    CAPTURE(one.word);
    const auto row = pl::proxy::find_fault(one.row);
    REQUIRE(row);
    const auto parameters = pl::Json::parse(one.parameters);
    REQUIRE(parameters);
    const auto values = pl::proxy::read_values(**row, *parameters);
    REQUIRE(values);
    pl::proxy::Measure measure;
    CHECK((*row)->make(*values, {pl::Rng(1), 0, &measure}));
    CHECK((*row)->applies == "exchange");
    CHECK(pl::facts::fault_words(one.word).does != "is faulted");
    CHECK_FALSE(pl::facts::fault_words(one.word).plain.empty());
  }
}
