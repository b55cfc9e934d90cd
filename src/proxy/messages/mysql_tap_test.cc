#include <doctest/doctest.h>

#include "proxy/faults/mysql_dialogue_test.h"

using namespace pl;
using namespace pl::proxy;
using namespace pl::proxy::mysql_dialogue;

TEST_CASE("faults on MySQL: TLS and compression are taken out of a new connection's greeting") {
  Playbook().play(
      fmt::format("0 fault mysql_error\n1 down {0}\n1 > down {1}\n2 up {2}\n2 > up {2}\n3 up {3}\n3 > up {3}\n",
                  written(greeting(kAll)), written(greeting(mysql_capability::kProtocol41)),
                  written(mysql_packet(1, "\0\x0a\0\0"s + std::string(29, '\0'))), written(query("select 1"))));
}

TEST_CASE("faults on MySQL: what is something else passes untouched") {
  Playbook().play(R"(
    0 fault mysql_error
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\n
    2 > down HTTP/1.1 200 OK\r\n
  )");
  Playbook().play(R"(
    0 fault mysql_error
    1 down SSH-2.0-x\r\n
    1 > down SSH-2.0-x\r\n
  )");
  Playbook().play(R"(
    0 fault mysql_error
    1 up \x05\x01\x00
    1 > up \x05\x01\x00
    2 down \x05
    2 > down \x05
  )");
  Playbook().play(R"(
    0 fault mysql_error
    1 down \x08\x00\x00
    1001 > down \x08\x00\x00
    1002 up hello
    1002 > up hello
  )");
  Book("mysql_error")
      .passes(1, "up", mysql_packet(0, "\x12\4\0\0\0"s))
      .passes(2, "down", mysql_packet(1, "\0event"s))
      .passes(3, "up", query("select 1"))
      .play();
}

TEST_CASE("faults on MySQL: a connection that was open is read from the next whole command") {
  Playbook(false).play(
      fmt::format("0 fault mysql_error\n1 up {0}\n1 > up {0}\n2 down x\n2 > down x\n3 up {1}\n3 > up {1}\n"
                  "4 down y\n4 > down y\n5 up {2}\n5 > down {3}\n",
                  written("\x17\x03\x03\0\x20 encrypted"s), written(query("select 1").substr(2)),
                  written(query("select 1")), written(kTimeout)));
}

TEST_CASE("faults on MySQL: one that comes within a transaction knows of it, and rolls it back") {
  Book(Playbook::Followed())
      .passes(1, "up", query("begin"))
      .passes(2, "down", ok(1, 3))
      .line(3, R"(fault mysql_error {"code": 1213})")
      .says(4, "up", query("select * from t"))
      .sees(4, "up", query("ROLLBACK"))
      .says(5, "down", ok(1))
      .sees(5, "down", kDeadlock)
      .play();
  Book(Playbook::Followed())
      .passes(1, "up", query("start transaction"))
      .line(2, "fault mysql_kill_in_transaction")
      .passes(3, "down", ok(1, 3))
      .says(4, "up", query("commit"))
      .line(4, "> fin up")
      .line(4, "> fin down")
      .play();
  Book(Playbook::Followed())
      .passes(1, "up", query("begin"))
      .passes(2, "down", ok(1, 3))
      .passes(3, "up", query("commit"))
      .passes(4, "down", ok(1))
      .line(5, "fault mysql_kill_in_transaction")
      .passes(6, "up", query("select 1"))
      .play();
}

