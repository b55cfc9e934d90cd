#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("faults on Redis: a connection that always has a command on its way is met all the same") {
  Playbook(Playbook::Followed()).play(R"(
    1 up *2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n
    1 > up *2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n
    2 down %0\r\n$5\r\nab
    2 > down %0\r\n$5\r\nab
    3 fault redis_nil
    4 up *2\r\n$3\r\nGET\r\n$1\r\nb\r\n*2\r\n$3\r\nGET\r\n$1\r\nc\r\n
    5 down cde\r\n
    5 > down cde\r\n_\r\n_\r\n
  )");
  Playbook(Playbook::Followed()).play(R"(
    1 up *3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nab
    1 > up *3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nab
    3 fault redis_error
    4 up cde\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n
    4 > up cde\r\n
    5 down +OK\r\n
    5 > down +OK\r\n-LOADING Redis is loading the dataset in memory\r\n
  )");
  Playbook(Playbook::Followed()).play(R"(
    1 up *2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n
    1 > up *2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n
    2 fault redis_nil
    3 down -NOPROTO no\r\n
    3 > down -NOPROTO no\r\n
    4 up *2\r\n$3\r\nGET\r\n$1\r\nb\r\n
    4 > down $-1\r\n
  )");
}

TEST_CASE("redis_slow: the command goes on late, and those behind it; removal lets all go") {
  Playbook book;
  book.play(R"(
    0 fault redis_slow {"delay": 50, "command": "GET"}
    1 up *1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n
    1 > up *1\r\n$4\r\nPING\r\n
    2 down +PONG\r\n
    2 > down +PONG\r\n
    51 > up *2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n
    60 up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    70 remove 1
    70 > up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
  )");
  CHECK(book.measure(1).added.count() == 1);
  CHECK(book.measure(1).acted == 2);
}

TEST_CASE("redis_nil: what Redis answers of a missing key, in each version of the protocol") {
  Playbook().play(R"(
    0 fault redis_nil
    1 up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    1 > down $-1\r\n
    2 up *3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n*2\r\n$7\r\nHGETALL\r\n$1\r\nh\r\n*2\r\n$3\r\nTTL\r\n$1\r\na\r\n
    2 > down *2\r\n$-1\r\n$-1\r\n*0\r\n:-2\r\n
    3 up *3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n
    3 > up *3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n
    4 down +OK\r\n
    4 > down +OK\r\n
    5 up *2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n
    5 > up *2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n
    6 down %1\r\n$6\r\nserver\r\n$5\r\nredis\r\n
    6 > down %1\r\n$6\r\nserver\r\n$5\r\nredis\r\n
    7 up *2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$7\r\nHGETALL\r\n$1\r\nh\r\n*2\r\n$8\r\nSMEMBERS\r\n$1\r\ns\r\n*4\r\n$5\r\nHMGET\r\n$1\r\nh\r\n$1\r\na\r\n$1\r\nb\r\n
    7 > down _\r\n%0\r\n~0\r\n*2\r\n_\r\n_\r\n
    8 up *2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n
    8 > up *2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n
    9 down >2\r\n+invalidate\r\n*0\r\n|1\r\n+a\r\n:1\r\n*0\r\n
    9 > down >2\r\n+invalidate\r\n*0\r\n|1\r\n+a\r\n:1\r\n*0\r\n
    10 up *2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n
    10 > up *2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n
    11 down -NOPROTO unsupported protocol version\r\n
    11 > down -NOPROTO unsupported protocol version\r\n
    12 up *2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$3\r\nGET\r\n*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n
    12 > up *1\r\n$3\r\nGET\r\n*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n
    12 > down $-1\r\n
  )");
}

TEST_CASE("redis_disconnect: the connection ends at the command; FIN comes behind earlier replies, RST at once") {
  Playbook().play(R"(
    0 fault redis_disconnect {"command": "GET"}
    1 up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    1 > fin up
    1 > fin down
  )");
  Playbook().play(R"(
    0 fault redis_disconnect {"command": "GET"}
    1 up *3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n
    1 > up *3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*1\r\n$4\r\nPING\r\n
    2 down +OK\r\n+PO
    2 > down +OK\r\n+PO
    3 down NG\r\n
    3 > fin up
    3 > down NG\r\n
    3 > fin down
  )");
  Playbook().play(R"(
    0 fault redis_disconnect {"nth": 2, "reset": 1}
    1 up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    1 > up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    2 up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    2 > rst
  )");
}

