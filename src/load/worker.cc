#include "load/worker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "base/rng.h"
#include "load/judge.h"
#include "load/rate_limit.h"
#include "load/text.h"
#include "os/clock.h"

namespace pl::load {
namespace {

/// Logged of a page that went wrong, in place of limits::kSaidBytes: what it says stands behind its head, or at least
/// its title does. The message begins at byte 110 of Express's page, 280 of Spring's, 510 of Tomcat's; of Django's only
/// the title, which ends at 210, comes before 4 KB of style sheet.
constexpr std::size_t kSaidPageBytes = 800;

record::End end_of(http::Failure failure) {
  switch (failure) {
    case http::Failure::refused:
      return record::End::refused;
    case http::Failure::reset:
      return record::End::reset;
    case http::Failure::closed:
      return record::End::dropped;
    case http::Failure::broken:
      return record::End::broken;
  }
  return record::End::broken;
}

}  // namespace

/// An iteration under way.
struct Worker::Run {
  std::int64_t id = 0;
  std::size_t journey = 0;
  std::size_t step = 0;
  User* user = nullptr;
  bool owns_user = true;  ///< The user goes back to the journey's idle ones at the end.
  bool counted = true;
  Variables variables;
  record::Iteration iteration;  ///< What holds for all steps; answers are judged into copies.
  Connections::Owned connection;
  Connections::Owned second;  ///< To the second instance, where one was needed.
  Answer answer;
  os::Reactor::TimerId think = 0;
  Ended ended;
};

/// What is known of a journey.
struct Worker::JourneyState {
  JourneyState(std::size_t journey, std::size_t journeys, std::size_t steps)
      : users(journey, journeys), learners(steps), profiles(steps) {}
  JourneyState(JourneyState&&) noexcept = default;
  Users users;
  std::vector<ProfileLearner> learners;  ///< By step, like the profiles.
  std::vector<std::optional<AnswerProfile>> profiles;
  JourneyLive live;
  std::int64_t said_second = -1;
  int said_count = 0;
};

Worker::Worker(os::Reactor& reactor, const GeneratorOptions& options, std::vector<JourneyPlan> plans,
               std::size_t most_connections)
    : reactor_(reactor),
      sink_(options.sink),
      host_(options.host_header),
      plans_(std::move(plans)),
      connections_(reactor, options.target, most_connections),
      most_connections_(most_connections),
      verifier_(reactor, connections_, plans_, host_, sink_,
                [this](const Write& write, auto done) { log_in(write, std::move(done)); }),
      schedule_(plans_.size(), Rng(options.seed).uniform()),
      seconds_(options.latency_limit),
      next_n_(options.first_n) {
  for (std::size_t i = 0; i < plans_.size(); ++i) journeys_.emplace_back(i, plans_.size(), plans_[i].steps.size());
}

Worker::~Worker() = default;

void Worker::set_rate(std::span<const double> per_journey) {
  const Ns now = reactor_.now();
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    schedule_.set_rate(i, i < per_journey.size() ? per_journey[i] : 0, now);
  }
  rearm();
}

void Worker::rearm() {
  if (timer_) reactor_.cancel(*timer_);
  // Without departures it still wakes now and then, to end what is overdue and to write the last second.
  const Ns idle = reactor_.now() + (runs_.empty() ? 5 * kSec : kSec);
  // Never in the past: a turn of the reactor reads answers before the next departures are taken.
  const Ns when = std::max(schedule_.next().value_or(idle), reactor_.now() + 1);
  timer_ = reactor_.at(std::min(when, idle), [this] { tick(); });
}

void Worker::tick() {
  timer_.reset();
  std::size_t taken = 0;
  while (const std::optional<Departure> departure = schedule_.take(reactor_.now())) {
    start(departure->journey, departure->intended, nullptr, true, nullptr);
    if (++taken >= limits::kDeparturesPerTurn) break;  // answers are read in between
  }
  const Ns now = reactor_.now();
  for (const record::GeneratorSecond& second : seconds_.over(now)) sink_(record::observe(now, second));
  end_overdue(now);
  rearm();
}

