#include <doctest/doctest.h>
#include <fmt/format.h>

#include "proxy/mysql.h"
#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

namespace {

using std::string_literals::operator""s;

/// Any bytes as a playbook writes them. `said`: a space at their beginning would be lost.
std::string written(std::string_view bytes, bool said = false) {
  std::string out;
  if (said && bytes.starts_with(' ')) {
    out = "\\x20";
    bytes.remove_prefix(1);
  }
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r' || c == '\n' || c == '\\') {
      out += c == '\r' ? "\\r" : c == '\n' ? "\\n" : "\\\\";
    } else {
      out += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
    }
  }
  return out;
}

constexpr std::uint32_t kAll = mysql_capability::kProtocol41 | mysql_capability::kSsl | mysql_capability::kCompress |
                               mysql_capability::kZstd | mysql_capability::kOptionalMetadata;

/// A server's greeting with these capabilities.
std::string greeting(std::uint32_t flags) {
  const auto half = [](std::uint32_t bits) {
    return std::string{static_cast<char>(bits), static_cast<char>(bits >> 8)};
  };
  return mysql_packet(0, "\x0a"s + "8.0.1\0"s + "\1\0\0\0"s + "12345678\0"s + half(flags) + "\x08\2\0"s +
                             half(flags >> 16) + "\x15"s + std::string(10, '\0') + "123456789012\0"s);
}

std::string login(std::uint32_t flags) {
  std::string payload(32, '\0');
  for (std::size_t i = 0; i < 4; ++i) payload[i] = static_cast<char>(flags >> 8 * i);
  return mysql_packet(1, payload + "root\0"s);
}

std::string query(std::string_view text) { return mysql_packet(0, "\3" + std::string(text)); }
std::string prepare(std::string_view text) { return mysql_packet(0, "\x16" + std::string(text)); }
std::string execute(char number) { return mysql_packet(0, "\x17"s + number + "\0\0\0\0\1\0\0\0"s); }
/// OK, with these status flags.
std::string ok(std::uint8_t sequence, char status = 2) {
  return mysql_packet(sequence, "\0\0\0"s + status + "\0\0\0"s);
}
std::string eof(std::uint8_t sequence, char status = 2) { return mysql_packet(sequence, "\xfe\0\0"s + status + "\0"s); }
/// One column and two rows, of which one begins like OK.
std::string rows(bool with_eof, char status = 2) {
  std::string out = mysql_packet(1, "\1") + mysql_packet(2, "\3def rest of a definition");
  std::uint8_t sequence = 3;
  if (with_eof) out += eof(sequence++, status);
  out += mysql_packet(sequence++, "\0"s);
  out += mysql_packet(sequence++, "\1x"s);
  return out + (with_eof ? eof(sequence, status) : mysql_packet(sequence, "\xfe\0\0"s + status + "\0\0\0"s));
}

/// Lines of a playbook, beginning with a new connection whose program has logged in.
class Book {
 public:
  explicit Book(const std::string& fault, std::uint32_t flags = mysql_capability::kProtocol41) {
    line(0, "fault " + fault);
    log_in(flags);
  }
  /// One that was followed from its beginning, with no fault yet.
  explicit Book(Playbook::Followed followed) : book_(followed) { log_in(mysql_capability::kProtocol41); }
  Book& line(double at, const std::string& text) {
    text_ += fmt::format("{} {}\n", at, text);
    return *this;
  }
  Book& says(double at, const char* way, const std::string& bytes) {
    return line(at, fmt::format("{} {}", way, written(bytes, true)));
  }
  Book& sees(double at, const char* way, const std::string& bytes) {
    return line(at, fmt::format("> {} {}", way, written(bytes)));
  }
  Book& passes(double at, const char* way, const std::string& bytes) {
    return says(at, way, bytes).sees(at, way, bytes);
  }
  const Measure& play() {
    book_.play(text_);
    return book_.measure(1);
  }

 private:
  void log_in(std::uint32_t flags) {
    passes(0, "down", greeting(mysql_capability::kProtocol41));
    passes(0, "up", login(flags));
    passes(0, "down", ok(2));
  }

  std::string text_;
  Playbook book_;
};

const std::string kTimeout =
    mysql_error_packet(1, 1205, "HY000", "Lock wait timeout exceeded; try restarting transaction");
const std::string kDeadlock =
    mysql_error_packet(1, 1213, "40001", "Deadlock found when trying to get lock; try restarting transaction");

}  // namespace

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
