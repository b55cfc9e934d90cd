#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <numbers>
#include <set>

#include "base/rng.h"
#include "facts/procedure.h"

// Simulated applications, each with the words that are true of it, on a quiet and on a noisy machine: how often does
// the procedure say something else? docs/design/0003-procedure.md holds the figures of long runs.

namespace pl::facts {
namespace {

constexpr double kRate = 10, kWarm = 15, kControl = 4, kHold = 5, kLongHold = 12, kBrief = 3, kWatch = 30;
constexpr int kDefaultCells = 40;  ///< Of each application and machine; PL_SIM_CELLS asks for more.
constexpr int kMostTrials = 8;
constexpr double kForEver = 1e6;
constexpr double kMachine = 120;  ///< Longest trial, for which stalls are made.

struct Dice {
  Rng rng;
  double uniform(double from, double to) { return from + (to - from) * rng.uniform(); }
  double normal() {  // Box and Muller, 1958.
    const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));
    return radius * std::cos(2 * std::numbers::pi * rng.uniform());
  }
  double log_normal(double median, double sigma) { return median * std::exp(sigma * normal()); }
};

/// A machine that stands still now and then.
struct Noise {
  double stalls_per_second = 0, stall = 0, small_per_second = 0, seen = 0;
};
constexpr Noise kQuiet{}, kNoisy{.stalls_per_second = 0.3, .stall = 0.3, .small_per_second = 1.4, .seen = 0.9};

struct Machine {
  struct Stall {
    double from, length;
    bool seen;
  };
  std::vector<Stall> stalls;

  Machine(const Noise& noise, double from, double to, Dice& dice) {
    const auto add = [&](double rate, double least, double most) {
      if (rate <= 0) return;
      for (double at = from + dice.rng.exponential(1 / rate); at < to; at += dice.rng.exponential(1 / rate)) {
        stalls.push_back({at, dice.uniform(least, most), dice.rng.uniform() < noise.seen});
      }
    };
    add(noise.stalls_per_second, 0.7 * noise.stall, 1.3 * noise.stall);
    add(noise.small_per_second, 0.05, 0.1);
    std::ranges::sort(stalls, {}, &Stall::from);
  }
  /// When a timer set for this moment fires.
  double fires(double at) const {
    for (const Stall& stall : stalls) {
      if (stall.from > at) break;
      if (at < stall.from + stall.length) at = stall.from + stall.length;
    }
    return at;
  }
  /// When work of this length, begun then, is done.
  double works(double at, double work) const {
    at = fires(at);
    double done = at + work;
    for (const Stall& stall : stalls) {
      const double end = stall.from + stall.length;
      if (end <= at) continue;
      if (stall.from >= done) break;
      done += end - std::max(at, stall.from);
    }
    return done;
  }
};

/// One request while it is answered.
struct Request {
  double sent = 0, done = 0, usual = 0;
  AnswerClass answer = AnswerClass::same;
};

/// What an application may look at when it answers.
struct Moment {
  double from, to;  ///< The fault.
  Dice& dice;
  const Machine& machine;
  int& held;  ///< Requests that hold something, in this trial.
  bool faulted(const Request& request) const { return request.sent >= from && request.sent < to; }
};
using Answer = std::function<void(Request&, Moment&)>;

struct Base {
  double median = 0.02, sigma = 0.4, slow_share = 0, slow_median = 0, errors = 0, timer = 0;
};
constexpr Base kWeb{}, kErrors{.errors = 0.005}, kModel{.median = 0.8, .sigma = 0.3, .timer = 0.95},
    kWork{.median = 0.3, .sigma = 0.3}, kTwoKinds{.sigma = 0.3, .slow_share = 0.1, .slow_median = 0.25};

enum class Kind { hold, brief, slowing };
struct Application {
  const char* name;
  Base base;
  Answer answer;
  std::set<Outcome> truth;
  Kind kind = Kind::hold;
};