void Worker::end_overdue(Ns now) {
  while (!runs_.empty()) {
    Run& oldest = *runs_.begin()->second;
    if (now - oldest.iteration.taken < limits::kIterationTime) return;
    say_limit("an iteration was open for 180 s and was given up");
    finish_open(oldest, now);
  }
}

void Worker::say_limit(const std::string& what) {
  if (std::exchange(said_limit_, true)) return;
  sink_(record::observe(reactor_.now(), record::InstrumentFailed{"limit", "load generator: " + what}));
}

void Worker::start(std::size_t journey, Ns intended, User* user, bool counted, Ended ended) {
  const Ns now = reactor_.now();
  Connections::Owned connection = connections_.take();
  if (!connection) {
    seconds_.missed(intended);
    say_limit("no more connections can be open at a time; iterations were left out");
    if (ended) ended({.journey = static_cast<std::int64_t>(journey), .end = record::End::open}, {});
    return;
  }
  auto made = std::make_unique<Run>();
  Run& run = *made;
  run.id = next_id_++;
  run.journey = journey;
  run.owns_user = user == nullptr;
  run.user = user != nullptr ? user : &journeys_[journey].users.take();
  // Iterations begin in turn too: else a journey of two steps would always log in at the same instance.
  run.user->second_next = std::exchange(run.user->second_first, !run.user->second_first);
  run.counted = counted;
  run.connection = std::move(connection);
  run.ended = std::move(ended);
  run.variables = {{"user", std::to_string(run.user->number)}, {"n", std::to_string(next_n_++)}};
  run.iteration.journey = static_cast<std::int64_t>(journey);
  run.iteration.user = run.user->number;
  run.iteration.intended = intended;
  run.iteration.taken = now;
  if (counted) {
    run.iteration.number = next_number_++;
    seconds_.taken(intended, now);
    ++journeys_[journey].live.started;
  }
  runs_.emplace(run.id, std::move(made));
  send_step(run);
}

void Worker::fire(std::size_t journey, Ended ended) { start(journey, reactor_.now(), nullptr, true, std::move(ended)); }

void Worker::start_uncounted(std::size_t journey, User* user, Ended ended) {
  start(journey, reactor_.now(), user, false, std::move(ended));
}

/// Where the next request of the run's user goes.
http::ClientConnection& Worker::connection_of(Run& run) {
  if (!second_) return *run.connection;
  if (!std::exchange(run.user->second_next, !run.user->second_next)) return *run.connection;
  if (!run.second) run.second = second_->take();
  return run.second ? *run.second : *run.connection;
}

void Worker::give_back(Run& run) {
  const auto one = [](Connections& owner, Connections::Owned connection) {
    if (!connection) return;
    const bool under_way = connection->busy();
    under_way ? owner.drop(std::move(connection)) : owner.give(std::move(connection));
  };
  one(connections_, std::move(run.connection));
  if (second_) one(*second_, std::move(run.second));
}

void Worker::send_step(Run& run) {
  run.think = 0;
  run.answer = Answer();
  run.iteration.step = static_cast<std::int64_t>(run.step);
  Request request = plans_[run.journey].steps[run.step].request(run.variables);
  if (wire::find_header(request.headers, "host") == nullptr) {
    request.headers.insert(request.headers.begin(), {"Host", host_});
  }
  const std::string cookies = run.user->cookies.header(request.target);
  if (!cookies.empty() && wire::find_header(request.headers, "cookie") == nullptr) {
    request.headers.push_back({"Cookie", cookies});
  }
  connection_of(run).send({request.method, request.target, std::move(request.headers), std::move(request.body)},
                          events_of(run.id));
}

http::ClientEvents Worker::events_of(std::int64_t id) {
  http::ClientEvents events;
  events.on_sent = [this, id](Ns at) { on_sent(id, at); };
  events.on_head = [this, id](const wire::HttpHead& head, Ns at) { runs_.at(id)->answer.on_head(head, at); };
  events.on_body = [this, id](std::string_view bytes, Ns at) { runs_.at(id)->answer.on_body(bytes, at); };
  events.on_end = [this, id](Ns at) { on_answer(id, at); };
  events.on_failure = [this, id](http::Failure failure, const std::string&, Ns at) { on_failure(id, failure, at); };
  return events;
}

