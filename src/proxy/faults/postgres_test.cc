#include <doctest/doctest.h>

#include "proxy/faults/postgres_dialogue_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("postgres_error: a statement that matches fails in its turn; the rest goes to the server") {
  const std::string pipelined = pg::query("select 1 from a") + pg::query("select 1 from b") + pg::query("select 2");
  const Measure effect = Dialogue()
                             .line(R"(0 fault postgres_error {"table": "b"})")
                             .start()
                             .served(1, "select 1 from a", "SELECT 1")
                             .fails(3, "select 1 from b", kTimedOut)
                             .up(5, pipelined)
                             .up_sent(5, pg::query("select 1 from a") + kRefusedQuery + pg::query("select 2"))
                             .down(6, pg::rows(1) + pg::complete("SELECT 1") + pg::ready() + kRefusal + pg::ready() +
                                          pg::rows(2) + pg::ready())
                             .down_sent(6, pg::rows(1) + pg::complete("SELECT 1") + pg::ready() + kTimedOut +
                                               pg::ready() + pg::rows(2) + pg::ready())
                             .up_passes(7, pg::message('X'))
                             .line("8 fin up")
                             .line("8 > fin up")
                             .play();
  CHECK(effect.acted == 2);
}

TEST_CASE("postgres_error: the server's own transaction fails, and tells what follows") {
  const Measure effect =
      Dialogue()
          .line(R"(0 fault postgres_error {"statement": "insert", "sqlstate": "40001"})")
          .start()
          .served(1, "begin", "BEGIN", 'T')
          .fails(3, "insert into t values (1)",
                 failure("ERROR", "40001", "could not serialize access due to concurrent update"), 'E')
          .up(5, pg::query("insert into t values (2)"))
          .up_sent(5, kRefusedQuery)
          .down_passes(6, pg::error("25P02") + pg::ready('E'))
          .served(7, "commit", "ROLLBACK")
          .play();
  CHECK(effect.acted == 1);
  // The server says first that the transaction has failed, whether that is known here or not.
  const std::string all = pg::query("begin") + pg::query("insert into t values (1)") + pg::query("insert into t");
  Dialogue()
      .line(R"(0 fault postgres_error {"statement": "insert"})")
      .start()
      .up(1, all + pg::query("rollback to s") + pg::query("insert into t"))
      .up_sent(1, pg::query("begin") + kRefusedQuery + kRefusedQuery + pg::query("rollback to s") + kRefusedQuery)
      .down(2, pg::complete("BEGIN") + pg::ready('T') + kRefusal + pg::ready('E') + pg::error("25P02"))
      .down_sent(2, pg::complete("BEGIN") + pg::ready('T') + kTimedOut + pg::ready('E') + pg::error("25P02"))
      .play();
}

TEST_CASE("postgres_error: a commit that fails rolls back") {
  Dialogue()
      .line(R"(0 fault postgres_error {"statement": "transaction", "nth": 2})")
      .start()
      .served(1, "begin", "BEGIN", 'T')
      .served(3, "insert into t values (1)", "INSERT 0 1", 'T')
      .up(5, pg::query("commit"))
      .up_sent(5, pg::query("ROLLBACK"))
      .down(6, pg::complete("ROLLBACK") + pg::ready())
      .down_sent(6, kTimedOut + pg::ready())
      .served(7, "select 1", "SELECT 1")
      .play();
  const std::string before = pg::parse("", "insert into t values (1)") + pg::bound("", "") + pg::execute();
  const std::string rest = pg::bound("", "") + pg::execute() + pg::synced();
  const std::string done = pg::message('1') + pg::message('2') + pg::complete("INSERT 0 1");
  const auto run = [&] {
    return Dialogue()
        .line(R"(0 fault postgres_error {"statement": "transaction", "nth": 2})")
        .start()
        .served(1, "begin", "BEGIN", 'T')
        .up(5, before + pg::parse("", "COMMIT") + rest)
        .up_sent(5, before + pg::parse("", "COMMIT") + kRollbackRun + kRefusedRun + pg::execute() + pg::synced());
  };
  run()
      .down(6, done + pg::message('1') + pg::message('1') + pg::message('2') + pg::complete("ROLLBACK") + kRefusal +
                   pg::ready())
      .down_sent(6, done + pg::message('1') + kTimedOut + pg::ready())
      .served(7, "select 1", "SELECT 1")
      .play();
  // What the server says itself comes first, and is all.
  run().down_passes(6, pg::message('1') + pg::error("23505") + pg::ready('E')).served(7, "rollback", "ROLLBACK").play();
}

