#include "proxy/postgres_count.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "wire/postgres_for_test.h"

using namespace pl;
using namespace pl::proxy;
namespace pg = pl::wire::pg;

namespace {

/// A dialogue, in pieces of so many bytes.
struct Dialogue {
  std::size_t most;
  PgCount count{};

  void say(Way way, std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(most, bytes.size()))) count.passed(way, bytes.substr(0, most));
  }
  bool quiet() const { return count.between() && count.owed().empty() && count.left() == 0; }
  /// Whether the connection is quiet behind it.
  bool up(std::string_view bytes) {
    say(Way::up, bytes);
    return quiet();
  }
  bool down(std::string_view bytes) {
    say(Way::down, bytes);
    return quiet();
  }
  void log_in() {
    CHECK(!up(pg::start_up()));
    CHECK(!down(pg::message('R', pg::number(0)) + pg::message('S', pg::text("TimeZone") + pg::text("UTC"))));
    CHECK(down(pg::message('K', "12345678") + pg::ready()));
  }
};

const std::string kTlsRequest = pg::number(8) + pg::number(80'877'103);
const std::string kRun = pg::parse("", "select $1") + pg::bound("", "") + pg::describe() + pg::execute() + pg::synced();

}  // namespace

TEST_CASE("a PostgreSQL connection is quiet when every answer that was asked for has come, in any split") {
  for (const std::size_t most : {1, 3, 5, 7, 1000}) {
    CAPTURE(most);
    Dialogue one{most};
    one.log_in();
    CHECK(!one.up(pg::query("select 1") + pg::query("select 2") + kRun));
    CHECK(!one.down(pg::rows(2) + pg::complete("SELECT 2") + pg::ready('T')));
    CHECK(!one.down(pg::error("42601") + pg::ready('E')));
    CHECK(one.count.transaction() == 'E');
    CHECK(!one.down(pg::message('1') + pg::message('2') + pg::complete("SELECT 1")));
    CHECK(one.down(pg::ready()));
    CHECK(one.count.transaction() == 'I');
    CHECK(one.down(pg::message('N', pg::text("Snotice"))));
    CHECK(!one.count.lost());
  }
}

TEST_CASE("what waits for its Sync, and half a message, keep a PostgreSQL connection from being quiet") {
  Dialogue one{1000};
  one.log_in();
  CHECK(!one.up(pg::parse("a", "select 1") + pg::message('H')));
  CHECK(!one.down(pg::message('1')));
  CHECK(!one.up(pg::synced()));
  CHECK(one.down(pg::ready()));
  CHECK(!one.up(pg::query("select 1").substr(0, 3)));
  CHECK(!one.up(pg::query("select 1").substr(3)));
  CHECK(!one.down(pg::complete("SELECT 1") + pg::ready().substr(0, 5)));
  CHECK(one.down(pg::ready().substr(5)));
}

TEST_CASE("a Sync that the server passes over while it takes data is not waited for") {
  Dialogue one{1000};
  one.log_in();
  CHECK(!one.up(kRun));
  CHECK(!one.down(pg::message('1') + pg::message('2') + pg::message('G', std::string(3, '\0'))));
  CHECK(!one.up(pg::message('d', "1\n") + pg::synced() + pg::message('c') + pg::synced()));
  CHECK(one.down(pg::complete("COPY 1") + pg::ready()));
}

TEST_CASE("a refused request for encryption is part of the start-up; what is not PostgreSQL is not counted") {
  Dialogue refused{1};
  CHECK(!refused.up(kTlsRequest));
  CHECK(!refused.down("N"));
  refused.log_in();

  Dialogue encrypted{1000};
  CHECK(!encrypted.up(kTlsRequest));
  CHECK(!encrypted.down("S"));
  CHECK(encrypted.count.lost());

  Dialogue cancel{1000};
  CHECK(!cancel.up(pg::number(16) + pg::number(80'877'102) + "12345678"));
  CHECK(cancel.count.lost());

  Dialogue broken{1000};
  broken.log_in();
  CHECK(!broken.up("GET / HTTP/1.1\r\n"));
  CHECK(broken.count.lost());
}