Answer unmoved() {
  return [](Request&, Moment&) {};
}
Answer fixed(AnswerClass answer, double time, double share) {
  return [=](Request& request, Moment& now) {
    if (!now.faulted(request) || now.dice.rng.uniform() >= share) return;
    request.answer = answer;
    request.done = now.machine.works(request.sent, now.dice.log_normal(time, 0.3));
  };
}
Answer back_after(double time) {
  return [=](Request& request, Moment& now) {
    if (request.sent < now.from || request.sent >= now.to + time) return;
    request.answer = AnswerClass::error;
    request.done = now.machine.works(request.sent, now.dice.log_normal(0.01, 0.3));
  };
}
Answer gives_up(double wait, int tries, AnswerClass answer) {
  return [=](Request& request, Moment& now) {
    if (!now.faulted(request)) return;
    double at = request.sent;
    for (int i = 0; i < tries; ++i) at = now.machine.fires(at + wait / tries);
    const bool bounded = at <= now.to;
    if (bounded) request.answer = answer;
    request.done = bounded ? now.machine.works(at, 0.01)
                           : now.machine.works(now.machine.fires(now.to + now.dice.uniform(0, 0.3)), request.usual);
  };
}
Answer partly_hangs(double share) {
  return [=](Request& request, Moment& now) {
    if (now.faulted(request) && now.dice.rng.uniform() < share) request.done = now.machine.works(now.to, request.usual);
  };
}
Answer slower(double by, double times, double share) {
  return [=](Request& request, Moment& now) {
    if (!now.faulted(request) || now.dice.rng.uniform() >= share) return;
    const double later = request.sent + now.dice.log_normal(by, 0.2) + request.usual * (times - 1);
    request.done = now.machine.works(now.machine.fires(later), request.usual);
  };
}
Answer small_pool(int room, AnswerClass rest, double after) {
  return [=](Request& request, Moment& now) {
    if (!now.faulted(request)) return;
    const double at = now.machine.fires(request.sent + after);
    if (now.held < room || at > now.to) {
      ++now.held;
      request.done = now.machine.works(now.to, request.usual);
    } else {
      request.answer = rest;
      request.done = at + 0.005;
    }
  };
}
Answer cached(double time) {
  return [=](Request& request, Moment& now) {
    if (request.sent < now.from + time || request.sent >= now.to) return;
    request.answer = AnswerClass::error;
    request.done = now.machine.works(request.sent, 0.01);
  };
}
Answer breaker() {
  return [](Request& request, Moment& now) {
    const double opens = now.from + 5.2;
    if (request.sent >= now.from && request.sent < opens) {
      const double at = now.machine.fires(request.sent + 5);
      if (at <= now.to) request.answer = AnswerClass::refused;
      request.done = at <= now.to ? at + 0.01 : now.machine.works(now.to, request.usual);
    } else if (now.to - now.from > 5.5 && request.sent >= opens && request.sent < now.to + 9) {
      request.answer = AnswerClass::misleading;
      request.done = now.machine.works(request.sent, 0.01);
    }
  };
}
Answer down(double errors) {
  return [=](Request& request, Moment& now) {
    if (request.sent < now.from || request.sent >= now.to + 0.5) return;
    const double up = std::max(request.sent, now.to) + now.dice.uniform(0.5, 2.5);
    request.done = now.machine.works(now.machine.fires(up), request.usual);
    if (now.dice.rng.uniform() < errors) request.answer = AnswerClass::error;
  };
}