TEST_CASE("postgres_error: of the extended protocol the server passes over everything up to the Sync") {
  const std::string good = pg::parse("", "select 1") + pg::bound("", "") + pg::describe() + pg::execute();
  const std::string parse = pg::parse("", "delete from t");
  const std::string bind = pg::bound("", ""), rest = pg::describe() + pg::execute();
  const std::string done = pg::message('1') + pg::message('2') + pg::message('n') + pg::complete("SELECT 0");
  const Measure effect =
      Dialogue()
          .line(R"(0 fault postgres_error {"statement": "delete"})")
          .start()
          .up_passes(1, good + pg::synced())
          .down_passes(2, done + pg::ready())
          .up(3, good + parse + bind + rest + parse + bind + pg::synced() + good + pg::synced())
          .up_sent(3, good + parse + kRefusedRun + rest + parse + bind + pg::synced() + good + pg::synced())
          .down(4, done + pg::message('1') + kRefusal + pg::ready() + done + pg::ready())
          .down_sent(4, done + pg::message('1') + kTimedOut + pg::ready() + done + pg::ready())
          // Flush instead of Sync: the program sees the error before it says Sync.
          .up(5, good + parse + bind + rest + pg::message('H'))
          .up_sent(5, good + parse + kRefusedRun + rest + pg::message('H'))
          .down(6, done.substr(0, 7))
          .down_sent(6, done.substr(0, 5))
          .down(7, done.substr(7) + pg::message('1') + kRefusal.substr(0, 9))
          .down_sent(7, done.substr(5) + pg::message('1'))
          .down(8, kRefusal.substr(9))
          .down_sent(8, kTimedOut)
          .up_passes(8, good + pg::synced())
          .down_passes(9, pg::ready())
          // What the server says itself comes first, and is all.
          .up(10, good + parse + bind + pg::message('H'))
          .up_sent(10, good + parse + kRefusedRun + pg::message('H'))
          .down_passes(11, pg::message('1') + pg::error("42P01"))
          .up_passes(12, pg::synced())
          .down_passes(13, pg::ready())
          .play();
  CHECK(effect.acted == 2);
}

TEST_CASE("postgres_error: prepared statements are known by their names, from the fault's beginning on") {
  const std::string run = pg::bound("", "s") + pg::execute() + pg::synced();
  const std::string done = pg::message('2') + pg::complete("UPDATE 1") + pg::ready();
  const std::string parsed = pg::message('1') + pg::ready();
  const auto later = [&](const char* json) { return Dialogue().line(std::string("0 fault postgres_error ") + json); };
  later(R"({"statement": "update", "nth": 1})")
      .start()
      .up_passes(1, pg::parse("s", "update t set a = $1") + pg::synced())
      .down_passes(2, parsed)
      .up(3, run)
      .up_sent(3, kRefusedRun + pg::execute() + pg::synced())
      .down(4, kRefusal + pg::ready())
      .down_sent(4, kTimedOut + pg::ready())
      .up_passes(5, run)
      .down_passes(6, done)
      .up_passes(7, pg::message('C', "S" + pg::text("s")) + pg::synced())
      .play();
  // Open before: nothing is known of "s".
  later(R"({"statement": "update"})").up_passes(1, run).down_passes(2, done).play(false);
  later("{}")
      .up(1, run)
      .up_sent(1, kRefusedRun + pg::execute() + pg::synced())
      .down(2, kRefusal + pg::ready())
      .down_sent(2, kTimedOut + pg::ready())
      .play(false);
}

