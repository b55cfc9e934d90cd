#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "base/sha256.h"
#include "engine/parameters.h"
#include "engine/prober.h"
#include "facts/flows.h"
#include "os/entropy.h"

namespace pl::engine {
namespace {

constexpr Ns kTime = 10 * kSec;        ///< After this no parameter is tried any more.
constexpr Ns kAfterwards = 100 * kMs;  ///< For what an application does after it has answered.
constexpr std::size_t kMarkBytes = 3;  ///< Of chance in the mark.
constexpr std::string_view kQuote = "'q";

/// Canaries of one run: the mark and a number each.
class Canaries {
 public:
  Canaries() : mark_("plq" + to_hex(os::random_bytes(kMarkBytes))) {}
  const std::string& mark() const { return mark_; }
  bool left() const { return next_ + 2 <= static_cast<std::int64_t>(limits::kCanaries); }
  Ns end = 0;

  /// Asks for a step with a canary in one of its parameters, and says so.
  Result<void> ask(Prober& prober, const Walked& walked, std::size_t step, const Parameter& parameter, bool quote) {
    conf::Journey changed = walked.config;
    const std::string canary = fmt::format("{}{:03}{}", mark_, next_, quote ? kQuote : std::string_view());
    changed.steps[step] = with_more(walked.config.steps[step], parameter, canary);
    const load::JourneyPlan plan = PL_TRY(load::compile(changed));
    load::Request request = plan.steps[step].request(walked.visitor.variables);
    const std::string cookies = walked.visitor.cookies.header(request.target);
    if (!cookies.empty()) request.headers.push_back({"Cookie", cookies});
    const scan::Asked asked = PL_TRY(prober.ask(std::move(request)));
    prober.run().observe(record::ParameterProbed{.canary = next_++,
                                                 .journey = walked.journey,
                                                 .step = static_cast<std::int64_t>(step),
                                                 .target = walked.plan.steps[step].label,
                                                 .place = parameter.place,
                                                 .parameter = parameter.name,
                                                 .quote = quote,
                                                 .status = asked.head.status});
    return {};
  }

 private:
  std::string mark_;
  std::int64_t next_ = 1;
};

/// The parameters of the steps that went well, each once; false where time or numbers ran out.
Result<bool> ask_all(Prober& prober, const std::vector<Walked>& walks, Canaries& canaries) {
  std::set<std::string> asked;
  for (const Walked& walked : walks) {
    for (std::size_t i = 0; i < walked.steps.size(); ++i) {
      if (!walked.steps[i].good) continue;
      for (const Parameter& parameter : parameters_of(walked.config.steps[i])) {
        const std::string name = walked.plan.steps[i].label + " " + parameter.place + " " + parameter.name;
        if (!asked.insert(name).second) continue;
        if (!canaries.left() || prober.run().clock.now() > canaries.end) return false;
        PL_TRY(canaries.ask(prober, walked, i, parameter, false));
        PL_TRY(canaries.ask(prober, walked, i, parameter, true));
      }
    }
  }
  return true;
}

}  // namespace

Result<void> probe_sql(Prober& prober, const std::vector<Walked>& walks) {
  Run& run = prober.run();
  if (!facts::speaks(run.look().topology, "postgres")) return {};
  Canaries canaries;
  canaries.end = run.clock.now() + kTime;
  run.relay->watch_for(canaries.mark());
  const bool all = PL_TRY(ask_all(prober, walks, canaries));
  PL_TRY(run.pause(kAfterwards));
  run.relay->watch_for("");
  if (all) return {};
  run.observe(record::ExperimentLeftOut{"security.sql_text of further parameters", "time or numbers ran out", false});
  return {};
}

}  // namespace pl::engine
