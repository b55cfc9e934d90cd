#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "os/clock.h"
#include "proxy/chain.h"
#include "proxy/faults/protocols_for_test.h"
#include "proxy/http1_count.h"
#include "proxy/mysql_count.h"
#include "proxy/postgres_count.h"
#include "proxy/resp_count.h"

/// Faults on messages, in any stack, under any split of the bytes, switched on and off at any time: each request gets
/// one answer, in order, and where the faults only hold, every byte arrives as it was said.

using namespace pl;
using namespace pl::proxy;
using namespace pl::proxy::stacks;

namespace {

/// Faults on bytes that keep them all.
constexpr std::pair<const char*, const char*> kBytes[] = {{"latency", R"({"delay": 15, "jitter": 10})"},
                                                          {"silent", "{}"},
                                                          {"stall", "{}"},
                                                          {"throttle", "{}"},
                                                          {"bandwidth", R"({"rate": 20000})"}};

/// Those of them that hold without end.
constexpr std::string_view kEndless[] = {"silent", "stall", "throttle"};

/// Every fault on messages, in each protocol's dialogue too that is not its own, acting on none.
std::vector<std::pair<const char*, const char*>> idle_faults() {
  std::vector<std::pair<const char*, const char*>> idle;
  for (const FaultRow& row : fault_rows()) {
    const bool chosen = std::ranges::any_of(row.parameters, [](const auto& one) { return one.name == "share"; });
    if (row.applies == "exchange" && chosen) idle.push_back({row.name.data(), R"({"share": 0})"});
  }
  return idle;
}

/// One connection of a protocol through a chain of faults that come and go.
class Conversation {
 public:
  /// `pipelined`: several requests are under way, of all but MySQL, whose clients wait for each answer.
  Conversation(const Protocol& protocol, std::uint64_t seed, bool answering, bool pipelined)
      : protocol_(protocol),
        rng_(seed),
        kinds_(protocol.holding),
        together_(pipelined && protocol.name != "MySQL" ? 3 + (seed % 5 == 0 ? 40 : 0) : 1) {
    kinds_.insert(kinds_.end(), std::begin(kBytes), std::end(kBytes));
    const auto idle = idle_faults();
    for (int i = 0; i < 3; ++i) kinds_.push_back(idle[rng_.below(idle.size())]);
    if (answering) kinds_.insert(kinds_.end(), protocol.answering.begin(), protocol.answering.end());
    for (int i = 0; pipelined && i < 4; ++i) add(kinds_[rng_.below(kinds_.size())]);
    say(Way::down, protocol.first_down);
    say(Way::up, protocol.first_up);
  }

  void step() {
    now_ += static_cast<Ns>(rng_.below(20 * kMs));
    const std::uint64_t choice = rng_.below(10);
    if (choice == 0 && active_.size() < 4) add(kinds_[rng_.below(kinds_.size())]);
    if (choice == 1 && !active_.empty()) remove(rng_.below(active_.size()));
    if (choice == 2) slow_ = !slow_;
    if (choice >= 5 && asked_ - answered_ < together_) ask();
    for (const Way way : kWays) carry(way, 1 + rng_.below(60));
  }

  /// Every answer comes though faults are in force, and what is left when they are taken out.
  void finish() {
    slow_ = false;
    const auto endless = [&](std::int64_t id) {
      return std::ranges::find(kEndless, kind_of_[id]) != std::end(kEndless);
    };
    for (std::size_t i = active_.size(); i-- > 0;) {
      if (endless(active_[i])) remove(i);
    }
    wait();
    std::string in_force;
    for (const std::int64_t id : active_) in_force.append(kind_of_[id]).append(" ");
    INFO(protocol_.name << ", in force: " << in_force << ", waiting: " << chain_.waiting(Way::up) << ", "
                        << chain_.waiting(Way::down));
    if (!ended()) CHECK(answered_ == asked_);
    while (!active_.empty()) remove(active_.size() - 1);
    wait();
    // A fault that is taken out while it owes answers that nobody else can give ends the connection.
    if (!ended()) CHECK(answered_ == asked_);
    for (const auto& measure : measures_) CHECK(measure->held == 0);
  }

  int asked() const { return asked_; }
  bool ended() const { return chain_.out_end(Way::down) != End::none; }
  int own() const { return own_; }
  const std::string& said(Way way) const { return said_[index(way)]; }
  const std::string& passed(Way way) const { return passed_[index(way)]; }