TEST_CASE("postgres_error: an answer that is under way when it begins stays whole; in a transaction it tells") {
  Dialogue()
      .line("0 fault postgres_error")
      .down_passes(1, "half a row" + pg::complete("SELECT 1") + pg::ready('T'))
      .up(2, pg::query("commit"))
      .up_sent(2, pg::query("ROLLBACK"))
      .down(3, pg::complete("ROLLBACK") + pg::ready())
      .down_sent(3, kTimedOut + pg::ready())
      .line("6 remove 1")
      .served(11, "select 1", "SELECT 1")
      .play(false);
}

TEST_CASE("faults on PostgreSQL: what one has put in place of a statement is no other's matter") {
  const std::string run = pg::parse("", "select 1") + pg::bound("", "") + pg::execute() + pg::synced();
  const std::string second = failure("ERROR", "40001", "could not serialize access due to concurrent update");
  Dialogue()
      .line(R"(0 fault postgres_error {"nth": 1})")
      .line(R"(0 fault postgres_error {"sqlstate": "40001"})")
      .start()
      .up(1, pg::query("select 1") + pg::query("select 2"))
      .up_sent(1, kRefusedQuery + kRefusedQuery)
      .down(2, kRefusal + pg::ready() + kRefusal + pg::ready())
      .down_sent(2, kTimedOut + pg::ready() + second + pg::ready())
      .line(R"(3 update 1 {"nth": 3})")
      .up(4, run)
      .up_sent(4, pg::parse("", "select 1") + kRefusedRun + pg::execute() + pg::synced())
      .down(5, pg::message('1') + kRefusal + pg::ready())
      .down_sent(5, pg::message('1') + kTimedOut + pg::ready())
      .play();
}

TEST_CASE("postgres_error: taken out between statement and error, it stays until that is said") {
  Dialogue()
      .line("0 fault postgres_error")
      .start()
      .up(1, pg::query("select 1"))
      .up_sent(1, kRefusedQuery)
      .line("2 remove 1")
      .down(3, kRefusal + pg::ready())
      .down_sent(3, kTimedOut + pg::ready())
      .served(4, "select 1", "SELECT 1")
      .play();
}

TEST_CASE("postgres_error: some SQLSTATEs end the connection, behind the answers before them") {
  const Measure effect = Dialogue()
                             .line(R"(0 fault postgres_error {"sqlstate": "57P01", "statement": "write, ddl"})")
                             .start()
                             .up(1, pg::query("select 1") + pg::query("drop table t"))
                             .up_sent(1, pg::query("select 1"))
                             .down(2, pg::rows(1))
                             .down_sent(2, pg::rows(1))
                             .down(3, pg::complete("SELECT 1") + pg::ready())
                             .ends(3, pg::complete("SELECT 1") + pg::ready() + kShutDown)
                             .play();
  CHECK(effect.acted == 1);
}

TEST_CASE("postgres_error: 25006 is for writes unless others are asked for; texts are checked") {
  Dialogue()
      .line(R"(0 fault postgres_error {"sqlstate": "25006"})")
      .start()
      .served(1, "select 1", "SELECT 1")
      .fails(3, "/* x */ update t set a = 1",
             failure("ERROR", "25006", "cannot execute UPDATE in a read-only transaction"))
      .play();
  const FaultRow* row = *find_fault("postgres_error");
  for (const char* wrong : {R"({"sqlstate": "5701"})", R"({"sqlstate": "57p01"})", R"({"sqlstate": "01000"})",
                            R"({"statement": "selects"})"}) {
    Measure measure;
    const auto made = row->make(*read_values(*row, *Json::parse(wrong)), {Rng(1), 0, &measure});
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::config);
  }
}

