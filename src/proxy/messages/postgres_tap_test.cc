#include <doctest/doctest.h>

#include "proxy/faults/postgres.h"
#include "proxy/faults/postgres_dialogue_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("faults on PostgreSQL: which statements are meant") {
  const FaultRow* row = *find_fault("postgres_error");
  const auto meant = [&](const char* json, std::string_view text) {
    return faults::PgMatch(*read_values(*row, *Json::parse(json))).matches({.text = text});
  };
  CHECK(meant(R"({"statement": "select"})", " -- c\n(SELECT 1)"));
  CHECK(meant(R"({"statement": "Read"})", "with a as (select 1) select * from a"));
  CHECK_FALSE(meant(R"({"statement": "read"})", "with a as (insert into t values (1) returning *) select * from a"));
  CHECK(meant(R"({"statement": "insert"})", "with a as (insert into t values (1) returning *) select * from a"));
  CHECK(meant(R"({"statement": "write"})", "begin; update t set a = 1"));
  CHECK(meant(R"({"statement": "transaction"})", "begin; update t set a = 1"));
  CHECK(meant(R"({"statement": "write"})", "copy t from stdin"));
  CHECK_FALSE(meant(R"({"statement": "write"})", "copy t to stdout"));
  CHECK(meant(R"({"statement": "ddl"})", "create table t (a int)"));
  CHECK_FALSE(meant(R"({"statement": "delete"})", "select 'delete from t'"));
  CHECK_FALSE(meant(R"({"statement": "any", "table": "t"})", "select t from u"));
  for (const char* text :
       {"select * from t", "select * from u, t", "select * from u as x join public.t on true",
        "insert into T (a) values (1)", "update only t set a = 1", "delete from u using t", "truncate table t",
        "drop table if exists t", "select 1; select * from \"t\"", "select * from (select * from t) x"}) {
    CAPTURE(text);
    CHECK(meant(R"({"table": "t"})", text));
  }
  for (const char* text :
       {"select * from t2", "select u.t from u where t = 1", "select 1", "", "insert into u values ('t')"}) {
    CAPTURE(text);
    CHECK_FALSE(meant(R"({"table": "t"})", text));
  }
  CHECK(meant(R"({"table": "s.t"})", "select * from s.t"));
  CHECK_FALSE(meant(R"({"table": "s.t"})", "select * from t"));
}

TEST_CASE("faults on PostgreSQL: what a statement does to its transaction, by its first words") {
  CHECK(wire::pg_verb("\n /* c */ ; Begin isolation level serializable") == wire::PgVerb::begin);
  CHECK(wire::pg_verb("START TRANSACTION") == wire::PgVerb::begin);
  CHECK(wire::pg_verb("end") == wire::PgVerb::commit);
  CHECK(wire::pg_verb("prepare transaction 'x'") == wire::PgVerb::commit);
  CHECK(wire::pg_verb("prepare x as select 1") == wire::PgVerb::none);
  CHECK(wire::pg_verb("ROLLBACK;") == wire::PgVerb::rollback);
  CHECK(wire::pg_verb("rollback work to savepoint s") == wire::PgVerb::rollback_to);
  CHECK(wire::pg_verb("ending") == wire::PgVerb::none);
  CHECK(wire::pg_verb("select 1; commit") == wire::PgVerb::none);
  CHECK(wire::pg_verb("") == wire::PgVerb::none);
}

TEST_CASE("faults on PostgreSQL: requests for encryption are declined, what is something else passes untouched") {
  const std::string tls = pg::number(8) + pg::number(80'877'103), gss = pg::number(8) + pg::number(80'877'104);
  Dialogue()
      .line("0 fault postgres_error")
      .up(1, gss)
      .down_sent(1, "N")
      .up(2, tls)
      .down_sent(2, "N")
      .start()
      .fails(3, "select 1", kTimedOut)
      .play();
  const std::string cancel = pg::number(16) + pg::number(80'877'102) + "12345678";
  Dialogue().line("0 fault postgres_error").up_passes(1, cancel).line("2 fin up").line("2 > fin up").play();
  Dialogue().line("0 fault postgres_error").up_passes(1, "GET / HTTP/1.1").down_passes(2, "OK").play();
  Dialogue().line("0 fault postgres_error").down_passes(1, "220 hello").up_passes(2, "EHLO").play();
  Dialogue().line("0 fault postgres_error").up_passes(1, "\x16\x03\x01").down_passes(2, "\x16").play(false);
  Dialogue().line("0 fault postgres_error").up_passes(1, "Query this, please").down_passes(2, "no").play(false);
}

