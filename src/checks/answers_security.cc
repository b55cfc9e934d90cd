#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "checks/answers.h"
#include "checks/chaos/time_limits.h"
#include "checks/say/say.h"
#include "checks/security/access.h"
#include "checks/security/cookies.h"
#include "checks/security/exposure.h"
#include "checks/security/guessing.h"
#include "checks/security/headers.h"
#include "checks/security/internals.h"
#include "checks/security/model_limits.h"
#include "checks/security/model_markup.h"
#include "checks/security/plaintext.h"
#include "checks/security/secrets.h"
#include "facts/address.h"

namespace pl::checks {
namespace {

using facts::Answer;
using facts::Facts;
using facts::Finding;

/// What was looked at, and what was found.
struct Sum {
  std::vector<std::string> bad, good, open;
  std::vector<std::int64_t> evidence;

  void found(const std::vector<Finding>& findings, const std::string& words) {
    if (findings.empty()) return;
    bad.push_back(words);
    for (const Finding& finding : findings)
      evidence.insert(evidence.end(), finding.evidence.begin(), finding.evidence.end());
  }
  void passed(bool holds, const std::string& words) {
    if (holds) good.push_back(words);
  }
};

/// "Not everywhere: a and b. Without finding: c. Not tried: d." A finding answers the question; without one it is open
/// as long as something was not tried.
void conclude(Sum sum, Answer& answer) {
  if (sum.bad.empty() && sum.good.empty()) return;
  constexpr std::size_t kEvidence = 40;
  std::string text;
  if (!sum.bad.empty()) text = "Not everywhere: " + list_text(sum.bad) + ". ";
  if (!sum.good.empty())
    text += (text.empty() ? "As far as tried: " : "Without a finding: ") + list_text(sum.good) + ". ";
  if (!sum.open.empty()) text += "Not tried: " + list_text(sum.open) + ". ";
  text.pop_back();
  if (sum.evidence.size() > kEvidence) sum.evidence.resize(kEvidence);
  give(answer, text, sum.evidence);
  if (sum.bad.empty() && !sum.open.empty()) answer.state = Answer::State::inconclusive;
}

bool any_outside(const Facts& facts) {
  return std::any_of(facts.topology.edges.begin(), facts.topology.edges.end(), [](const facts::Edge& edge) {
    return std::any_of(edge.addresses.begin(), edge.addresses.end(), [](const std::string& address) {
      return !address.empty() && address.front() != '/' && !facts::is_loopback(address);
    });
  });
}

std::int64_t probes_that_failed(const Facts& facts) {
  return std::count_if(facts.probes.begin(), facts.probes.end(),
                       [](const auto& probe) { return probe.value.status >= 400 && probe.value.what != "metrics"; });
}

bool probed(const Facts& facts, std::string_view what) {
  return std::any_of(facts.accesses.begin(), facts.accesses.end(),
                     [&](const auto& probe) { return probe.value.what == what; });
}

}  // namespace

void answer_network(const Facts& facts, Answer& answer) {
  if (!facts.ready) {
    answer.text = "The application did not get ready, so nothing is known of what it listens on.";
    return;
  }
  Sum sum;
  sum.evidence = {facts.ready->id};
  const std::vector<Finding> exposed = exposure(facts), clear = plaintext(facts);
  const auto wide = std::count_if(exposed.begin(), exposed.end(),
                                  [](const Finding& one) { return one.severity != facts::Severity::note; });
  for (const Finding& finding : exposed) {
    sum.found({finding},
              finding.subject + (finding.check == "security.undeclared_listener" ? " listens where nothing used it"
                                                                                 : " listens on every interface"));
  }
  sum.passed(wide == 0, "nothing but the customers' entrance is open to other machines");
  sum.found(clear, count_text(static_cast<std::int64_t>(clear.size()), "connection") + " in clear to other machines");
  sum.passed(clear.empty(), any_outside(facts) ? "no connection in clear to another machine was seen"
                                               : "no connection to another machine was seen");
  sum.open.push_back("TLS towards customers (proofload asks the application itself, by plain HTTP)");
  conclude(std::move(sum), answer);
}

void answer_application(const Facts& facts, Answer& answer) {
  if (facts.probes.empty() && facts.files.empty()) {
    answer.text = "The stage `probe` was not made in this run.";
    return;
  }
  Sum sum;
  for (const auto& files : facts.files) sum.evidence.push_back(files.id);
  const auto add = [&](const std::vector<Finding>& findings, bool tried, const std::string& bad, const char* good) {
    sum.found(findings, bad);
    sum.passed(tried && findings.empty(), good);
    if (!tried && findings.empty()) sum.open.push_back(good);
  };
  std::vector<Finding> foreign = access(facts), open = foreign;
  std::erase_if(foreign, [](const Finding& one) { return one.check != "security.foreign_data"; });
  std::erase_if(open, [](const Finding& one) { return one.check != "security.open"; });
  add(foreign, probed(facts, "another user"), "customers can read what others wrote", "reading what others wrote");
  add(open, probed(facts, "no session"), "some steps answer without a session", "asking without a session");
  add(guessing(facts), probed(facts, "wrong password"), "passwords can be guessed without a limit",
      "guessing passwords");
  const bool cookie = std::any_of(facts.probes.begin(), facts.probes.end(),
                                  [](const auto& probe) { return !probe.value.cookies.empty(); });
  add(cookies(facts), cookie, "session cookies lack protection", "session cookies");
  add(headers(facts), true, "pages lack protective header fields", "header fields of pages");
  add(internals(facts), probes_that_failed(facts) > 0, "error answers show the inside", "error answers");
  const std::vector<Finding> written = secrets(facts);
  add(written, !facts.files.empty(), count_text(static_cast<std::int64_t>(written.size()), "secret") + " in files",
      "secrets in files");
  const std::vector<Finding> endless = time_limits(facts);
  sum.found(endless, "calls to " + std::string(endless.empty() ? "" : endless.front().subject) + " have no time limit");
  sum.open.push_back("injection at large, and roles");
  conclude(std::move(sum), answer);
}

void answer_model(const Facts& facts, Answer& answer) {
  Sum sum;
  bool came = false;
  for (const auto& probe : facts.markup) {
    if (probe.value.form.empty()) continue;
    came = true;
    sum.evidence.push_back(probe.id);
  }
  if (!came) {
    answer.text =
        facts.markup.empty()
            ? "No journey reached the built-in model in this run, so it could not answer with anything harmful."
            : "The built-in model was asked for markup, but what it said was not in any answer to the customer.";
    return;
  }
  const std::vector<Finding> markup = model_markup(facts);
  const bool proved = std::any_of(markup.begin(), markup.end(),
                                  [](const Finding& one) { return one.severity == facts::Severity::blocking; });
  sum.found(markup, proved ? "markup that the model answers stands unescaped in pages"
                           : "markup that the model answers reaches scripts that turn text into markup");
  sum.passed(markup.empty(), "markup that the model answers is not turned into a page's own");
  for (const auto& probe : facts.consumption) sum.evidence.push_back(probe.id);
  const std::vector<Finding> limits = model_limits(facts);
  sum.found(limits, "questions to the model have no limit on their answers, or carry whole conversations");
  const bool bounded = std::any_of(facts.consumption.begin(), facts.consumption.end(), [](const auto& probe) {
    return probe.value.turns > 1 && !probe.value.grows && !probe.value.ended;
  });
  const bool whole = std::any_of(facts.consumption.begin(), facts.consumption.end(),
                                 [](const auto& probe) { return probe.value.grows; });
  sum.passed(limits.empty() && !facts.consumption.empty(), "questions to the model limit its answers");
  sum.passed(limits.empty() && bounded, "long conversations are cut before they are sent");
  sum.open = {"prompt injection", "tool abuse"};
  if (facts.consumption.empty()) sum.open.push_back("the length of answers");
  if (!bounded && !whole) sum.open.push_back("long conversations");
  conclude(std::move(sum), answer);
}

void answer_fail_open(const Facts& facts, Answer& answer) {
  std::set<std::string> open, experiments;
  std::vector<std::int64_t> evidence;
  for (const auto& probe : facts.accesses) {
    if (probe.value.experiment.empty()) continue;
    experiments.insert(probe.value.experiment);
    evidence.push_back(probe.id);
    if (probe.value.readable) open.insert(probe.value.target);
  }
  if (experiments.empty()) {
    answer.text = "No step of a journey is known to be refused without a session, or nothing was taken away.";
  } else if (open.empty()) {
    give(
        answer,
        fmt::format("Not seen: what is refused without a session was refused in {} too. Other controls were not tried.",
                    count_text(static_cast<std::int64_t>(experiments.size()), "experiment")),
        evidence);
  } else {
    give(
        answer,
        fmt::format("Yes: {} answered without a session while a part was lost.", list_text({open.begin(), open.end()})),
        evidence);
  }
}

}  // namespace pl::checks