TEST_CASE("postgres_error: 25006 names the command as a read-only transaction does, of prepared ones too") {
  const auto refused = [](const char* command) {
    return failure("ERROR", "25006", "cannot execute " + std::string(command) + " in a read-only transaction");
  };
  Dialogue()
      .line(R"(0 fault postgres_error {"sqlstate": "25006"})")
      .start()
      .fails(1, "with x as (select 1) insert into t select * from x", refused("INSERT"))
      .fails(3, "select 1; delete from t", refused("DELETE"))
      .fails(5, "select * into u from t", refused("SELECT INTO"))
      .fails(7, "select * from t for update", refused("SELECT FOR UPDATE"))
      .served(9, "explain insert into t values (1)", "EXPLAIN")
      .fails(11, "explain analyze insert into t values (1)", refused("INSERT"))
      .served(13, "prepare P (int) as insert into t values ($1)", "PREPARE")
      .fails(15, "execute p(1)", refused("INSERT"))
      .fails(17, "explain analyze execute p(1)", refused("INSERT"))
      .served(19, "deallocate p", "DEALLOCATE")
      .served(21, "prepare p as select 1", "PREPARE")
      .served(23, "execute p", "SELECT 1")
      .served(25, "notify a", "NOTIFY")
      .play();
}

TEST_CASE("postgres_slow: another delay counts for what waits already, from its beginning") {
  const std::string late = pg::query("select 1");
  Dialogue()
      .line(R"(0 fault postgres_slow {"delay": 3000})")
      .start()
      .up(1, late)
      .line(R"(100 update 1 {"delay": 200})")
      .up_sent(201, late)
      .play();
}

TEST_CASE("postgres_slow: a statement waits, and those behind it; removal lets it go") {
  const std::string late = pg::query("update t set a = 1"), next = pg::query("select 1");
  const Measure effect = Dialogue()
                             .line(R"(0 fault postgres_slow {"delay": 100, "statement": "update"})")
                             .start()
                             .served(1, "select 1", "SELECT 1")
                             .up(3, late + next)
                             .up_sent(103, late + next)
                             .down_passes(104, pg::complete("UPDATE 1") + pg::ready() + pg::ready())
                             .up(110, late)
                             .line("120 remove 1")
                             .up_sent(120, late)
                             .play();
  CHECK(effect.acted == 2);
  CHECK(effect.added.count() == 1);
}

TEST_CASE("postgres_limit: at most so many statements at once, first come first served") {
  Fleet fleet("postgres_limit", R"({"at_once": 1})");
  Chain &one = fleet.join(false), &two = fleet.join(false), &three = fleet.join(false);
  const std::string ask = pg::query("select 1"), done = pg::complete("SELECT 1") + pg::ready();
  const std::string run = pg::parse("", "select 1") + pg::bound("", "") + pg::execute();
  CHECK(Fleet::up(one, run + run + pg::synced(), 0) == run + run + pg::synced());  // one place for all of it
  CHECK(Fleet::up(two, ask, kMs) == "");
  CHECK(Fleet::up(three, ask, 2 * kMs) == "");
  CHECK(Fleet::down(one, pg::message('1') + pg::complete("SELECT 1"), 3 * kMs) != "");
  CHECK(Fleet::up(two, "", 4 * kMs) == "");
  CHECK(Fleet::down(one, pg::ready(), 5 * kMs) == pg::ready());
  CHECK(Fleet::up(three, "", 6 * kMs) == "");
  CHECK(two.next() <= 6 * kMs);
  CHECK(Fleet::up(two, "", 6 * kMs) == ask);
  CHECK(Fleet::up(one, ask, 7 * kMs) == "");
  fleet.chains[1].reset();  // a connection that ends gives its place back
  CHECK(Fleet::up(one, "", 8 * kMs) == "");
  CHECK(Fleet::up(three, "", 8 * kMs) == ask);
  CHECK(Fleet::down(three, done, 9 * kMs) == done);
  CHECK(Fleet::up(one, "", 10 * kMs) == ask);
  CHECK(fleet.measure.acted == 3);
  CHECK(fleet.measure.added.count() == 3);
}

TEST_CASE("postgres_limit: at most so many statements in a second") {
  const std::string ask = pg::query("select 1"), insert = pg::query("insert into t values (1)");
  Dialogue()
      .line(R"(0 fault postgres_limit {"at_once": 0, "per_second": 10, "statement": "select"})")
      .start()
      .up(1000, ask + insert + ask + ask)
      .up_sent(1000, ask + insert)
      .up_sent(1100, ask)
      .up_sent(1200, ask)
      .play();
}