TEST_CASE("faults on MySQL: an open connection is met by a statement in pieces, and while answers are owed") {
  const std::string big = query("select length('" + std::string(60'000, 'x') + "')");
  Book(Playbook::Followed())
      .line(1, "fault mysql_error")
      .says(2, "up", big.substr(0, 20'000))
      .says(3, "up", big.substr(20'000))
      .sees(3, "down", kTimeout)
      .play();
  Book(Playbook::Followed())
      .passes(1, "up", big.substr(0, 20'000))
      .line(2, "fault mysql_error")
      .passes(3, "up", big.substr(20'000))
      .says(4, "up", query("select 1"))
      .says(5, "down", rows(true))
      .sees(5, "down", rows(true) + kTimeout)
      .play();
}

TEST_CASE("faults on MySQL: taken out, one brings to its end what it has begun, and the rest passes") {
  const std::string big = query("select length('" + std::string(60'000, 'x') + "')");
  Book("mysql_error")
      .says(2, "up", big.substr(0, 20'000))
      .line(3, "remove 1")
      .says(4, "up", big.substr(20'000) + query("select 1"))
      .sees(4, "up", query("select 1"))
      .sees(4, "down", kTimeout)
      .passes(5, "down", rows(true))
      .play();
  Book(R"(mysql_error {"code": 1213, "table": "t"})")
      .passes(1, "up", query("begin"))
      .passes(2, "down", ok(1, 3))
      .says(3, "up", query("select * from t"))
      .sees(3, "up", query("ROLLBACK"))
      .line(4, "remove 1")
      .says(5, "down", ok(1))
      .sees(5, "down", kDeadlock)
      .passes(6, "up", query("select * from t"))
      .play();
}

TEST_CASE("faults on MySQL: what was followed and is encrypted stays opaque") {
  Playbook book{Playbook::Followed()};
  const std::string ask = mysql_packet(1, "\0\x0a\0\0"s + std::string(28, '\0'));
  book.play(fmt::format("0 down {0}\n0 > down {0}\n1 up {3}\n1 > up {1}\n2 fault mysql_error\n3 up {2}\n3 > up {2}\n",
                        written(greeting(kAll)), written(ask), written(query("select 1")), written(ask, true)));
  CHECK(book.measure(1).opaque == 1);
}

TEST_CASE("faults on MySQL: a file that the server asks for is no command") {
  Book(R"(mysql_error {"statement": "select"})")
      .passes(1, "up", query("load data local infile 'x' into table t"))
      .passes(2, "down", mysql_packet(1, "\xfbx"))
      .passes(3, "up", mysql_packet(2, "1,2\n") + mysql_packet(0, "\3select 1") + mysql_packet(1, ""))
      .passes(4, "down", ok(2))
      .says(5, "up", query("select 1"))
      .sees(5, "down", kTimeout)
      .play();
}

TEST_CASE("faults on MySQL: a statement of several packets goes nowhere whole") {
  const std::string text = "insert into t values ('" + std::string(kMySqlFullPacket - 24, 'x');
  const std::string first = query(text);
  const auto [up, down] = dialogue("mysql_error", "{}", 50'000,
                                   {{Way::down, greeting(mysql_capability::kProtocol41)},
                                    {Way::up, login(mysql_capability::kProtocol41)},
                                    {Way::down, ok(2)},
                                    {Way::up, first + mysql_packet(1, "yz')") + mysql_packet(0, "\x0e")}});
  CHECK(first.starts_with("\xff\xff\xff"));
  CHECK(up == login(mysql_capability::kProtocol41) + mysql_packet(0, "\x0e"));
  CHECK(down.ends_with(mysql_error_packet(2, 1205, "HY000", "Lock wait timeout exceeded; try restarting transaction")));
}

TEST_CASE("faults on MySQL: the same however the bytes are split") {
  const std::vector<std::pair<Way, std::string>> said = {
      {Way::down, greeting(kAll)},
      {Way::up, login(mysql_capability::kProtocol41)},
      {Way::down, mysql_packet(2,
                               "\xfe"
                               "caching_sha2_password\0abc"s)},
      {Way::up, mysql_packet(3, "secret")},
      {Way::down, mysql_packet(4, "\1\4"s) + ok(5)},
      {Way::up, prepare("update t set a = ?")},
      {Way::down, mysql_packet(1, "\0\1\0\0\0\0\0\1\0\0\0\0"s) + mysql_packet(2, "\3def") + eof(3)},
      {Way::up, query("begin")},
      {Way::down, ok(1, 3)},
      {Way::up, execute(1)},
      {Way::down, ok(1)},
      {Way::up, query("select * from u")},
      {Way::down, rows(true)},
  };
  const auto whole = dialogue("mysql_error", R"({"code": 1213, "table": "t"})", 10'000, said);
  CHECK(whole.first.ends_with(query("begin") + query("ROLLBACK") + query("select * from u")));
  CHECK(whole.second.ends_with(ok(1, 3) + kDeadlock + rows(true)));
  for (std::size_t piece = 1; piece < 90; ++piece) {
    CHECK(dialogue("mysql_error", R"({"code": 1213, "table": "t"})", piece, said) == whole);
  }
}

TEST_CASE("faults on MySQL: any bytes are survived") {
  Rng rng(5);
  const std::string pieces[] = {query("select 1"),
                                ok(1),
                                ok(1, 11),
                                eof(2),
                                rows(true),
                                prepare("x"),
                                execute(1),
                                "\xff\xff\xff\0"s,
                                "\0\0\0\0"s,
                                "\3"s,
                                "\xfe"s,
                                mysql_packet(1, "\xfbx"),
                                mysql_packet(1, "\xff"),
                                mysql_packet(1, "\0"s),
                                mysql_packet(1, "\1"s)};
  for (int round = 0; round < 3'000; ++round) {
    std::vector<std::pair<Way, std::string>> said;
    if (round % 4 != 0) said = {{Way::down, greeting(kAll)}, {Way::up, login(1u << 9)}, {Way::down, ok(2)}};
    for (int turn = 0; turn < 6; ++turn) {
      std::string text;
      for (std::uint64_t n = rng.below(6); n > 0; --n) text += pieces[rng.below(std::size(pieces))];
      said.emplace_back(turn % 2 == 0 ? Way::up : Way::down, text);
    }
    dialogue(round % 2 == 0 ? "mysql_error" : "mysql_kill_in_transaction", "{}", 1 + rng.below(40), said);
  }
}
