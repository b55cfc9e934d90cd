#include "proxy/starttls.h"

#include <doctest/doctest.h>

using namespace pl;
using namespace pl::proxy;
using std::string_literals::operator""s;

namespace {

using Side = StartTls::Side;

const std::string kSsl = "\0\0\0\x08\x04\xd2\x16\x2f"s, kGss = "\0\0\0\x08\x04\xd2\x16\x30"s;
const std::string kStartup = "\0\0\0\x11\0\3\0\0user\0me\0\0"s;
const std::string kHello = "\x16\3\1\0\5hello"s;  // the beginning of a handshake

/// What came of bytes heard one way, in pieces of a size.
struct Outcome {
  StartTls::Heard all;
  std::string error;
};

Outcome hear(StartTls& starttls, Way way, std::string_view bytes, std::size_t piece) {
  Outcome out;
  while (!bytes.empty() && out.error.empty()) {
    const std::string_view some = bytes.substr(0, piece);
    bytes.remove_prefix(some.size());
    // Once it is settled, bytes go where the side says.
    if (!starttls.waits(way)) {
      (starttls.side(way) == Side::tls ? out.all.cipher : out.all.plain) += some;
      continue;
    }
    const Result<StartTls::Heard> heard = starttls.hear(way, some);
    if (!heard) {
      out.error = heard.error().message();
      continue;
    }
    out.all.answer += heard->answer;
    out.all.request += heard->request;
    out.all.plain += heard->plain;
    out.all.cipher += heard->cipher;
  }
  return out;
}

constexpr std::size_t kPieces[] = {1, 2, 3, 5, 8, 9, 100};

std::string mysql_response(char flags, char size = 32) {
  return std::string{size, 0, 0, 1, 0, flags} + std::string(static_cast<std::size_t>(size) - 2, 'x');
}

}  // namespace

TEST_CASE("StartTls of PostgreSQL: what a program asks for is agreed to where TLS ends, and else declined") {
  struct Case {
    bool listens;
    std::string said, answer, plain, cipher;
    Side side;
  };
  for (const Case& one :
       {Case{true, kSsl, "S", "", "", Side::tls}, Case{false, kSsl, "N", "", "", Side::waits},
        Case{true, kGss, "N", "", "", Side::waits}, Case{true, kGss + kSsl, "NS", "", "", Side::tls},
        Case{false, kGss + kSsl + kStartup, "NN", kStartup, "", Side::clear},
        Case{true, kStartup, "", kStartup, "", Side::clear}, Case{true, kHello, "", "", kHello, Side::tls},
        Case{false, kHello, "", kHello, "", Side::clear}}) {
    for (const std::size_t piece : kPieces) {
      CAPTURE(piece);
      const auto starttls = kPostgresStartTls.make(one.listens, false);
      CHECK(starttls->opening().empty());
      CHECK(starttls->listens(Way::up));
      CHECK_FALSE(starttls->waits(Way::down));
      const Outcome out = hear(*starttls, Way::up, one.said, piece);
      CHECK(out.error.empty());
      CHECK(out.all.answer == one.answer);
      CHECK(out.all.plain == one.plain);
      CHECK(out.all.cipher == one.cipher);
      CHECK(out.all.request.empty());
      CHECK(starttls->side(Way::up) == one.side);
    }
  }
  CHECK(hear(*kPostgresStartTls.make(true, false), Way::up, kSsl + kStartup, 100).error.find("in clear") !=
        std::string::npos);
}

TEST_CASE("StartTls of PostgreSQL: the upstream is asked first, and the program is heard when it has agreed") {
  struct Case {
    std::string said, error;
  };
  for (const Case& one : {Case{"S", ""}, Case{"N", "offers none"}, Case{"E\0\0\0"s, "error"},
                          Case{"HTTP", "PostgreSQL"}, Case{"Sx", "in clear"}}) {
    const auto starttls = kPostgresStartTls.make(true, true);
    CHECK(starttls->opening() == kSsl);
    CHECK_FALSE(starttls->listens(Way::up));
    const Outcome out = hear(*starttls, Way::down, one.said, 100);
    CAPTURE(out.error);
    CHECK(out.error.empty() == one.error.empty());
    CHECK(out.error.find(one.error) != std::string::npos);
    CHECK(out.all.plain.empty());
    CHECK(starttls->listens(Way::up) == one.error.empty());
  }
}