void Worker::on_sent(std::int64_t id, Ns at) {
  Run& run = *runs_.at(id);
  if (run.iteration.sent == 0) run.iteration.sent = at;
}

void Worker::take_cookies(Run& run) const {
  const std::string target = plans_[run.journey].steps[run.step].path.render(run.variables, Place::path);
  for (const wire::HttpHeader& header : run.answer.headers()) {
    if (wire::equal_ignoring_case(header.name, "set-cookie")) run.user->cookies.set(header.value, target);
  }
  if (asks_for_login(run.answer)) run.user->cookies.clear();  // logs in anew
}

bool Worker::take_captures(Run& run) const {
  for (const auto& [name, path] : plans_[run.journey].steps[run.step].capture) {
    const Json* found = run.answer.find(path);
    const std::optional<std::string> value = found == nullptr ? std::nullopt : as_variable(*found);
    if (!value) return false;
    run.variables[name] = *value;
  }
  return true;
}

void Worker::on_answer(std::int64_t id, Ns at) {
  Run& run = *runs_.at(id);
  run.answer.on_end(at);
  take_cookies(run);
  const JourneyPlan& plan = plans_[run.journey];
  const StepPlan& step = plan.steps[run.step];
  JourneyState& state = journeys_[run.journey];
  const bool captured = take_captures(run);
  record::Iteration judged = run.iteration;
  judge(step, state.profiles[run.step], run.answer, run.variables, judged);
  judged.expected = judged.expected && captured;
  ProfileLearner& learner = state.learners[run.step];
  // What a customer is told who asks too often is not how the application answers, unless that is declared.
  const bool limited = run.answer.status() == kTooMany && std::ranges::count(step.expect_status, kTooMany) == 0;
  const bool learns = run.counted && !limited && learner.samples() < limits::kProfileMostSamples;
  if (learns) learner.add(seen_of(run.answer));
  // A session can be lost only once: who logged in anew and is told 401 again has been misled.
  judged.session_lost = judged.session_lost && !run.user->lost_session;
  const bool wrong = went_wrong(judged);
  run.user->lost_session = run.user->lost_session ? wrong : judged.session_lost;
  if (step.verify && !wrong && run.counted) {
    judged.token = run.iteration.token = step.verify->contains.render(run.variables, Place::text);
    verifier_.remember({run.journey, run.step, run.user, run.variables, judged.token, at});
  }
  if (wrong || run.step + 1 == plan.steps.size()) return finish(run, std::move(judged), at);
  ++run.step;
  run.think = reactor_.after(step.think, [this, id] { send_step(*runs_.at(id)); });
}

void Worker::on_failure(std::int64_t id, http::Failure failure, Ns at) {
  Run& run = *runs_.at(id);
  run.answer.on_end(at);
  record::Iteration judged = run.iteration;
  judged.end = end_of(failure);
  judge(plans_[run.journey].steps[run.step], journeys_[run.journey].profiles[run.step], run.answer, run.variables,
        judged);
  finish(run, std::move(judged), at);
}

void Worker::finish_open(Run& run, Ns at) {
  run.answer.on_end(at);
  record::Iteration judged = run.iteration;
  judged.end = record::End::open;
  judge(plans_[run.journey].steps[run.step], journeys_[run.journey].profiles[run.step], run.answer, run.variables,
        judged);
  finish(run, std::move(judged), at);
}

std::string Worker::said(const record::Iteration& judged, const Answer& answer, Ns at) {
  if (!went_wrong(judged) || answer.body().empty()) return {};
  JourneyState& state = journeys_[static_cast<std::size_t>(judged.journey)];
  if (std::exchange(state.said_second, at / kSec) != at / kSec) state.said_count = 0;
  if (++state.said_count > limits::kSaidPerSecond) return {};
  const std::string_view body = answer.body();
  const std::size_t text = body.find_first_not_of(" \t\r\n");
  const bool page = text != std::string_view::npos && body[text] == '<';
  return start_of(body, page ? kSaidPageBytes : limits::kSaidBytes);
}

void Worker::count(Run& run, const record::Iteration& judged) {
  JourneyLive& live = journeys_[run.journey].live;
  ++live.ended;
  live.good += went_wrong(judged) ? 0 : 1;
  live.too_many += judged.status == kTooMany ? 1 : 0;
}

