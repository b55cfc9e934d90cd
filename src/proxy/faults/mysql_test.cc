#include <doctest/doctest.h>

#include "proxy/faults/mysql_dialogue_test.h"

using namespace pl;
using namespace pl::proxy;
using namespace pl::proxy::mysql_dialogue;

TEST_CASE("mysql_error: statements of a class and a table fail, others are carried out") {
  Book book(R"(mysql_error {"statement": "insert", "table": "orders"})");
  const Measure& measure = book.says(1, "up", query("INSERT INTO `orders` VALUES (1)"))
                               .sees(1, "down", kTimeout)
                               .passes(2, "up", query("INSERT INTO other VALUES (1)"))
                               .passes(3, "down", ok(1))
                               .passes(4, "up", query("select * from orders"))
                               .passes(5, "down", rows(true))
                               .says(6, "up", query("\0\1insert into shop.orders values (2)"s))
                               .sees(6, "down", kTimeout)
                               .play();
  CHECK(measure.acted == 2);
}

TEST_CASE("mysql_error: number, state and message are the usual ones or those that are given") {
  Book(R"(mysql_error {"code": 1040})")
      .says(1, "up", query("select 1"))
      .sees(1, "down", mysql_error_packet(1, 1040, "08004", "Too many connections"))
      .line(2, R"(update 1 {"code": 4321, "sqlstate": "ABCDE", "message": "no"})")
      .says(3, "up", mysql_packet(0, "\3\0\1select 1"s))
      .sees(3, "down", mysql_error_packet(1, 4321, "ABCDE", "no"))
      .play();
  const FaultRow* row = *find_fault("mysql_error");
  for (const char* json :
       {R"({"code": 2013})", R"({"sqlstate": "1"})", R"({"sqlstate": "40\n01"})", R"({"statement": "selects"})"}) {
    const auto refused = row->make(*read_values(*row, *Json::parse(json)), {Rng(1), 0, nullptr});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::config);
  }
}

TEST_CASE("mysql_error: prepared statements are known by their number, and preparing is none itself") {
  Book(R"(mysql_error {"table": "orders"})")
      .passes(1, "up", prepare("select a from orders where b = ?"))
      .passes(2, "down",
              mysql_packet(1, "\0\7\0\0\0\1\0\1\0\0\0\0"s) + mysql_packet(2, "\3def") + eof(3) +
                  mysql_packet(4, "\3def") + eof(5))
      .passes(3, "up", prepare("select 2"))
      .passes(4, "down", mysql_packet(1, "\0\x08\0\0\0\0\0\0\0\0\0\0"s))
      .says(5, "up", execute(7))
      .sees(5, "down", kTimeout)
      .passes(6, "up", execute(8))
      .passes(7, "down", rows(true))
      .passes(8, "up", mysql_packet(0, "\x19\7\0\0\0"s) + execute(7))
      .play();
}

TEST_CASE("mysql_error: types of parameters that were sent with what failed are sent with what follows") {
  const std::string first = mysql_packet(0, "\x17\7\0\0\0\0\1\0\0\0\0\1\3\0\xfe\0\1\0\0\0\1x"s);
  const std::string next = mysql_packet(0, "\x17\7\0\0\0\0\1\0\0\0\0\0\2\0\0\0\1y"s);
  const std::string whole = mysql_packet(0, "\x17\7\0\0\0\0\1\0\0\0\0\1\3\0\xfe\0\2\0\0\0\1y"s);
  Book(R"(mysql_error {"nth": 1})")
      .passes(1, "up", prepare("insert into t values (?, ?)"))
      .passes(
          2, "down",
          mysql_packet(1, "\0\7\0\0\0\0\0\2\0\0\0\0"s) + mysql_packet(2, "\3def") + mysql_packet(3, "\3def") + eof(4))
      .says(3, "up", first)
      .sees(3, "down", kTimeout)
      .says(4, "up", next)
      .sees(4, "up", whole)
      .passes(5, "down", ok(1))
      .passes(6, "up", next)
      .play();
}

TEST_CASE("mysql_error: data that was sent ahead of what failed is forgotten") {
  const std::string prepared = mysql_packet(1, "\0\7\0\0\0\0\0\1\0\0\0\0"s) + mysql_packet(2, "\3def") + eof(3);
  const std::string data = mysql_packet(0, "\x18\7\0\0\0\0\0AB"s), reset = mysql_packet(0, "\x1a\7\0\0\0"s);
  Book("mysql_error")
      .passes(1, "up", prepare("insert into t values (?)"))
      .passes(2, "down", prepared)
      .passes(3, "up", data + data)
      .says(4, "up", execute(7))
      .sees(4, "up", reset)
      .says(5, "down", ok(1))
      .sees(5, "down", kTimeout)
      .says(6, "up", execute(7))
      .sees(6, "down", kTimeout)
      .line(7, "remove 1")
      .passes(8, "up", data + execute(7))
      .play();
  Book(R"(mysql_error {"code": 1213, "table": "t"})")
      .passes(1, "up", prepare("insert into t values (?)"))
      .passes(2, "down", mysql_packet(1, "\0\7\0\0\0\0\0\1\0\0\0\0"s) + mysql_packet(2, "\3def") + eof(3, 3))
      .passes(3, "up", mysql_packet(0, "\3select 1") + data)
      .passes(4, "down", ok(1, 3))
      .says(5, "up", execute(7))
      .sees(5, "up", reset + query("ROLLBACK"))
      .says(6, "down", ok(1, 3) + ok(1))
      .sees(6, "down", kDeadlock)
      .play();
}