TEST_CASE("StartTls of PostgreSQL: a program in clear is not offered passwords that are bound to a certificate") {
  const std::string notice = "N\0\0\0\x06\0\0"s, rest = "R\0\0\0\x08\0\0\0\0Z\0\0\0\5I"s;
  const std::string both = "R\0\0\0\x2a\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"s;
  const std::string one = "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"s;
  struct Case {
    std::string said, heard;
  };
  for (const Case& each : {Case{both + rest, one + rest}, Case{notice + both + rest, notice + one + rest},
                           Case{one + rest, one + rest}, Case{rest, rest}, Case{"E\0\0\0\x05xHTTP", "E\0\0\0\x05xHTTP"},
                           Case{"R\xff\xff\xff\xff", "R\xff\xff\xff\xff"}, Case{"R\0\0\0\0zz"s, "R\0\0\0\0zz"s}}) {
    for (const std::size_t piece : kPieces) {
      CAPTURE(piece);
      const auto starttls = kPostgresStartTls.make(true, true);
      REQUIRE(hear(*starttls, Way::down, "S", 1).error.empty());
      REQUIRE(hear(*starttls, Way::up, kStartup, 100).all.plain == kStartup);
      CHECK_FALSE(starttls->over());
      std::string heard;
      for (std::size_t at = 0; at < each.said.size(); at += piece) {
        const std::string_view some = std::string_view(each.said).substr(at, piece);
        heard += starttls->over() ? some : starttls->edit(some);
      }
      CHECK(heard == each.heard);
      CHECK(starttls->over());
    }
  }
  const auto inside = kPostgresStartTls.make(true, true);
  REQUIRE(hear(*inside, Way::down, "S", 1).error.empty());
  REQUIRE(hear(*inside, Way::up, kSsl, 100).all.answer == "S");
  CHECK(inside->over());
}

TEST_CASE("StartTls of MySQL: the program chooses, and what it says is said to the server too") {
  constexpr char kFlag = 8, kOther = 2;
  struct Case {
    std::string said, request, plain, cipher;
    Side side;
  };
  const std::string ask = mysql_response(kFlag);
  for (const Case& one : {Case{ask, ask, "", "", Side::tls}, Case{ask + kHello, ask, "", kHello, Side::tls},
                          Case{mysql_response(kOther), "", mysql_response(kOther), "", Side::clear},
                          Case{mysql_response(kFlag, 60), "", mysql_response(kFlag, 60), "", Side::clear},
                          Case{"GET / HTTP/1.1", "", "GET / HTTP/1.1", "", Side::clear},
                          Case{ask.substr(0, 20), "", "", "", Side::waits}}) {
    for (const std::size_t piece : kPieces) {
      const auto starttls = kMysqlStartTls.make(true, true);
      CHECK(hear(*starttls, Way::down, "greeting", piece).all.plain == "greeting");
      const Outcome out = hear(*starttls, Way::up, one.said, piece);
      CHECK(out.error.empty());
      CHECK(out.all.request == one.request);
      CHECK(out.all.plain == one.plain);
      CHECK(out.all.cipher == one.cipher);
      CHECK(out.all.answer.empty());
      CHECK(starttls->side(Way::up) == one.side);
      CHECK(starttls->side(Way::down) == one.side);
    }
  }
}

TEST_CASE("StartTls: rows are found by their names") {
  for (const StartTlsRow* row : starttls_rows()) CHECK(find_starttls(row->name) == row);
  CHECK(find_starttls("smtp") == nullptr);
}
