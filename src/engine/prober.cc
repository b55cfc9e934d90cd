#include "engine/prober.h"

#include <algorithm>

#include "base/limits.h"
#include "os/clock.h"
#include "os/net.h"
#include "scan/answer_words.h"

namespace pl::engine {
namespace {

constexpr std::int64_t kUsers = 900'001;      ///< First user number of probes.
constexpr std::int64_t kNumbers = 1'000'000;  ///< Numbers of a second; the load counts up from its start's second.
constexpr std::size_t kTarget = 120;          ///< Bytes of a logged target.

/// An address of this machine that no customer of the load has.
Endpoint own_address(const Endpoint& target) {
  if (target.family != 4 || !os::is_loopback(target)) return {};
  const auto own = os::parse_endpoint("127.0.0.9", 0);
  return own ? *own : Endpoint{};
}

}  // namespace

Prober::Prober(Run& run)
    : run_(run),
      from_(own_address(run.subject.target)),
      next_user_(kUsers),
      next_n_(os::wall_seconds() * kNumbers + kNumbers / 2) {}

Visitor Prober::visitor(std::int64_t user) {
  Visitor visitor;
  visitor.variables["user"] = std::to_string(user);
  visitor.variables["n"] = std::to_string(next_n_++);
  return visitor;
}

Result<scan::Asked> Prober::ask(load::Request request, Ns limit) {
  wire::HttpHeaders headers = std::move(request.headers);
  headers.insert(headers.begin(), {"Host", run_.subject.host});
  scan::Asked asked = scan::ask(run_.clock, run_.subject.target, from_,
                                {.method = std::move(request.method),
                                 .target = std::move(request.target),
                                 .headers = std::move(headers),
                                 .body = std::move(request.body)},
                                limit);
  PL_TRY(run_.pause(0));
  return asked;
}

Result<StepMade> Prober::step(const load::StepPlan& step, Visitor& visitor) {
  StepMade made;
  made.request = step.request(visitor.variables);
  const std::string cookies = visitor.cookies.header(made.request.target);
  if (!cookies.empty()) made.request.headers.push_back({"Cookie", cookies});
  made.asked = PL_TRY(ask(made.request));
  const Ns now = run_.clock.now();
  made.answer.on_head(made.asked.head, now);
  made.answer.on_body(made.asked.body, now);
  made.answer.on_end(now);
  made.good = made.asked.whole && made.asked.head.status >= 200 && made.asked.head.status < 400;
  for (const wire::HttpHeader& header : made.asked.head.headers) {
    const bool cookie = wire::equal_ignoring_case(header.name, "set-cookie");
    if (cookie) visitor.cookies.set(header.value, made.request.target);
  }
  for (const auto& [name, path] : step.capture) {
    const Json* value = made.answer.find(path);
    if (value == nullptr) continue;
    if (const auto text = load::as_variable(*value)) visitor.variables[name] = *text;
  }
  return made;
}

Result<Walked> Prober::walk(std::int64_t journey, const conf::Journey& config, std::int64_t user, std::size_t end) {
  Walked walked{.journey = journey, .config = config, .plan = PL_TRY(load::compile(config)), .visitor = visitor(user)};
  for (std::size_t i = 0; i < std::min(end, walked.plan.steps.size()); ++i) {
    walked.steps.push_back(PL_TRY(step(walked.plan.steps[i], walked.visitor)));
    if (!walked.steps.back().good) break;
  }
  return walked;
}

Result<Walked> Prober::walk_fresh(std::int64_t journey) {
  const conf::Journey& config = run_.journeys[static_cast<std::size_t>(journey)];
  Walked walked = PL_TRY(walk(journey, config, fresh_user(), config.steps.size()));
  walked.fresh_user = true;
  if (walked.whole()) return walked;
  return walk(journey, config, journey + 1, config.steps.size());
}

std::string target_text(const load::Request& request) {
  return request.method + " " + request.target.substr(0, kTarget);
}

void log_probe(Run& run, std::string what, const load::Request& request, const scan::Asked& asked, std::int64_t journey,
               std::int64_t step) {
  record::AnswerProbed seen = scan::describe(asked);
  seen.what = std::move(what);
  seen.method = request.method;
  seen.target = request.target.substr(0, kTarget);
  seen.journey = journey;
  seen.step = step;
  run.observe(seen);
}

bool needs_session(const Walked& walked, std::size_t step) {
  const auto& headers = walked.steps[step].request.headers;
  if (wire::find_header(headers, "cookie") != nullptr) return true;
  const load::HeaderTemplates& templates = walked.plan.steps[step].headers;
  return std::ranges::any_of(templates, [](const auto& header) {
    return wire::equal_ignoring_case(header.first, "authorization") && !header.second.names().empty();
  });
}

load::Request without_session(load::Request request) {
  std::erase_if(request.headers, [](const wire::HttpHeader& header) {
    return wire::equal_ignoring_case(header.name, "cookie") || wire::equal_ignoring_case(header.name, "authorization");
  });
  return request;
}

}  // namespace pl::engine