/// Where two words are given, the application stands between them on purpose and does not count.
std::vector<Application> applications() {
  using enum Outcome;
  constexpr auto kErr = AnswerClass::error, kNo = AnswerClass::refused, kMis = AnswerClass::misleading;
  return {{"no impact", kWeb, unmoved(), {unaffected}},
          {"no impact, 0.5 % errors always", kErrors, unmoved(), {unaffected}},
          {"no impact, 10 % slow pages", kTwoKinds, unmoved(), {unaffected}},
          {"no impact, 0.8 s model", kModel, unmoved(), {unaffected}},
          {"no impact, 0.3 s of processor", kWork, unmoved(), {unaffected}},
          {"500 at once", kWeb, fixed(kErr, 0.01, 1), {errors}},
          {"500 for 30 %", kWeb, fixed(kErr, 0.01, 0.3), {errors}},
          {"500 for 15 %", kWeb, fixed(kErr, 0.01, 0.15), {errors}},
          {"500 for 5 %", kWeb, fixed(kErr, 0.01, 0.05), {errors, unaffected}},
          {"500 for 1 %", kWeb, fixed(kErr, 0.01, 0.01), {unaffected}},
          {"503 at once", kWeb, fixed(kNo, 0.005, 1), {graceful}},
          {"404 at once", kWeb, fixed(kMis, 0.01, 1), {misleading}},
          {"fallback", kWeb, fixed(AnswerClass::changed, 0.02, 1), {graceful}},
          {"hangs for ever", kWeb, gives_up(kForEver, 1, kErr), {hangs}},
          {"15 % hang", kWeb, partly_hangs(0.15), {hangs}},
          {"30 % hang", kWeb, partly_hangs(0.3), {hangs}},
          {"10 hold the pool, rest 500 after 5 s", kWeb, small_pool(10, kErr, 5), {hangs}},
          {"17 hang, then 503", kWeb, small_pool(17, kNo, 0), {hangs}},
          {"503 after 5 s", kWeb, gives_up(5, 1, kNo), {graceful}},
          {"500 after 8 s", kWeb, gives_up(8, 1, kErr), {errors}},
          {"502 after 5 x 2 s", kWeb, gives_up(10.02, 5, kErr), {errors}},
          {"500 after 11 s", kWeb, gives_up(11, 1, kErr), {errors, hangs}},
          {"500 after 15 s", kWeb, gives_up(15, 1, kErr), {hangs}},
          {"500 after 3 tries, 1.8 s", kWeb, gives_up(1.8, 3, kErr), {errors}},
          {"down 3 s: waits, then success", kWeb, down(0), {degraded}, Kind::brief},
          {"down 3 s: waits, one 500 in 70", kWeb, down(0.015), {degraded}, Kind::brief},
          {"down 3 s: 500, back after 0.4 s", kWeb, back_after(0.4), {errors}, Kind::brief},
          {"500, back after 10 s", kWeb, back_after(10), {errors}},
          {"500, back after 28 s", kWeb, back_after(28), {errors, no_recovery}},
          {"500, never back", kWeb, back_after(kForEver), {no_recovery}},
          {"cache hides 3 s, then 500", kWeb, cached(3), {errors}},
          {"cache hides 8 s, then 500", kWeb, cached(8), {errors, unaffected}},
          {"breaker: 503 at 5 s, 404 until 9 s after", kWeb, breaker(), {misleading}},
          {"soft part gone: +150 ms", kWeb, slower(0.15, 1, 1), {degraded}},
          {"30 % slower by 2 s", kWeb, slower(2, 1, 0.3), {degraded}},
          {"slow: no impact", kWeb, unmoved(), {unaffected}, Kind::slowing},
          {"slow: no impact, 0.8 s model", kModel, unmoved(), {unaffected}, Kind::slowing},
          {"slow: no impact, 0.3 s of processor", kWork, unmoved(), {unaffected}, Kind::slowing},
          {"slow: by 50 ms", kWeb, slower(0.05, 1, 1), {unaffected}, Kind::slowing},
          {"slow: by 100 ms", kWeb, slower(0.1, 1, 1), {unaffected, degraded}, Kind::slowing},
          {"slow: by 150 ms", kWeb, slower(0.15, 1, 1), {degraded}, Kind::slowing},
          {"slow: by 200 ms", kWeb, slower(0.2, 1, 1), {degraded}, Kind::slowing},
          {"slow: by 400 ms", kWeb, slower(0.4, 1, 1), {degraded}, Kind::slowing},
          {"slow: 30 % by 2 s", kWeb, slower(2, 1, 0.3), {degraded}, Kind::slowing},
          {"slow: 0.8 s model doubled", kModel, slower(0, 2, 1), {degraded}, Kind::slowing},
          {"slow: 0.3 s of processor +0.3 s", kWork, slower(0.3, 1, 1), {degraded}, Kind::slowing}};
}

Ns ns(double time) { return static_cast<Ns>(time * 1e9); }

record::Iteration iteration_of(const Request& request) {
  record::Iteration iteration;
  iteration.intended = iteration.taken = iteration.sent = ns(request.sent);
  iteration.done = ns(request.done);
  iteration.status = 200;
  if (request.answer == AnswerClass::error) iteration.status = 500;
  if (request.answer == AnswerClass::refused) iteration.status = 503;
  if (request.answer == AnswerClass::misleading) iteration.status = 404;
  if (request.answer == AnswerClass::changed) iteration.match = 40;
  return iteration;
}

