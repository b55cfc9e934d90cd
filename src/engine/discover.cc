#include "load/discover.h"

#include <fmt/format.h>

#include "engine/last_words.h"
#include "engine/missing.h"
#include "engine/probe.h"
#include "engine/stages.h"
#include "os/clock.h"

namespace pl::engine {
namespace {

constexpr std::int64_t kNumbersPerSecond = 1'000'000;
constexpr Ns kAnswer = 4 * kSec;
constexpr int kServerError = 500;

std::string names_of(const std::vector<conf::Journey>& journeys) {
  std::string text;
  for (const conf::Journey& journey : journeys) text += (text.empty() ? "" : ", ") + journey.name;
  return text;
}

/// Where no page answers with success: does the application fail, or is there just nothing to crawl?
Result<void> check_answers(Run& run) {
  const auto status = http_status(run.clock, run.subject.target, run.subject.host, "/", kAnswer);
  if (status && *status < kServerError) return {};
  const std::string what =
      status ? fmt::format("its front page says status {}", *status) : "its front page is not answered";
  std::string words = last_error(run.folder->file(kApplicationLog));
  if (!words.empty()) words = "; it said: " + words;
  return fail(Errc::not_ready, "the application never answered with success; " + what + words +
                                   hints(run.look(), !run.request.config.provide.empty(), words));
}

}  // namespace

Result<void> discover(Run& run) {
  run.journeys = run.request.config.traffic.journeys;
  const bool crawl = run.journeys.empty();
  if (crawl) {
    run.status("discover", "looking for pages");
    Result<std::vector<conf::Journey>> found = fail(Errc::no_traffic, "nothing was looked for");
    PL_TRY(run.blocking([&] { found = load::discover(run.clock, run.subject.target, run.subject.host); }));
    if (!found && found.error().code == Errc::no_traffic) PL_TRY(check_answers(run));
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