TEST_CASE("faults on Redis: what is no longer one reply to one command, or no Redis at all, passes untouched") {
  Playbook().play(R"(
    0 fault redis_error
    1 up SUBSCRIBE a\r\n
    1 > up SUBSCRIBE a\r\n
    2 down *3\r\n
    2 > down *3\r\n
    3 up PING\r\n
    3 > up PING\r\n
  )");
  Playbook().play(R"(
    0 fault redis_error
    1 up *3\r\n$6\r\nCLIENT\r\n$5\r\nreply\r\n$3\r\nOFF\r\nGET a\r\n
    1 > up *3\r\n$6\r\nCLIENT\r\n$5\r\nreply\r\n$3\r\nOFF\r\nGET a\r\n
    2 up GET a\r\n
    2 > up GET a\r\n
  )");
  Playbook().play(R"(
    0 fault redis_error
    1 up GET / HTTP/1.1\r\nHost: x\r\n\r\n
    1 > up GET / HTTP/1.1\r\nHost: x\r\n\r\n
    2 down HTTP/1.1 200 OK\r\n
    2 > down HTTP/1.1 200 OK\r\n
    3 up GET a\r\n
    3 > up GET a\r\n
  )");
  Playbook().play(R"(
    0 fault redis_error
    1 up \x16\x03\x01
    1 > up \x16\x03\x01
    2 down 220 hello\r\n
    2 > down 220 hello\r\n
    3 up PING\r\n
    3 > up PING\r\n
  )");
}

TEST_CASE("faults on Redis: a connection that was open is read from where both ways are quiet") {
  Playbook(false).play(R"(
    0 fault redis_error
    1 up rest of a value\r\n
    1 > up rest of a value\r\n
    2 up *1\r\n$4\r\nPING\r\n
    2 > up *1\r\n$4\r\nPING\r\n
    3 down $3\r\nab
    3 > down $3\r\nab
    4 up *1\r\n$4\r\nPING\r\n
    4 > up *1\r\n$4\r\nPING\r\n
    5 down c\r\n
    5 > down c\r\n
    6 up *1\r\n$4\r\nPING\r\n
    6 > down -LOADING Redis is loading the dataset in memory\r\n
  )");
  Playbook(false).play(R"(
    0 fault redis_nil
    1 up *2\r\n$3\r\nTTL\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n
    1 > up *1\r\n$4\r\nPING\r\n
    1 > down :-2\r\n
    2 down >1\r\n+x\r\n+PONG\r\n
    2 > down >1\r\n+x\r\n+PONG\r\n
    3 up GET a\r\n
    3 > down _\r\n
  )");
}

