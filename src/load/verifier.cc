#include "load/verifier.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.h"
#include "load/judge.h"

namespace pl::load {
namespace {

constexpr std::size_t kAtOnce = 8;
constexpr Ns kAnswerTime = 5 * kSec;
constexpr Ns kPause = 500 * kMs;
constexpr int kLeastReads = 2;

}  // namespace

/// One write that is being read back.
struct Verifier::Check {
  Write write;
  Connections::Owned connection;
  Answer answer;
  os::Reactor::TimerId timer = 0;
  int reads = 0;
  bool logged_in = false;
  bool settled = false;
  std::string result;
};

/// One call of verify().
struct Verifier::Round {
  std::uint64_t number = 0;
  std::string occasion;
  Ns deadline = 0;
  Done done;
  std::vector<Check> checks;
  std::size_t begun = 0, under_way = 0;
};

std::size_t occurrences(std::string_view body, std::string_view token) {
  std::size_t times = 0;
  for (std::size_t at = body.find(token); at != body.npos && !token.empty(); at = body.find(token, at + token.size())) {
    ++times;
  }
  return times;
}

std::string_view read_result(int status, bool whole, std::size_t times, std::size_t usual) {
  if (!whole) return "not readable";
  if (status == 404 || status == 410) return "missing";
  if (status < 200 || status >= 300) return "not readable";
  if (times == 0) return "missing";
  return usual > 0 && times > usual ? "doubled" : "found";
}

Verifier::Verifier(os::Reactor& reactor, Connections& connections, const std::vector<JourneyPlan>& plans,
                   const std::string& host, record::Sink sink, Login login)
    : reactor_(reactor),
      connections_(connections),
      plans_(plans),
      host_(host),
      sink_(std::move(sink)),
      login_(std::move(login)) {}

Verifier::~Verifier() = default;

void Verifier::remember(Write write) {
  if (writes_.size() >= limits::kWritesRemembered) writes_.pop_front();
  writes_.push_back(std::move(write));
}

void Verifier::verify(std::string occasion, std::size_t most, Ns limit, Done done) {
  if (round_) return done({});
  round_ = std::make_unique<Round>(Round{++rounds_, std::move(occasion), reactor_.now() + limit, std::move(done), {}});
  // Of a list that shows only the newest, older ones would be called lost: the proof reads the oldest too, and no more
  // is read of a list than was there then.
  const bool proof = round_->occasion == "steady";
  std::map<std::size_t, std::size_t> all, taken;
  for (const Write& write : writes_) ++all[write.journey];
  if (proof) shown_ = all;
  for (auto write = writes_.rbegin(); write != writes_.rend(); ++write) {
    const bool of_one = plans_[write->journey].steps[write->step].verify->of_one;
    const std::size_t here = proof || of_one ? most : std::min(most, shown_[write->journey]);
    const std::size_t place = taken[write->journey]++;
    const std::size_t oldest = proof && all[write->journey] > here ? here / 2 : 0;
    if (place < here - oldest || place >= all[write->journey] - oldest) {
      round_->checks.push_back(Check{*write, nullptr, {}});
    }
  }
  next_checks();
}

void Verifier::next_checks() {
  Round& round = *round_;
  // The first is always read; the others as long as there is time.
  while (round.under_way < kAtOnce && round.begun < round.checks.size() &&
         (round.begun == 0 || reactor_.now() < round.deadline)) {
    ++round.under_way;
    read(round.begun++);
  }
  if (round.under_way == 0) finish();
}

void Verifier::read(std::size_t index) {
  Check& check = round_->checks[index];
  const StepPlan& step = plans_[check.write.journey].steps[check.write.step];
  ++check.reads;
  check.answer = Answer();
  check.connection = connections_.take();
  if (!check.connection) return answered(index, false);
  Request request = step.verify->request(check.write.variables);
  request.headers.insert(request.headers.begin(), {"Host", host_});
  const std::string cookies = check.write.user->cookies.header(request.target);
  if (!cookies.empty()) request.headers.push_back({"Cookie", cookies});
  check.timer = reactor_.after(kAnswerTime, [this, index] { answered(index, false); });
  http::ClientEvents events;
  events.on_head = [&check](const wire::HttpHead& head, Ns at) { check.answer.on_head(head, at); };
  events.on_body = [&check](std::string_view bytes, Ns at) { check.answer.on_body(bytes, at); };
  events.on_end = [this, index](Ns) { answered(index, true); };
  events.on_failure = [this, index](http::Failure, const std::string&, Ns) { answered(index, false); };
  check.connection->send({request.method, request.target, request.headers, {}}, std::move(events));
}

void Verifier::drop_connection(Check& check) {
  reactor_.cancel(check.timer);
  if (!check.connection) return;
  if (check.connection->busy()) return connections_.drop(std::move(check.connection));
  connections_.give(std::move(check.connection));
}

void Verifier::answered(std::size_t index, bool whole) {
  Check& check = round_->checks[index];
  drop_connection(check);
  const std::size_t times = occurrences(check.answer.body(), check.write.token);
  // Absence can only be told from an answer that was kept whole.
  const bool seen_whole = whole && (times > 0 || !check.answer.cut());
  const std::string_view result = read_result(check.answer.status(), seen_whole, times, usual_[check.write.journey]);
  if (result == "found" || result == "doubled") {
    if (round_->occasion == "steady") usual_[check.write.journey] = std::max(usual_[check.write.journey], times);
    return settle(index, round_->occasion == "steady" ? "found" : result);
  }
  if (whole && asks_for_login(check.answer) && !check.logged_in) {
    check.logged_in = true;
    login_(check.write, [this, index, round = rounds_](const Variables& fresh) {
      if (!round_ || round_->number != round) return;
      for (const auto& [name, value] : fresh) round_->checks[index].write.variables[name] = value;
      read(index);
    });
    return;
  }
  if (check.reads >= kLeastReads && reactor_.now() + kPause > round_->deadline) return settle(index, result);
  reactor_.after(kPause, [this, index, round = rounds_] {
    if (round_ && round_->number == round) read(index);
  });
}

void Verifier::settle(std::size_t index, std::string_view result) {
  Check& check = round_->checks[index];
  check.settled = true;
  check.result = result;
  --round_->under_way;
  const auto journey = static_cast<std::int64_t>(check.write.journey);
  sink_(record::observe(reactor_.now(), record::WriteChecked{journey, check.write.token, check.write.acknowledged,
                                                             check.result, round_->occasion}));
  next_checks();
}

VerifyResult Verifier::result_of(const Check& check) const {
  return {static_cast<std::int64_t>(check.write.journey), check.write.token, check.write.acknowledged, check.result};
}

void Verifier::finish() {
  std::vector<VerifyResult> results;
  std::set<std::pair<std::size_t, std::string>> known;
  for (const Check& check : round_->checks) {
    if (check.settled) results.push_back(result_of(check));
    if (check.settled && check.result != "not readable") known.emplace(check.write.journey, check.write.token);
  }
  std::erase_if(writes_, [&](const Write& write) { return known.contains({write.journey, write.token}); });
  const Done done = std::move(round_->done);
  // Later: the last check's connection may be calling us.
  reactor_.post([this, round = rounds_] {
    if (round_ && round_->number == round) round_.reset();
  });
  done(std::move(results));
}

}  // namespace pl::load
