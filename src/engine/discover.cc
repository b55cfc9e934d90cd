#include "load/discover.h"

#include <fmt/format.h>

#include "engine/stages.h"
#include "os/clock.h"

namespace pl::engine {
namespace {

constexpr std::int64_t kNumbersPerSecond = 1'000'000;

std::string names_of(const std::vector<conf::Journey>& journeys) {
  std::string text;
  for (const conf::Journey& journey : journeys) text += (text.empty() ? "" : ", ") + journey.name;
  return text;
}

}  // namespace

Result<void> discover(Run& run) {
  run.journeys = run.request.config.traffic.journeys;
  const bool crawl = run.journeys.empty();
  if (crawl) {
    run.status("discover", "looking for pages");
    Result<std::vector<conf::Journey>> found = fail(Errc::no_traffic, "nothing was looked for");
    PL_TRY(run.blocking([&] { found = load::discover(run.clock, run.subject.target, run.subject.host); }));
    run.journeys = PL_TRY(std::move(found));
  }
  load::GeneratorOptions options{.clock = run.clock,
                                 .sink = run.sink(),
                                 .target = run.subject.target,
                                 .host_header = run.subject.host,
                                 .journeys = run.journeys,
                                 .crawled = crawl,
                                 .seed = run.request.seed,
                                 .first_n = os::wall_seconds() * kNumbersPerSecond};
  if (run.request.config.slo.p99 > 0) options.latency_limit = run.request.config.slo.p99;
  run.load = PL_TRY(load::Generator::start(std::move(options)));
  run.say("discover", fmt::format("{} {}: {}", run.journeys.size(),
                                  crawl ? "journeys found by crawling" : "declared journeys", names_of(run.journeys)));
  return {};
}

}  // namespace pl::engine
