#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "engine/prober.h"
#include "load/rate_limit.h"
#include "load/text.h"
#include "scan/answer_words.h"

namespace pl::engine {
namespace {

constexpr int kGuesses = 20;
constexpr std::array<std::string_view, 5> kPasswords = {"password", "passwd", "pwd", "passphrase", "pass"};

bool is_password(std::string_view name) {
  const std::string low = load::lower(name);
  return std::ranges::find(kPasswords, low) != kPasswords.end();
}

/// The step with its password replaced; nothing where it has none.
std::optional<conf::Step> with_password(const conf::Step& step, const std::string& password) {
  conf::Step changed = step;
  bool found = false;
  if (step.body_kind == conf::Step::Body::json && step.json.is_object()) {
    for (const auto& [name, value] : step.json.members()) {
      if (!is_password(name) || !value.is_string()) continue;
      changed.json.set(name, password);
      found = true;
    }
  }
  for (auto& [name, value] : changed.form) {
    if (step.body_kind != conf::Step::Body::form || !is_password(name)) continue;
    value = password;
    found = true;
  }
  return found ? std::optional(changed) : std::nullopt;
}

/// The first step that logs in, or -1.
std::int64_t login_step(const conf::Journey& journey) {
  for (std::size_t i = 0; i < journey.steps.size(); ++i) {
    if (with_password(journey.steps[i], "x")) return static_cast<std::int64_t>(i);
  }
  return -1;
}

/// An answer with data: pages and files may be open to everybody.
bool has_data(const StepMade& made) {
  const std::string media = scan::media_of(made.asked.head);
  return media == "application/json" || media.ends_with("+json") || media == "text/event-stream";
}

bool is_good(const scan::Asked& asked) { return asked.head.status >= 200 && asked.head.status < 300; }

/// Each step that needs a session, asked for without one.
Result<void> ask_without(Prober& prober, const Walked& walked, std::set<std::string>& asked_for) {
  for (std::size_t i = 0; i < walked.steps.size(); ++i) {
    const StepMade& made = walked.steps[i];
    const bool login = with_password(walked.config.steps[i], "x").has_value();
    if (!made.good || login || !needs_session(walked, i) || !has_data(made)) continue;
    if (!asked_for.insert(walked.plan.steps[i].label).second) continue;
    const scan::Asked asked = PL_TRY(prober.ask(without_session(made.request)));
    prober.run().observe(record::AccessProbed{.what = "no session",
                                              .journey = walked.journey,
                                              .step = static_cast<std::int64_t>(i),
                                              .target = walked.plan.steps[i].label,
                                              .usual = made.asked.head.status,
                                              .statuses = {asked.head.status}});
    const int status = asked.head.status;
    if (status < 300 || status >= 500) continue;
    prober.run().guarded.push_back({.journey = walked.journey,
                                    .step = static_cast<std::int64_t>(i),
                                    .target = walked.plan.steps[i].label,
                                    .request = without_session(made.request),
                                    .refused = status});
  }
  return {};
}

/// The users of a journey are told apart by what its steps before `end` say.
bool tells_users(const conf::Journey& journey, std::size_t end) {
  for (std::size_t i = 0; i < end; ++i) {
    const conf::Step& step = journey.steps[i];
    std::string said = step.path + step.json.dump() + step.text;
    for (const auto& [name, value] : step.form) said += value;
    for (const auto& [name, value] : step.headers) said += value;
    if (said.find("${user}") != said.npos) return true;
  }
  return false;
}

/// What one user wrote is asked for by another one: first by its owner and by nobody, so that it is known to be there
/// and not to be for everybody.
Result<void> ask_as_another(Prober& prober, const Walked& walked, std::size_t step) {
  const load::VerifyPlan& verify = *walked.plan.steps[step].verify;
  const std::string contains = verify.contains.render(walked.visitor.variables, load::Place::text);
  const auto read = [&](const load::Request& request, const std::string& cookies) -> Result<scan::Asked> {
    load::Request asked = request;
    if (!cookies.empty()) asked.headers.push_back({"Cookie", cookies});
    return prober.ask(asked);
  };
  const auto shows = [&](const scan::Asked& asked) {
    return is_good(asked) && asked.body.find(contains) != std::string::npos;
  };
  const load::Request request = verify.request(walked.visitor.variables);
  const scan::Asked own = PL_TRY(read(request, walked.visitor.cookies.header(request.target)));
  const scan::Asked nobody = PL_TRY(read(without_session(request), ""));
  if (!shows(own) || shows(nobody)) return {};
  const Walked other = PL_TRY(prober.walk(walked.journey, walked.config, prober.fresh_user(), step));
  if (other.steps.size() != step || (step > 0 && !other.steps.back().good)) return {};
  load::Variables theirs = walked.visitor.variables;
  // The other user's own session, captured or in cookies; the first one's number and id.
  for (const StepMade& made : other.steps) {
    const auto& capture = walked.plan.steps[static_cast<std::size_t>(&made - other.steps.data())].capture;
    for (const auto& [name, path] : capture) {
      if (const auto had = other.visitor.variables.find(name); had != other.visitor.variables.end())
        theirs[name] = had->second;
    }
  }
  const load::Request foreign = verify.request(theirs);
  const scan::Asked asked = PL_TRY(read(foreign, other.visitor.cookies.header(foreign.target)));
  prober.run().observe(record::AccessProbed{.what = "another user",
                                            .journey = walked.journey,
                                            .step = static_cast<std::int64_t>(step),
                                            .target = "GET " + walked.config.steps[step].verify->get,
                                            .usual = own.head.status,
                                            .statuses = {asked.head.status},
                                            .readable = shows(asked)});
  return {};
}

/// Wrong passwords for an account of our own, as many as somebody who guesses would try in a minute.
Result<void> guess(Prober& prober, const Walked& walked, std::size_t step) {
  const Walked own = PL_TRY(prober.walk(walked.journey, walked.config, prober.fresh_user(), step + 1));
  if (own.steps.size() != step + 1 || !own.steps.back().good) return {};
  record::AccessProbed seen{.what = "wrong password",
                            .journey = walked.journey,
                            .step = static_cast<std::int64_t>(step),
                            .target = walked.plan.steps[step].label,
                            .usual = own.steps.back().asked.head.status};
  for (int i = 0; i < kGuesses; ++i) {
    conf::Journey changed = walked.config;
    changed.steps[step] = *with_password(walked.config.steps[step], fmt::format("not the password {}", i));
    const load::JourneyPlan plan = PL_TRY(load::compile(changed));
    const scan::Asked asked = PL_TRY(prober.ask(plan.steps[step].request(own.visitor.variables)));
    seen.statuses.push_back(asked.head.status);
    if (asked.head.status == load::kTooMany || asked.head.status == 0) break;
  }
  prober.run().observe(seen);
  return {};
}

}  // namespace

Result<void> probe_access(Prober& prober, const std::vector<Walked>& walks) {
  std::set<std::string> asked_for;
  for (const Walked& walked : walks) {
    PL_TRY(ask_without(prober, walked, asked_for));
    for (std::size_t i = 0; i < walked.steps.size(); ++i) {
      const bool written = walked.steps[i].good && walked.plan.steps[i].verify.has_value();
      if (!written || !walked.fresh_user || !tells_users(walked.config, i)) continue;
      PL_TRY(ask_as_another(prober, walked, i));
    }
  }
  return {};
}

Result<void> probe_guessing(Prober& prober, const std::vector<Walked>& walks) {
  // Somebody else's account, or the load's address, must not be locked by it.
  if (!prober.apart()) return {};
  std::set<std::string> guessed;
  for (const Walked& walked : walks) {
    const std::int64_t step = login_step(walked.config);
    if (step < 0 || !walked.fresh_user || static_cast<std::size_t>(step) >= walked.steps.size()) continue;
    const auto index = static_cast<std::size_t>(step);
    if (!tells_users(walked.config, index + 1) || !guessed.insert(walked.plan.steps[index].label).second) continue;
    PL_TRY(guess(prober, walked, index));
  }
  return {};
}

}  // namespace pl::engine