 private:
  void wait() {
    for (int turn = 0; turn < 10'000; ++turn) {
      for (const Way way : kWays) carry(way, 100);
      const bool said_all = unsent_[0].empty() && unsent_[1].empty();
      const bool sent_all = chain_.out(Way::up).empty() && chain_.out(Way::down).empty();
      if (said_all && sent_all && chain_.next() == kNever) return;
      now_ = std::max(now_ + 1, std::min(chain_.next(), now_ + kSec));
    }
  }
  void say(Way way, const std::string& bytes) {
    said_[index(way)] += bytes;
    unsent_[index(way)] += bytes;
  }
  void ask() {
    if (protocol_.name == "MySQL" && openings_ < 2) {
      // Its client logs in when it has been greeted, and asks when it is in.
      if (openings_ == 1 && !std::exchange(logs_in_, true)) say(Way::up, mysql_login());
      return;
    }
    say(Way::up, protocol_.request(asked_++));
  }
  void add(const std::pair<const char*, const char*>& kind) {
    const FaultRow* row = *find_fault(kind.first);
    measures_.push_back(std::make_shared<Measure>());
    const auto values = read_values(*row, *Json::parse(kind.second));
    REQUIRE_MESSAGE(values.has_value(), std::string(kind.first));
    faults_.push_back(*row->make(*values, {Rng(rng_.next()), 0, measures_.back().get()}));
    active_.push_back(static_cast<std::int64_t>(faults_.size()));
    kind_of_[active_.back()] = kind.first;
    const RespCount resp = behind_chain(resp_);
    const PgCount postgres = behind_chain(postgres_);
    const MySqlCount mysql = behind_chain(mysql_);
    const Http1Count http1 = behind_chain(http1_);
    chain_.add(active_.back(),
               faults_.back()->attach({.fresh = !begun_,
                                       .awaiting = chain_.awaiting(),
                                       .resp = protocol_.name == "Redis" ? &resp : nullptr,
                                       .postgres = protocol_.name == "PostgreSQL" ? &postgres : nullptr,
                                       .mysql = protocol_.name == "MySQL" ? &mysql : nullptr,
                                       .http1 = is_http() ? &http1 : nullptr,
                                       .not_http1 = begun_ && !is_http()}),
               measures_.back(), now_);
    names_ += fmt::format("{} {} ", kind.first, kind.second);
    hear();
  }
  void remove(std::size_t which) {
    chain_.remove(active_[which], now_);
    faults_[static_cast<std::size_t>(active_[which]) - 1].reset();
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(which));
    hear();
  }
  /// As a connection does it: what waits to be sent, the fault will not see.
  template <class Count>
  Count behind_chain(Count count) {
    for (const Way way : {Way::down, Way::up}) count.passed(way, chain_.out(way).view());
    return count;
  }
  bool is_http() const { return protocol_.name.starts_with("HTTP"); }
  void carry(Way way, std::size_t most) {
    std::string& bytes = unsent_[index(way)];
    if (!bytes.empty() && chain_.reads(way)) {
      const std::string piece = bytes.substr(0, most);
      bytes.erase(0, piece.size());
      begun_ = true;
      chain_.arrive(way, piece, now_);
    }
    hear();
  }
  void hear() {
    bool any = true;
    for (std::size_t turn = 0; any && turn <= limits::kRelayFaults; ++turn) {
      chain_.run(now_);
      any = take(Way::down);
      any = take(Way::up) || any;
    }
    while (const auto answer = protocol_.serve(heard_[index(Way::up)])) say(Way::down, *answer);
    understand();
  }
  /// What leaves the chain; false: nothing does.
  bool take(Way way) {
    if (!chain_.sends(way) || (way == Way::down && slow_)) return false;
    const std::string got(chain_.out(way).view());
    chain_.out(way).consume(got.size());
    passed_[index(way)] += got;
    if (protocol_.name == "Redis") resp_.passed(way, got);
    if (protocol_.name == "PostgreSQL") postgres_.passed(way, got);
    if (protocol_.name == "MySQL") mysql_.passed(way, got);
    if (is_http()) http1_.passed(way, got);
    heard_[index(way)] += got;
    return !got.empty();
  }
  void understand() {
    while (const auto number = protocol_.understand(heard_[index(Way::down)])) {
      openings_ += *number == kOpening ? 1 : 0;
      if (*number == kOpening) continue;
      INFO(protocol_.name << ", faults so far: " << names_);
      REQUIRE((*number == kOwn || *number == answered_));
      own_ += *number == kOwn ? 1 : 0;
      ++answered_;
    }
  }

  const Protocol& protocol_;
  Rng rng_;
  std::vector<std::pair<const char*, const char*>> kinds_;
  int together_;  ///< Requests under way at most.
  std::vector<std::shared_ptr<Measure>> measures_;
  std::vector<std::unique_ptr<Fault>> faults_;
  std::vector<std::int64_t> active_;
  std::map<std::int64_t, std::string_view> kind_of_;
  Chain chain_;
  std::string said_[2], unsent_[2], passed_[2], heard_[2], names_;
  RespCount resp_;
  PgCount postgres_;
  MySqlCount mysql_;
  Http1Count http1_;
  bool begun_ = false, logs_in_ = false;
  int openings_ = 0;   ///< What was said before the first answer: the greeting, and that the program is in.
  bool slow_ = false;  ///< The program does not read.
  int asked_ = 0, answered_ = 0, own_ = 0;
  Ns now_ = 0;
};

}  // namespace

TEST_CASE("faults on messages that hold or do nothing, in any stack: every byte arrives as it was said") {
  for (const Protocol& protocol : protocols()) {
    int asked = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      CAPTURE(protocol.name);
      CAPTURE(seed);
      Conversation conversation(protocol, seed, false, seed % 2 == 1);
      for (int step = 0; step < 400; ++step) conversation.step();
      conversation.finish();
      asked += conversation.asked();
      CHECK(conversation.own() == 0);
      for (const Way way : kWays) CHECK(conversation.passed(way) == conversation.said(way));
    }
    CHECK(asked > 1000);
  }
}

TEST_CASE("faults on messages that answer, in any stack: each request gets one answer, in order") {
  for (const Protocol& protocol : protocols()) {
    int own = 0, ended = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      CAPTURE(protocol.name);
      CAPTURE(seed);
      Conversation conversation(protocol, seed, true, seed % 2 == 1);
      for (int step = 0; step < 400; ++step) conversation.step();
      conversation.finish();
      own += conversation.own();
      ended += conversation.ended() ? 1 : 0;
    }
    CHECK(own > 100);
    CHECK(ended < 6);
  }
}
