#include <doctest/doctest.h>

#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("redis_error: the command and the key that are meant, the rest goes to the server") {
  Playbook book;
  book.play(R"(
    0 fault redis_error {"command": "get, mget", "key": "user:*"}
    1 up *2\r\n$3\r\nGET\r\n$6\r\nuser:1\r\n
    1 > down -LOADING Redis is loading the dataset in memory\r\n
    2 up *2\r\n$3\r\nGET\r\n$6\r\nitem:1\r\n
    2 > up *2\r\n$3\r\nGET\r\n$6\r\nitem:1\r\n
    3 down $3\r\none\r\n
    3 > down $3\r\none\r\n
    4 up *2\r\n$4\r\nTTL \r\n$6\r\nuser:1\r\nmget user:2 b\r\n
    4 > up *2\r\n$4\r\nTTL \r\n$6\r\nuser:1\r\n
    5 down -ERR unknown command\r\n
    5 > down -ERR unknown command\r\n-LOADING Redis is loading the dataset in memory\r\n
  )");
  CHECK(book.measure(1).acted == 2);
}

TEST_CASE("redis_error: what is about the connection, or works in every state, is left alone unless it is named") {
  Playbook().play(R"(
    0 fault redis_error
    1 up *1\r\n$4\r\nINFO\r\n
    1 > up *1\r\n$4\r\nINFO\r\n
    2 up *2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n
    2 > up *2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n
    3 down $1\r\nx\r\n+OK\r\n
    3 > down $1\r\nx\r\n+OK\r\n
    4 up PING\r\n
    4 > down -LOADING Redis is loading the dataset in memory\r\n
    5 update 1 {"command": "SELECT", "kind": "other", "message": "ERR no\n"}
    6 up *2\r\n$6\r\nselect\r\n$1\r\n1\r\n
    6 > down -ERR no \r\n
  )");
}

TEST_CASE("redis_error: readonly and oom are about commands that write, moved about those with a key") {
  Playbook().play(R"(
    0 fault redis_error {"kind": "readonly"}
    1 up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    1 > up *2\r\n$3\r\nGET\r\n$1\r\na\r\n
    2 down $-1\r\n
    2 > down $-1\r\n
    3 up *2\r\n$3\r\nDEL\r\n$1\r\na\r\n
    3 > down -READONLY You can't write against a read only replica.\r\n
    3 up *2\r\n$8\r\nFUNCTION\r\n$5\r\nflush\r\n
    3 > down -READONLY You can't write against a read only replica.\r\n
    3 up *2\r\n$8\r\nFUNCTION\r\n$4\r\nLIST\r\n
    3 > up *2\r\n$8\r\nFUNCTION\r\n$4\r\nLIST\r\n
    4 down *0\r\n
    4 > down *0\r\n
    4 update 1 {"kind": "oom"}
    5 up *2\r\n$3\r\nDEL\r\n$1\r\na\r\n
    5 > up *2\r\n$3\r\nDEL\r\n$1\r\na\r\n
    6 down :0\r\n
    6 > down :0\r\n
    7 up *3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n\r\n\r\n
    7 > down -OOM command not allowed when used memory > 'maxmemory'.\r\n
    8 update 1 {"kind": "moved", "address": "10.0.0.1:7000"}
    9 up *2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n
    9 > down -MOVED 12182 10.0.0.1:7000\r\n
    10 up PING\r\n
    10 > up PING\r\n
  )");
  const FaultRow* row = *find_fault("redis_error");
  const auto refused = row->make(*read_values(*row, *Json::parse(R"({"kind": "lodaing"})")), {Rng(1), 0, nullptr});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::config);
  CHECK(refused.error().detail.find("loading, readonly, oom, moved, busy, masterdown") != std::string::npos);
}