/// The engine's loop around one application: it makes the log that the procedure reads.
class Bench {
 public:
  Bench(const Application& application, const Noise& noise, Dice& dice)
      : application_(application), noise_(noise), dice_(dice) {
    Journey& journey = facts_.journeys.emplace_back();
    journey.profile = record::AnswerProfiled{.status = 200};
    facts_.topology.edges.emplace_back();
    begin_trial();
    log(send(at_, at_ + kWarm, kForEver, kForEver));
    journey.steady = steady_state(facts_, 0, ns(at_), ns(at_ + kWarm));
  }

  Cell run() {
    Next next = application_.kind == Kind::slowing ? Next::switchback : Next::hold;
    Experiment experiment;
    for (int i = 0; i < kMostTrials && next != Next::done; ++i) {
      begin_trial();
      next == Next::hold ? hold() : switchback();
      experiment = decide(facts_, "cell");
      next = experiment.next;
    }
    REQUIRE(experiment.cells.size() == 1);
    return experiment.cells[0];
  }

 private:
  /// A time of its own after everything before, with stalls of its own.
  void begin_trial() {
    at_ = std::max(last_, machine_until_) + 1;
    held_ = 0;
    machine_until_ = at_ + kMachine;
    machine_ = Machine(noise_, at_, machine_until_, dice_);
    for (const Machine::Stall& stall : machine_.stalls) {
      if (!stall.seen) continue;
      facts_.stalls.push_back({0, ns(stall.from), {ns(stall.from), ns(stall.from + stall.length), 0}});
    }
  }

  Request answer(double at, double from, double to) {
    const Base& base = application_.base;
    Request request{.sent = at + dice_.uniform(0, 0.1 / kRate)};
    const bool slow = base.slow_share > 0 && dice_.rng.uniform() < base.slow_share;
    request.usual = dice_.log_normal(slow ? base.slow_median : base.median, base.sigma);
    request.done =
        machine_.works(machine_.fires(request.sent + request.usual * base.timer), request.usual * (1 - base.timer));
    if (dice_.rng.uniform() < base.errors) request.answer = AnswerClass::error;
    Moment now{from, to, dice_, machine_, held_};
    application_.answer(request, now);
    return request;
  }

  std::vector<Request> send(double begin, double end, double from, double to) {
    std::vector<Request> requests;
    for (double at = begin; at < end - 1e-9; at += 1 / kRate) requests.push_back(answer(at, from, to));
    return requests;
  }

  void log(std::vector<Request> requests) {
    std::ranges::sort(requests, {}, &Request::done);
    for (const Request& request : requests) {
      facts_.iterations.push_back({++frame_, ns(request.done), iteration_of(request)});
      last_ = std::max(last_, request.done);
    }
    facts_.last = ns(last_);
  }

  /// What the engine asks after the first part, with what has ended by then. The dice are put back afterwards.
  bool asks_for_longer(double from) {
    const Dice before = dice_;
    const double now = from + kHold, last = last_;
    const std::size_t size = facts_.iterations.size();
    std::vector<Request> ended = send(from, now, from, kForEver);
    std::vector<OpenIteration> open;
    for (const Request& request : ended) {
      if (request.done > now) open.push_back({0, ns(request.sent)});
    }
    std::erase_if(ended, [now](const Request& request) { return request.done > now; });
    log(std::move(ended));
    const bool longer = hold_longer(facts_, ns(from), ns(now), open);
    facts_.iterations.resize(size);
    last_ = last;
    held_ = 0;
    dice_ = before;
    return longer;
  }

  /// Sends until 2 s were same and not slow, or the limit.
  double recover(double from, double to) {
    const Steady& steady = facts_.journeys[0].steady;
    const double slow = std::max(seconds(steady.median) + 0.5, 2 * seconds(steady.p95));
    double good_since = to;
    double at = to;
    std::vector<Request> requests;
    for (; at < to + kWatch && at - good_since < 2.3; at += 1 / kRate) {
      requests.push_back(answer(at, from, to));
      const Request& request = requests.back();
      if (request.answer != AnswerClass::same || request.done - request.sent > slow) good_since = at + 1 / kRate;
    }
    log(std::move(requests));
    return at;
  }

  void hold() {
    const bool brief = application_.kind == Kind::brief;
    const double from = at_ + kControl;
    log(send(at_, from, kForEver, kForEver));
    const double length = brief ? kBrief : asks_for_longer(from) ? kLongHold : kHold;
    log(send(from, from + length, from, from + length));
    const double watched = recover(from, from + length);
    std::ranges::sort(facts_.iterations, {}, [](const auto& seen) { return seen.at; });
    add_trial({.key = "cell",
               .form = brief ? "brief" : "hold",
               .fault = "silent",
               .edge = 0,
               .control_from = ns(at_),
               .fault_from = ns(from),
               .fault_to = ns(from + length),
               .watched_to = ns(watched),
               .requests_met = 1});
  }