TEST_CASE("mysql_error: an error of its own waits for the answers before it") {
  Book(R"(mysql_error {"table": "b"})", mysql_capability::kProtocol41 | mysql_capability::kDeprecateEof)
      .says(1, "up", query("select * from a") + query("select * from b") + query("select 3"))
      .sees(1, "up", query("select * from a"))
      .says(2, "down", rows(false, 10))
      .sees(2, "down", rows(false, 10))
      .passes(3, "down", ok(6).substr(0, 6))
      .says(4, "down", ok(6).substr(6))
      .sees(4, "up", query("select 3"))
      .sees(4, "down", ok(6).substr(6) + kTimeout)
      .play();
}

TEST_CASE("mysql_error: what ends a transaction ends it at the server too") {
  Book(R"(mysql_error {"code": 1213, "statement": "update"})")
      .passes(1, "up", query("BEGIN"))
      .passes(2, "down", ok(1, 3))
      .says(3, "up", query("update t set a = 1"))
      .sees(3, "up", query("ROLLBACK"))
      .says(4, "down", ok(1))
      .sees(4, "down", kDeadlock)
      .says(5, "up", query("update t set a = 1"))
      .sees(5, "down", kDeadlock)
      .play();
}

TEST_CASE("mysql_slow: the statement goes on late; removal lets it go") {
  Book book(R"(mysql_slow {"delay": 40, "statement": "read"})");
  const Measure& measure = book.says(1, "up", query("select 1"))
                               .sees(41, "up", query("select 1"))
                               .passes(50, "down", rows(true))
                               .passes(60, "up", query("insert into t values (1)"))
                               .passes(61, "down", ok(1))
                               .says(70, "up", query("select 2"))
                               .line(80, "remove 1")
                               .sees(80, "up", query("select 2"))
                               .play();
  CHECK(measure.acted == 2);
  CHECK(measure.added.count() == 1);
}

TEST_CASE("mysql_slow: another delay counts for what waits already, from its beginning") {
  Book("mysql_slow {\"delay\": 3000}")
      .says(1, "up", query("select 1"))
      .line(100, "update 1 {\"delay\": 200}")
      .sees(201, "up", query("select 1"))
      .play();
}

TEST_CASE("mysql_error: what a read-only server says is said to writes alone, unless a class is asked for") {
  const std::string refused =
      mysql_error_packet(1, 1792, "25006", "Cannot execute statement in a READ ONLY transaction");
  Book("mysql_error {\"code\": 1792}")
      .passes(1, "up", query("select 1 from t for update"))
      .passes(2, "down", rows(true))
      .passes(3, "up", query("set names utf8"))
      .passes(4, "down", ok(1))
      .passes(5, "up", query("call p()"))
      .passes(6, "down", ok(1))
      .says(7, "up", query("replace into `t` values ('select')"))
      .sees(7, "down", refused)
      .says(8, "up", query("create table u (a int)"))
      .sees(8, "down", refused)
      .line(9, "update 1 {\"code\": 1792, \"statement\": \"read\"}")
      .says(10, "up", query("select 1"))
      .sees(10, "down", refused)
      .passes(11, "up", query("delete from t"))
      .play();
  for (const char* code : {"1290", "1836"}) {
    Book(fmt::format("mysql_error {{\"code\": {}}}", code)).passes(1, "up", query("select 1")).play();
  }
}

TEST_CASE("mysql_refuse_new: the server's greeting becomes a refusal, and the connection ends") {
  Playbook book;
  book.play(fmt::format("0 fault mysql_refuse_new\n1 down {}\n1 > fin up\n1 > down {}\n1 > fin down\n",
                        written(greeting(kAll)), written(mysql_error_packet(0, 1040, "", "Too many connections"))));
  CHECK(book.measure(1).acted == 1);
  Playbook(false).play(fmt::format("0 fault mysql_refuse_new\n1 up {0}\n1 > up {0}\n2 down {1}\n2 > down {1}\n",
                                   written(query("select 1")), written(rows(true))));
}

TEST_CASE("mysql_kill_in_transaction: the connection ends at a statement within one, and never outside") {
  Book("mysql_kill_in_transaction")
      .passes(1, "up", query("select 1"))
      .passes(2, "down", rows(true))
      .passes(3, "up", query("start transaction"))
      .passes(4, "down", ok(1, 3))
      .says(5, "up", query("select 1"))
      .line(5, "> fin up")
      .line(5, "> fin down")
      .play();
  Book(R"(mysql_kill_in_transaction {"reset": 1, "statement": "write"})")
      .says(3, "up", query("begin") + query("select 1") + query("delete from t"))
      .line(3, "> rst")
      .play();
  // FIN comes behind the answers that are owed.
  Book(R"(mysql_kill_in_transaction {"statement": "write"})")
      .says(3, "up", query("begin") + query("select 1") + query("delete from t"))
      .sees(3, "up", query("begin") + query("select 1"))
      .passes(4, "down", ok(1, 3))
      .says(5, "down", rows(true, 3))
      .line(5, "> fin up")
      .sees(5, "down", rows(true, 3))
      .line(5, "> fin down")
      .play();
  Book("mysql_kill_in_transaction")
      .passes(1, "up", query("begin"))
      .passes(2, "down", ok(1, 3))
      .passes(3, "up", mysql_packet(0, "\x0e"))
      .passes(4, "down", ok(1, 2))
      .passes(5, "up", query("select 1"))
      .play();
}
