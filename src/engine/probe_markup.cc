#include "engine/model_question.h"
#include "engine/prober.h"
#include "scan/markup.h"

namespace pl::engine {
namespace {

constexpr std::string_view kToken = "q7m2";  ///< Harmless, and the same in each run.

}  // namespace

Result<void> probe_markup(Prober& prober, const std::vector<Walked>& walks) {
  for (const Walked& walked : walks) {
    if (!walked.whole() || !reaches_model(prober.run().look(), walked.journey)) continue;
    const auto changed = with_request(walked.config, scan::markup_request(kToken));
    if (!changed) continue;
    const std::int64_t user = walked.fresh_user ? prober.fresh_user() : walked.journey + 1;
    const Walked asked = PL_TRY(prober.walk(walked.journey, *changed, user, changed->steps.size()));
    record::MarkupProbed seen{.journey = walked.journey};
    for (std::size_t i = 0; i < asked.steps.size(); ++i) {
      const scan::MarkupSeen found = scan::find_markup(asked.steps[i].asked, kToken);
      if (found.form.empty() || (seen.raw && !found.raw)) continue;
      seen.step = static_cast<std::int64_t>(i);
      seen.target = asked.plan.steps[i].label;
      seen.form = found.form;
      seen.raw = found.raw;
      seen.excerpt = found.excerpt;
    }
    prober.run().observe(seen);
  }
  return {};
}

}  // namespace pl::engine