TEST_CASE("faults on Redis: the same however the bytes are split") {
  const std::vector<std::pair<Way, std::string>> said = {
      {Way::up, "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$7\r\n1\r\n*2\r\n\r\n"},
      {Way::down, "%2\r\n+a\r\n*2\r\n:1\r\n#t\r\n+b\r\n$0\r\n\r\n>1\r\n,1.5\r\n+OK\r\n"},
      {Way::up, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$5\r\nMULTI\r\n\r\n*0\r\nGET b\r\n"},
      {Way::down, "|1\r\n+ttl\r\n(12\r\n+OK\r\n=5\r\ntxt:a\r\n"},
      {Way::up, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"},
      {Way::up, "*1\r\n$4\r\nEXEC\r\n*4\r\n$4\r\nEVAL\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\nb\r\n"},
      {Way::down, "-ERR wrong\r\n-EXECABORT y\r\n!5\r\nERR x\r\n"},
  };
  const auto whole = dialogue("redis_error", R"({"command": "GET,EVAL", "key": "a"})", 10'000, said);
  CHECK(whole.first == said[0].second + "*1\r\n$5\r\nMULTI\r\n\r\n*0\r\nGET b\r\n*1\r\n$6\r\nSELECT\r\n" +
                           "*1\r\n$4\r\nEXEC\r\n*4\r\n$4\r\nEVAL\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\nb\r\n");
  const std::string loading = "-LOADING Redis is loading the dataset in memory\r\n";
  CHECK(whole.second == said[1].second + loading + said[3].second + loading + "-EXECABORT y\r\n!5\r\nERR x\r\n");
  for (std::size_t piece = 1; piece < 60; ++piece) {
    CHECK(dialogue("redis_error", R"({"command": "GET,EVAL", "key": "a"})", piece, said) == whole);
  }
}

TEST_CASE("faults on Redis: an end within a command, or of a server that owes an answer, is passed on") {
  Playbook().play(R"(
    0 fault redis_error {"command": "GET"}
    1 up *2\r\n$3\r\nSE
    2 fin up
    2 > up *2\r\n$3\r\nSE
    2 > fin up
  )");
  Playbook().play(R"(
    0 fault redis_error {"command": "GET"}
    1 up *3\r\n$3\r\nGET\r\n$1\r\na\r\n$1
    2 fin up
    2 > fin up
  )");
  Playbook().play(R"(
    0 fault redis_error {"command": "GET"}
    1 up *1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n
    1 > up *1\r\n$4\r\nPING\r\n
    2 fin down
    2 > up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    2 > fin down
    3 fin up
    3 > fin up
  )");
}

TEST_CASE("faults on Redis: a line of text is met when the server has shown that it is a command") {
  Playbook().play(R"(
    0 fault redis_error
    1 up GET a\r\n
    1 > up GET a\r\n
    2 down $1\r\nx\r\n
    2 > down $1\r\nx\r\n
    3 up GET a\r\n
    3 > down -LOADING Redis is loading the dataset in memory\r\n
  )");
  Playbook().play(R"(
    0 fault redis_error
    1 up get a\r\n
    1 > up get a\r\n
    2 down VALUE a 0 1\r\nx\r\nEND\r\n
    2 > down VALUE a 0 1\r\nx\r\nEND\r\n
    3 up get a\r\n
    3 > up get a\r\n
  )");
}

TEST_CASE("faults on Redis: text is not held until its line ends") {
  Playbook().play(R"(
    0 fault redis_error
    1 up ruok
    1 > up ruok
    2 down imok
    2 > down imok
  )");
  Playbook().play(R"(
    0 fault redis_error
    1 up \r
    1 > up \r
    2 up \nGE
    2 > up \nGE
    3 up T a\r\n
    3 > up T a\r\n
    4 down $1\r\nx\r\n
    4 > down $1\r\nx\r\n
    5 up GET a\r\n
    5 > down -LOADING Redis is loading the dataset in memory\r\n
  )");
}

TEST_CASE("faults on Redis: one behind another lets a burst through that is longer than what waits between them") {
  constexpr std::string_view kGet = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n", kReply = "$1\r\nx\r\n";
  constexpr std::size_t kCommands = 8000;
  const std::pair<const char*, const char*> kFaults[] = {{"redis_slow", R"({"key": "no"})"},
                                                         {"redis_error", R"({"share": 0.1})"}};
  std::vector<std::unique_ptr<Fault>> faults;
  Chain chain;
  for (const auto& [name, json] : kFaults) {
    const FaultRow* row = *find_fault(name);
    auto measure = std::make_shared<Measure>();
    faults.push_back(*row->make(*read_values(*row, *Json::parse(json)), {Rng(1), 0, measure.get()}));
    chain.add(static_cast<std::int64_t>(faults.size()), faults.back()->attach({}), measure, 0);
  }
  std::size_t asked = 0, heard = 0, errors = 0;
  for (int turn = 0; turn < 100'000 && heard + errors < kCommands; ++turn) {
    if (asked < kCommands && chain.reads(Way::up)) {
      for (int i = 0; i < 500; ++i, ++asked) chain.arrive(Way::up, kGet, 0);
    }
    chain.run(0);
    const std::size_t served = chain.sends(Way::up) ? chain.out(Way::up).size() / kGet.size() : 0;
    chain.out(Way::up).consume(served * kGet.size());
    for (std::size_t i = 0; i < served; ++i) chain.arrive(Way::down, kReply, 0);
    chain.run(0);
    const std::string down(chain.out(Way::down).view());
    chain.out(Way::down).consume(down.size());
    heard += static_cast<std::size_t>(std::ranges::count(down, 'x'));
    errors += static_cast<std::size_t>(std::ranges::count(down, '-'));
  }
  CHECK(heard + errors == kCommands);
  CHECK(errors > 0);
}

TEST_CASE("redis_slow: another delay counts for what waits already, from its beginning") {
  Playbook book;
  book.play(R"(
    0 fault redis_slow {"delay": 3000}
    1 up *1\r\n$4\r\nPING\r\n
    100 update 1 {"delay": 200}
    201 > up *1\r\n$4\r\nPING\r\n
    202 down +PONG\r\n
    202 > down +PONG\r\n
    210 up *1\r\n$4\r\nPING\r\n
    300 update 1 {"delay": 50}
    300 > up *1\r\n$4\r\nPING\r\n
  )");
  CHECK(book.measure(1).added.count() == 2);
}

TEST_CASE("faults on Redis: the key of commands that have it elsewhere") {
  Playbook().play(R"(
    0 fault redis_error {"key": "a"}
    1 up *6\r\n$5\r\nXREAD\r\n$5\r\nCOUNT\r\n$1\r\n1\r\n$7\r\nstreams\r\n$1\r\na\r\n$1\r\n0\r\n
    1 > down -LOADING Redis is loading the dataset in memory\r\n
    2 up *4\r\n$4\r\nEVAL\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\na\r\n
    2 > down -LOADING Redis is loading the dataset in memory\r\n
  )");
}

TEST_CASE("faults on Redis: any bytes are survived") {
  Rng rng(11);
  constexpr std::string_view kPieces[] = {
      "*2\r\n", "$3\r\n",  "GET\r\n", "$-1\r\n",     "*-1\r\n",  "\r\n",   "a",    "$99999999999\r\n",
      ":1\r\n", "+OK\r\n", "%1\r\n",  "|1\r\n",      ">2\r\n",   "MULTI",  "EXEC", "$",
      "_\r\n",  "*1\r\n",  "~0\r\n",  "HELLO 3\r\n", "-ERR\r\n", "*0\r\n", "\n"};
  for (int round = 0; round < 3'000; ++round) {
    std::vector<std::pair<Way, std::string>> said;
    for (int turn = 0; turn < 6; ++turn) {
      std::string text;
      for (std::uint64_t n = rng.below(8); n > 0; --n) text += kPieces[rng.below(std::size(kPieces))];
      said.emplace_back(turn % 2 == 0 ? Way::up : Way::down, text);
    }
    dialogue(round % 2 == 0 ? "redis_error" : "redis_nil", "{}", 1 + rng.below(9), said);
  }
}