void Worker::read_limit(const Answer& answer, Ns at) {
  const RateLimit limit = rate_limit_of(answer.headers(), os::wall_seconds());
  limited_until_ = limit.reset ? at + *limit.reset : 0;
  limit_window_ = limit.window;
}

void Worker::finish(Run& run, record::Iteration judged, Ns at) {
  judged.done = at;
  if (judged.status == kTooMany) read_limit(run.answer, at);
  if (run.counted) {
    judged.said = said(judged, run.answer, at);
    count(run, judged);
    sink_(record::observe(at, judged));
  }
  reactor_.cancel(run.think);
  give_back(run);
  if (run.owns_user) journeys_[run.journey].users.give(*run.user);
  auto node = runs_.extract(run.id);
  if (node.mapped()->ended) node.mapped()->ended(judged, node.mapped()->variables);
}

void Worker::abandon_open() {
  const Ns now = reactor_.now();
  const std::int64_t first_new = next_id_;
  while (!runs_.empty() && runs_.begin()->first < first_new) finish_open(*runs_.begin()->second, now);
  close_idle();
}

void Worker::cancel_uncounted() {
  std::vector<std::int64_t> ids;
  for (const auto& [id, run] : runs_) {
    if (!run->counted) ids.push_back(id);
  }
  for (const std::int64_t id : ids) {
    runs_.at(id)->ended = nullptr;
    finish_open(*runs_.at(id), reactor_.now());
  }
}

void Worker::set_target(const Endpoint& target, const std::string& host_header) {
  connections_.set_target(target);
  host_ = host_header;
}

void Worker::take_turns(const Endpoint& second) {
  second_.reset();
  if (second.family != 0) second_.emplace(reactor_, second, most_connections_);
}

void Worker::learn_profiles() {
  const Ns now = reactor_.now();
  for (std::size_t i = 0; i < journeys_.size(); ++i) {
    JourneyState& state = journeys_[i];
    for (std::size_t step = 0; step < state.learners.size(); ++step) {
      std::optional<AnswerProfile> learned = state.learners[step].learn(plans_[i].steps[step].expect_status);
      if (learned) state.profiles[step] = std::move(learned);
    }
    const std::optional<AnswerProfile>& last = state.profiles.back();
    if (!last) continue;
    record::AnswerProfiled profiled{.journey = static_cast<std::int64_t>(i), .samples = last->samples};
    profiled.status = last->status;
    profiled.media = last->media;
    profiled.features = static_cast<std::int64_t>(last->parts.size());
    profiled.stable_percent = last->stable_percent;
    for (const AnswerProfile& other : last->others) profiled.also.push_back(other.status);
    sink_(record::observe(now, profiled));
  }
}

void Worker::forget_answers() {
  for (JourneyState& state : journeys_) std::ranges::fill(state.learners, ProfileLearner());
}

Live Worker::live() const {
  Live live;
  for (const JourneyState& state : journeys_) live.journeys.push_back(state.live);
  live.limited_until = limited_until_;
  for (const auto& [id, run] : runs_) {
    if (!run->counted) continue;
    live.open.push_back({run->iteration.journey, run->iteration.number, run->iteration.intended, run->iteration.sent});
    JourneyLive& journey = live.journeys[run->journey];
    ++journey.in_flight;
    if (journey.oldest == 0 || run->iteration.intended < journey.oldest) journey.oldest = run->iteration.intended;
  }
  return live;
}

void Worker::verify(const std::string& occasion, std::size_t most, Ns limit, Verifier::Done done) {
  verifier_.verify(occasion, most, limit, std::move(done));
}

void Worker::log_in(const Write& write, std::function<void(const Variables&)> done) {
  // The journey is made once more by the same user; what the steps before the write captured replaces what was lost.
  start_uncounted(write.journey, write.user, [this, write, done = std::move(done)](const auto&, const Variables& all) {
    Variables fresh;
    for (std::size_t step = 0; step < write.step; ++step) {
      for (const auto& [name, path] : plans_[write.journey].steps[step].capture) {
        if (const auto found = all.find(name); found != all.end()) fresh.insert(*found);
      }
    }
    reactor_.post([done, fresh] { done(fresh); });
  });
}

}  // namespace pl::load
