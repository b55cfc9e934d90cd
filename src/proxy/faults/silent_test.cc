#include <doctest/doctest.h>

#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("silent: nothing passes, and on removal everything does, in order, with its end") {
  Playbook book;
  book.play(R"(
    0 up before
    0 > up before
    1 fault silent
    2 up ask
    3 down answer
    4 up  again
    5 fin down
    900 remove 1
    900 > up askagain
    900 > down answer
    900 > fin down
    901 up more
    901 > up more
  )");
  CHECK(book.measure(1).requests == 2);
  CHECK(book.measure(1).most_held == 14);
  CHECK(book.measure(1).held == 0);
}

TEST_CASE("silent: a reset waits too") {
  Playbook().play(R"(
    0 fault silent
    1 up ask
    2 rst up
    50 remove 1
    50 > up ask
    50 > rst up
  )");
}

TEST_CASE("silent: takes in one queue and then reads no more") {
  Chain chain;
  const FaultRow* row = *find_fault("silent");
  auto measure = std::make_shared<Measure>();
  auto fault = *row->make(*read_values(*row, {}), {Rng(1), 0, measure.get()});
  chain.add(1, fault->attach({}), measure, 0);
  CHECK(chain.reads(Way::up));
  chain.arrive(Way::up, std::string(64 << 10, 'x'), 0);
  chain.run(0);
  CHECK_FALSE(chain.reads(Way::up));
  CHECK(chain.reads(Way::down));
  chain.remove(1, 1);
  CHECK(chain.out(Way::up).size() == 64 << 10);
}