TEST_CASE("faults on PostgreSQL: COPY and large values pass; a large statement that fails goes nowhere") {
  const std::string row = pg::message('d', std::string(300'000, 'x'));
  Fleet fleet("postgres_error", R"({"statement": "insert", "table": "t"})");
  Chain& chain = fleet.join();
  const auto up = [&](std::string_view bytes) {
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += 50'000) {
      seen += Fleet::up(chain, bytes.substr(at, 50'000), 0);
      CHECK(chain.waiting(Way::up) <= limits::kRelayQueueBytes);
    }
    return seen;
  };
  up(pg::start_up());
  CHECK(Fleet::down(chain, pg::greeting(), 0) == pg::greeting());
  const std::string copy = pg::parse("", "copy u from stdin") + pg::bound("", "") + pg::execute() + pg::synced();
  CHECK(up(copy) == copy);
  CHECK(Fleet::down(chain, pg::message('G'), 0) == pg::message('G'));
  CHECK(up(row + row) == row + row);
  CHECK(up(pg::message('c') + pg::synced()) == pg::message('c') + pg::synced());
  CHECK(Fleet::down(chain, pg::complete("COPY 2") + pg::ready(), 0) == pg::complete("COPY 2") + pg::ready());
  const std::string large = "('" + std::string(300'000, 'x') + "')";
  CHECK(up(pg::query("insert into u values " + large)) == pg::query("insert into u values " + large));
  CHECK(Fleet::down(chain, pg::ready(), 0) == pg::ready());
  CHECK(up(pg::query("insert into t values " + large)) == kRefusedQuery);
  CHECK(Fleet::down(chain, kRefusal + pg::ready(), 0) == kTimedOut + pg::ready());
  CHECK(fleet.measure.acted == 1);
}

TEST_CASE("faults on PostgreSQL: the same from bytes that are split anywhere") {
  const std::string run = pg::parse("a", "insert into t values ($1)") + pg::bound("", "a") + pg::execute();
  const std::string asked = pg::number(8) + pg::number(80'877'103) + pg::start_up() + pg::query("begin") +
                            pg::query("insert into t values (1)") + pg::query("select 1") + pg::query("commit") + run +
                            pg::synced() + pg::message('X');
  const std::string passed = pg::start_up() + pg::query("begin") + kRefusedQuery + pg::query("select 1") +
                             pg::query("commit") + pg::parse("a", "insert into t values ($1)") + kRefusedRun +
                             pg::execute() + pg::synced() + pg::message('X');
  const std::string later =
      pg::ready('E') + pg::error("25P02") + pg::ready('E') + pg::complete("ROLLBACK") + pg::ready();
  const std::string begun = pg::greeting() + pg::complete("BEGIN") + pg::ready('T');
  const std::string answered = begun + kRefusal + later + pg::message('1') + kRefusal + pg::ready();
  const std::string seen = "N" + begun + kTimedOut + later + pg::message('1') + kTimedOut + pg::ready();
  const auto play = [&](std::size_t up_step, std::size_t down_step) {
    Fleet fleet("postgres_error", R"({"table": "t"})");
    Chain& chain = fleet.join();
    std::string up, down;
    const auto say = [&](Way way, std::string_view bytes, std::size_t step) {
      for (std::size_t at = 0; at < bytes.size(); at += step) {
        chain.arrive(way, bytes.substr(at, step), 0);
        chain.run(0);
        up += chain.out(Way::up).view();
        down += chain.out(Way::down).view();
        for (const Way one : kWays) chain.out(one).consume(chain.out(one).size());
      }
    };
    // The program first logs in, and begins; the rest it sends at once.
    const std::size_t first = 8 + pg::start_up().size() + pg::query("begin").size();
    const std::size_t greeted = begun.size();
    say(Way::up, std::string_view(asked).substr(0, first), up_step);
    say(Way::down, std::string_view(answered).substr(0, greeted), down_step);
    say(Way::up, std::string_view(asked).substr(first), up_step);
    say(Way::down, std::string_view(answered).substr(greeted), down_step);
    CHECK(up == passed);
    CHECK(down == seen);
  };
  play(asked.size(), answered.size());
  for (std::size_t step = 1; step < asked.size(); ++step) play(step, 1 + step % answered.size());
}

TEST_CASE("faults on PostgreSQL: random bytes are survived, and end") {
  Rng rng(7);
  for (const char* name : {"postgres_error", "postgres_limit", "postgres_slow"}) {
    for (int round = 0; round < 300; ++round) {
      Fleet fleet(name, "{}");
      Chain& chain = fleet.join(round % 2 == 0);
      std::string up = round % 4 < 2 ? pg::start_up() : std::string(), down = round % 4 < 2 ? pg::greeting() : "";
      for (int i = 0; i < 40; ++i) {
        up += "QPBEDCSHFdcfpX"[rng.below(14)] + pg::number(static_cast<std::uint32_t>(4 + rng.below(9))) + "abcdefgh";
        down += "RSKZTDCIEN123sG"[rng.below(15)] + pg::number(static_cast<std::uint32_t>(4 + rng.below(4))) + "abcd";
      }
      for (std::size_t at = 0; at < up.size(); at += 13) {
        chain.arrive(Way::up, std::string_view(up).substr(at, 13), 0);
        chain.arrive(Way::down, std::string_view(down).substr(std::min(at, down.size()), 13), 0);
        chain.run(static_cast<Ns>(at) * kMs);
      }
      for (const Way way : kWays) chain.end(way, End::fin, kSec);
      for (Ns now = kSec; now < 200 * kSec; now += kSec) chain.run(now);
      const bool over = chain.wants_reset() || chain.out_end(Way::down) != End::none;
      CHECK(over);
    }
  }
}
