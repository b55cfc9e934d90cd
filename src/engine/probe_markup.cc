#include "engine/model_question.h"
#include "engine/prober.h"
#include "scan/markup.h"

namespace pl::engine {
namespace {

constexpr std::string_view kToken = "q7m2";  ///< Harmless, and the same in each run.

}  // namespace

Result<void> probe_markup(Prober& prober, const std::vector<Walked>& walks) {
  const std::vector<Walked> all = PL_TRY(ask_model(prober, walks, scan::markup_request(kToken)));
  for (const Walked& asked : all) {
    record::MarkupProbed seen{.journey = asked.journey};
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