TEST_CASE("postgres_refuse_new: new connections are refused, open ones live on") {
  const std::string starting = failure("FATAL", "57P03", "the database system is starting up");
  Dialogue().line("0 fault postgres_refuse_new").up(1, pg::start_up()).ends(1, starting).play();
  Dialogue().line("0 fault postgres_refuse_new").served(1, "select 1", "SELECT 1").play(false);
  Dialogue()
      .line(R"(0 fault postgres_refuse_new {"sqlstate": "28000", "message": "no"})")
      .up(1, pg::start_up())
      .ends(1, failure("FATAL", "28000", "no"))
      .play();
}

TEST_CASE("postgres_connections: further ones are refused while so many live") {
  Fleet fleet("postgres_connections", R"({"most": 2})");
  fleet.join(false);
  CHECK(Fleet::up(fleet.join(), pg::start_up(), 0) == pg::start_up());
  const std::string full = failure("FATAL", "53300", "sorry, too many clients already");
  Chain& third = fleet.join();
  CHECK(Fleet::answer(third, pg::start_up(), 0) == full);
  CHECK(third.out_end(Way::down) == End::fin);
  fleet.chains[0].reset();
  CHECK(Fleet::up(fleet.join(), pg::start_up(), 0) == pg::start_up());
  CHECK(Fleet::answer(fleet.join(), pg::start_up(), 0) == full);
  CHECK(fleet.measure.acted == 2);
}

TEST_CASE("postgres_kill_in_transaction: outside of one nothing happens") {
  Dialogue()
      .line(R"(0 fault postgres_kill_in_transaction {"statement": "update"})")
      .start()
      .served(1, "update t set a = 1", "UPDATE 1")
      .served(3, "begin", "BEGIN", 'T')
      .served(5, "select 1", "SELECT 1", 'T')
      .up(7, pg::query("update t set a = 1"))
      .ends(7, kShutDown)
      .play();
  Dialogue()
      .line(R"(0 fault postgres_kill_in_transaction {"announced": 0})")
      .start()
      .served(1, "begin", "BEGIN", 'T')
      .up(3, pg::query("select 1"))
      .line("3 > rst")
      .play();
}

TEST_CASE("postgres_failover: all connections end, new ones are refused, writes fail, and all is as before") {
  Fleet fleet("postgres_failover", R"({"down": 1000, "read_only": 500})");
  PgCount count;
  count.passed(Way::up, pg::start_up());
  count.passed(Way::down, pg::greeting());
  Chain& open = fleet.join(false, 0, &count);
  open.run(0);
  CHECK(open.out(Way::down).view() == kShutDown);
  CHECK(open.out_end(Way::down) == End::fin);
  CHECK(Fleet::answer(fleet.join(), pg::start_up(), 999 * kMs) ==
        failure("FATAL", "57P03", "the database system is starting up"));
  // Within a row nothing can be said, and of another protocol nothing is known.
  count.passed(Way::up, pg::query("select 1"));
  count.passed(Way::down, pg::rows(1).substr(0, 6));
  Chain& within = fleet.join(false, 0, &count);
  within.run(0);
  CHECK(within.out(Way::down).empty());
  CHECK(within.out_end(Way::down) == End::fin);
  Chain& other = fleet.join(false);
  CHECK(Fleet::down(other, "hello", 0) == "hello");
  CHECK(other.opaque(1));
  Chain& back = fleet.join(true, 1000 * kMs);
  CHECK(Fleet::up(back, pg::start_up(), 1000 * kMs) == pg::start_up());
  CHECK(Fleet::down(back, pg::greeting(), 1000 * kMs) == pg::greeting());
  CHECK(Fleet::up(back, pg::query("select 1"), 1001 * kMs) == pg::query("select 1"));
  CHECK(Fleet::down(back, pg::ready(), 1001 * kMs) == pg::ready());
  CHECK(Fleet::up(back, pg::query("delete from t"), 1002 * kMs) == kRefusedQuery);
  CHECK(Fleet::down(back, kRefusal + pg::ready(), 1002 * kMs) ==
        failure("ERROR", "25006", "cannot execute DELETE in a read-only transaction") + pg::ready());
  CHECK(Fleet::up(back, pg::query("delete from t"), 1500 * kMs) == pg::query("delete from t"));
  CHECK(fleet.measure.acted == 4);
}