  void switchback() {
    const double block = std::max({2.0, 4 * application_.base.median, 8 / kRate});
    record::TrialEnded trial{.key = "cell", .form = "switchback", .fault = "silent", .edge = 0, .requests_met = 1};
    if (application_.kind == Kind::slowing) trial.fault = "latency";
    trial.control_from = ns(at_);
    std::vector<Request> requests;
    for (int i = 0; i < 9; ++i) {
      const double from = at_ + i * block, to = from + block;
      const std::vector<Request> part = send(from, to, i % 2 == 1 ? from : kForEver, i % 2 == 1 ? to : kForEver);
      requests.insert(requests.end(), part.begin(), part.end());
      trial.blocks.push_back(ns(from));
    }
    log(std::move(requests));
    trial.blocks.push_back(ns(at_ + 9 * block));
    trial.fault_from = trial.blocks[1];
    trial.fault_to = trial.blocks[8];
    trial.watched_to = trial.blocks[9];
    add_trial(std::move(trial));
  }

  void add_trial(record::TrialEnded trial) { facts_.trials.push_back({++frame_, ns(last_), std::move(trial)}); }

  const Application& application_;
  const Noise& noise_;
  Dice& dice_;
  Machine machine_{kQuiet, 0, 0, dice_};
  Facts facts_;
  double at_ = 0, last_ = -1, machine_until_ = -1;
  int held_ = 0;
  std::int64_t frame_ = 0;
};

struct Rates {
  int cells = 0, wrong = 0, open = 0, sound = 0, alarms = 0, faulty = 0, misses = 0;
};

Rates measure(const Noise& noise, std::uint64_t seed) {
  const char* asked = std::getenv("PL_SIM_CELLS");
  const std::string_view text = asked != nullptr ? asked : "";
  int cells = kDefaultCells;
  std::from_chars(text.data(), text.data() + text.size(), cells);
  Rates rates;
  for (const Application& application : applications()) {
    Dice dice{Rng(++seed)};
    std::string words;
    for (int i = 0; i < cells; ++i) {
      const Cell cell = Bench(application, noise, dice).run();
      const bool decided = cell.state == Cell::State::decided;
      const bool wrong = decided && !application.truth.contains(cell.headline);
      if (wrong) words += fmt::format(" {}", outcome_row(cell.headline).word);
      if (application.truth.size() > 1) continue;
      const bool sound = application.truth.contains(Outcome::unaffected);
      ++rates.cells;
      rates.open += decided ? 0 : 1;
      rates.wrong += wrong ? 1 : 0;
      (sound ? rates.sound : rates.faulty) += 1;
      rates.alarms += wrong && sound ? 1 : 0;
      rates.misses += wrong && !sound && cell.headline == Outcome::unaffected ? 1 : 0;
    }
    if (!words.empty()) MESSAGE(fmt::format("{}:{}", application.name, words));
  }
  MESSAGE(fmt::format("{} cells: wrong {}, open {}, false alarms {} of {}, misses {} of {}", rates.cells, rates.wrong,
                      rates.open, rates.alarms, rates.sound, rates.misses, rates.faulty));
  return rates;
}

TEST_CASE("simulated applications on a quiet machine") {
  const Rates rates = measure(kQuiet, 1000);
  CHECK(rates.wrong * 1000 <= 5 * rates.cells);
  CHECK(rates.open * 100 <= 2 * rates.cells);
  CHECK(rates.alarms * 1000 <= 5 * rates.sound);
  CHECK(rates.misses * 1000 <= 2 * rates.faulty);
}

TEST_CASE("simulated applications on a noisy machine") {
  const Rates rates = measure(kNoisy, 2000);
  CHECK(rates.wrong * 1000 <= 10 * rates.cells);
  CHECK(rates.open * 100 <= 5 * rates.cells);
  CHECK(rates.alarms * 1000 <= 10 * rates.sound);
  CHECK(rates.misses * 1000 <= 5 * rates.faulty);
}

}  // namespace
}  // namespace pl::facts
