#include <algorithm>
#include <set>

#include "base/internals.h"
#include "base/limits.h"
#include "engine/prober.h"
#include "scan/answer_words.h"
#include "scan/scripts.h"

namespace pl::engine {
namespace {

constexpr std::string_view kUnknown = "/proofload-asks-for-nothing-that-is-here";
constexpr int kMistakes = 8;              ///< Requests that are wrong on purpose.
constexpr std::size_t kLongValue = 4000;  ///< Bytes: below what servers allow a request line.

load::Request get(std::string target) { return {"GET", std::move(target), {{"Accept", "*/*"}}, {}}; }

/// Markup with an answer's success: some frameworks call a bare "ok" text/html too.
bool is_page(const scan::Asked& asked) {
  return asked.head.status == 200 && scan::media_of(asked.head) == "text/html" && asked.body.contains('<');
}

/// The step as it is, but for its body.
Result<load::Request> with_body(const Walked& walked, std::size_t step, conf::Step::Body kind,
                                const std::string& text) {
  conf::Journey changed = walked.config;
  changed.steps[step].body_kind = kind;
  changed.steps[step].json = Json::object();
  changed.steps[step].text = text;
  if (kind == conf::Step::Body::text) changed.steps[step].headers.emplace_back("Content-Type", "application/json");
  const load::JourneyPlan plan = PL_TRY(load::compile(changed));
  load::Request request = plan.steps[step].request(walked.visitor.variables);
  const std::string cookies = walked.visitor.cookies.header(request.target);
  if (!cookies.empty()) request.headers.push_back({"Cookie", cookies});
  return request;
}

/// The same request with a long value as its last parameter.
load::Request with_long_value(load::Request request) {
  request.target = request.target.substr(0, request.target.rfind('=') + 1) + std::string(kLongValue, 'a');
  return request;
}

}  // namespace

Result<void> probe_pages(Prober& prober, const std::vector<Walked>& walks) {
  Run& run = prober.run();
  std::set<std::string> scripts;
  const auto tell = [&](const load::Request& request, const scan::Asked& asked, std::int64_t journey,
                        std::int64_t step) {
    log_probe(run, is_page(asked) ? "page" : "step", request, asked, journey, step);
    if (!is_page(asked)) return;
    run.observe(scan::read_script(request.target, asked.body));
    for (const std::string& path : scan::scripts_of(asked.body)) scripts.insert(path);
  };
  const scan::Asked front = PL_TRY(prober.ask(get("/")));
  tell(get("/"), front, -1, -1);
  std::set<std::string> told{"GET /"};
  for (const Walked& walked : walks) {
    for (std::size_t i = 0; i < walked.steps.size(); ++i) {
      const StepMade& made = walked.steps[i];
      if (!told.insert(target_text(made.request)).second) continue;
      tell(made.request, made.asked, walked.journey, static_cast<std::int64_t>(i));
    }
  }
  std::size_t read = 0;
  for (const std::string& path : scripts) {
    if (++read > limits::kScripts) break;
    const scan::Asked script = PL_TRY(prober.ask(get(path)));
    if (script.head.status == 200) run.observe(scan::read_script(path, script.body));
  }
  const scan::Asked metrics = PL_TRY(prober.ask(get("/metrics")));
  record::AnswerProbed seen = scan::describe(metrics);
  seen.what = "metrics";
  seen.method = "GET";
  seen.target = "/metrics";
  const std::size_t type = metrics.body.find("# TYPE ");
  if (seen.status == 200 && seen.media != "text/html" && type != std::string::npos) {
    seen.excerpt = excerpt_at(metrics.body, type);
  }
  run.observe(seen);
  return {};
}

Result<void> probe_mistakes(Prober& prober, const std::vector<Walked>& walks) {
  Run& run = prober.run();
  const load::Request unknown = get(std::string(kUnknown));
  const scan::Asked nothing = PL_TRY(prober.ask(unknown));
  log_probe(run, "unknown path", unknown, nothing);
  std::set<std::string> made;
  int left = kMistakes;
  const auto make = [&](const char* what, load::Request request, const Walked& walked,
                        std::size_t step) -> Result<void> {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (left <= 0 || !made.insert(std::string(what) + " " + request.method + " " + path).second) return {};
    --left;
    const scan::Asked asked = PL_TRY(prober.ask(request));
    log_probe(run, what, request, asked, walked.journey, static_cast<std::int64_t>(step));
    return {};
  };
  for (const Walked& walked : walks) {
    for (std::size_t i = 0; i < walked.steps.size(); ++i) {
      const bool json = walked.config.steps[i].body_kind == conf::Step::Body::json;
      const load::Request& usual = walked.steps[i].request;
      if (json) {
        load::Request broken = PL_TRY(with_body(walked, i, conf::Step::Body::text, "{\"proofload\": "));
        PL_TRY(make("broken JSON", std::move(broken), walked, i));
        load::Request wrong = PL_TRY(with_body(walked, i, conf::Step::Body::json, ""));
        PL_TRY(make("wrong JSON", std::move(wrong), walked, i));
      }
      if (usual.method == "GET" && usual.target.find('=') != std::string::npos) {
        PL_TRY(make("long value", with_long_value(usual), walked, i));
      }
    }
  }
  return {};
}

}  // namespace pl::engine