TEST_CASE(
    "postgres_error: behind an error of the server's own, what it passes over is not asked about and owes nothing") {
  const std::string bad = pg::bound("", "missing") + pg::execute(), meant = pg::query("delete from t");
  const std::string error = pg::error("26000");
  const Measure effect = Dialogue()
                             .line(R"(0 fault postgres_error {"table": "t"})")
                             .start()
                             // A query within the run that failed has no answer, sent at once or later.
                             .up_passes(1, bad + pg::query("select 1") + pg::synced())
                             .down_passes(2, error + pg::ready())
                             .fails(3, "delete from t", kTimedOut)
                             .up_passes(5, bad + pg::message('H'))
                             .down_passes(6, error)
                             .up_passes(7, pg::query("select 1") + pg::parse("", "delete from t") + pg::bound("", ""))
                             .up_passes(8, meant + pg::synced())
                             .down_passes(9, pg::ready())
                             .fails(10, "delete from t", kTimedOut)
                             .play();
  CHECK(effect.acted == 2);
}

TEST_CASE("faults on PostgreSQL: a COPY whose data and end do not wait for the server") {
  const std::string copy = pg::parse("", "copy u from stdin") + pg::bound("", "") + pg::execute();
  const std::string data = pg::message('d', "1"), begun = pg::message('1') + pg::message('2') + pg::message('G');
  Dialogue()
      .line(R"(0 fault postgres_error {"table": "t"})")
      .start()
      .up_passes(1, copy + data + pg::message('f', pg::text("no")) + pg::synced())
      .down_passes(2, begun + pg::error("57014") + pg::ready())
      .fails(3, "delete from t", kTimedOut)
      .up_passes(5, copy + pg::synced() + data + pg::synced() + pg::message('c') + pg::synced())
      .down_passes(6, begun + pg::complete("COPY 1") + pg::ready())
      .fails(7, "delete from t", kTimedOut)
      .play();
}

TEST_CASE("postgres_limit: a portal that waits to be asked for more rows has no place") {
  Fleet fleet("postgres_limit", R"({"at_once": 1})");
  Chain &one = fleet.join(false), &two = fleet.join(false);
  const std::string ask = pg::query("select 1");
  const std::string run = pg::parse("", "select 1") + pg::bound("", "") + pg::execute() + pg::message('H');
  CHECK(Fleet::up(one, run, 0) == run);
  CHECK(Fleet::up(two, ask, kMs) == "");
  CHECK(Fleet::down(one, pg::message('1') + pg::message('2') + pg::rows(1) + pg::message('s'), 2 * kMs) != "");
  CHECK(Fleet::up(two, "", 3 * kMs) == ask);
}

TEST_CASE("faults on PostgreSQL: what the server has not prepared is not there") {
  const std::string good = pg::parse("s", "select 1"), other = pg::parse("s", "delete from t");
  const std::string run = pg::bound("", "s") + pg::execute() + pg::synced();
  Dialogue()
      .line(R"(0 fault postgres_error {"table": "t"})")
      .start()
      .up_passes(1, good + pg::synced() + other + pg::synced())
      .down_passes(2, pg::message('1') + pg::ready() + pg::error("42P05") + pg::ready())
      .up_passes(3, run)
      .down_passes(4, pg::message('2') + pg::complete("SELECT 1") + pg::ready())
      .up_passes(5, pg::bound("", "missing") + other + pg::synced())
      .down_passes(6, pg::error("26000") + pg::ready())
      .up_passes(7, run)
      .play();
}