TEST_CASE("redis_error: a reply of its own waits for those before it; a big value goes nowhere, piece by piece") {
  Playbook book;
  book.play(R"(
    0 fault redis_error {"kind": "oom"}
    1 up GET a\r\nGET b\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100000\r\n
    1 > up GET a\r\nGET b\r\n
    2 down *2\r\n*1\r\n$1\r\n
    2 > down *2\r\n*1\r\n$1\r\n
    3 down x\r\n:5\r\n$1\r\n
    3 > down x\r\n:5\r\n$1\r\n
    4 down y\r\n
    4 > down y\r\n
    5 up x*60000
    6 up x*40000
    7 up \r\nGET c\r\n
    7 > up GET c\r\n
    7 > down -OOM command not allowed when used memory > 'maxmemory'.\r\n
  )");
  CHECK(book.measure(1).most_held < 100'000);
}

TEST_CASE("redis_error: after an error within MULTI, EXEC fails as Redis would have it and nothing is carried out") {
  Playbook().play(R"(
    0 fault redis_error {"kind": "readonly", "key": "a"}
    1 up *1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n1\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n*1\r\n$4\r\nEXEC\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n
    1 > up *1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n1\r\n*1\r\n$6\r\nSELECT\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n*1\r\n$4\r\nEXEC\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n
    2 down +OK\r\n+QUEUED\r\n-ERR wrong
    2 > down +OK\r\n+QUEUED\r\n
    3 down number\r\n+QUEUED\r\n-EXECABORT x\r\n
    3 > down -READONLY You can't write against a read only replica.\r\n+QUEUED\r\n-EXECABORT x\r\n
    4 down $-1\r\n
    4 > down $-1\r\n
    7 up *1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n*1\r\n$4\r\nEXEC\r\n
    7 > up *1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n*1\r\n$4\r\nEXEC\r\n
    8 down +OK\r\n+QUEUED\r\n*1\r\n:1\r\n
    8 > down +OK\r\n+QUEUED\r\n*1\r\n:1\r\n
  )");
  Playbook().play(R"(
    0 fault redis_error {"command": "EXEC"}
    1 up *1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n
    1 > up *1\r\n$5\r\nMULTI\r\n*1\r\n$7\r\nDISCARD\r\n
    2 down +OK\r\n+OK\r\n
    2 > down +OK\r\n-EXECABORT Transaction discarded because of: LOADING Redis is loading the dataset in memory\r\n
  )");
}

TEST_CASE("redis_error: it comes or goes within MULTI, and EXEC fails all the same") {
  Playbook(Playbook::Followed()).play(R"(
    1 up *1\r\n$5\r\nMULTI\r\nSET a 1\r\n
    1 > up *1\r\n$5\r\nMULTI\r\nSET a 1\r\n
    2 down +OK\r\n+QUEUED\r\n
    2 > down +OK\r\n+QUEUED\r\n
    3 fault redis_error {"kind": "oom"}
    4 up SET b 1\r\n
    4 > up *1\r\n$6\r\nSELECT\r\n
    5 remove 1
    6 down -ERR wrong\r\n
    6 > down -OOM command not allowed when used memory > 'maxmemory'.\r\n
    7 up EXEC\r\n
    7 > up EXEC\r\n
    8 down -EXECABORT x\r\n
    8 > down -EXECABORT x\r\n
  )");
}

TEST_CASE("redis_error: taken out, it brings to its end what it has begun, and the rest passes") {
  Playbook().play(R"(
    0 fault redis_error {"command": "EXEC", "kind": "oom"}
    1 up *1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nEXEC\r\n
    1 > up *1\r\n$5\r\nMULTI\r\n*1\r\n$7\r\nDISCARD\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n
    2 remove 1
    2 > up *1\r\n$4\r\nEXEC\r\n
    3 down +OK\r\n+OK\r\n$1\r\nv\r\n
    3 > down +OK\r\n-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.\r\n$1\r\nv\r\n
  )");
  Playbook().play(R"(
    0 fault redis_error {"kind": "oom"}
    1 up *2\r\n$3\r\nGET\r\n$1\r\nk\r\n
    1 > up *2\r\n$3\r\nGET\r\n$1\r\nk\r\n
    2 down $1\r\nv\r\n
    2 > down $1\r\nv\r\n
    3 up *3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nab
    4 remove 1
    5 up cde\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n1\r\n
    5 > up *3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n1\r\n
    5 > down -OOM command not allowed when used memory > 'maxmemory'.\r\n
    6 down +OK\r\n
    6 > down +OK\r\n
  )");
}
