#include <fmt/format.h>

#include <algorithm>

#include "report/build.h"
#include "report/text.h"

namespace pl::report {
namespace {

constexpr Ns kShortest = 60 * kSec;       ///< Time that one chart of the campaign shows at least.
constexpr std::size_t kMostCharts = 8;    ///< Of the campaign; longer runs get longer charts.
constexpr std::size_t kMostDots = 6'000;  ///< Of one chart; beyond, the evenly spaced among the good ones stay.

Dot dot_of(const facts::Facts& facts, const record::Iteration& iteration) {
  bool usual = iteration.end == record::End::complete && iteration.expected && !iteration.session_lost;
  if (iteration.journey >= 0 && iteration.journey < static_cast<std::int64_t>(facts.journeys.size())) {
    const facts::Journey& journey = facts.journeys[static_cast<std::size_t>(iteration.journey)];
    usual = usual && facts::usual_status(journey, iteration.status);
  }
  return {iteration.intended, std::max<Ns>(iteration.done - iteration.intended, 1), usual && !iteration.empty};
}

/// Keeps the bad ones and the slowest, thins out the rest.
void thin(std::vector<Dot>& dots) {
  if (dots.size() <= kMostDots) return;
  std::vector<Dot> kept;
  const std::size_t step = dots.size() / kMostDots + 1;
  Ns slowest = 0;
  for (const Dot& dot : dots) slowest = std::max(slowest, dot.wait);
  for (std::size_t i = 0; i < dots.size(); ++i) {
    if (i % step == 0 || (dots[i].wait > slowest / 4 && kept.size() < kMostDots)) kept.push_back(dots[i]);
  }
  dots = std::move(kept);
}

/// Whole powers of ten around the waits.
void scale(Chart& chart) {
  Ns low = kSec, high = 10 * kMs;
  for (const Dot& dot : chart.dots) {
    low = std::min(low, dot.wait);
    high = std::max(high, dot.wait);
  }
  chart.low = 100 * kUs;
  chart.high = kMs;
  while (chart.low * 10 <= low) chart.low *= 10;
  while (chart.high < high) chart.high *= 10;
  chart.high = std::max(chart.high, chart.low * 10);
}

std::string describe(const Chart& chart) {
  Ns longest = 0;
  std::int64_t bad = 0;
  for (const Dot& dot : chart.dots) {
    longest = std::max(longest, dot.wait);
    bad += dot.good ? 0 : 1;
  }
  return fmt::format("{} between {} and {}: the longest took {}, {} ended otherwise than in the steady state.",
                     counted(static_cast<std::int64_t>(chart.dots.size()), "iteration", "iterations"),
                     moment(chart.from), moment(chart.to), duration(longest), count(bad));
}

Chart chart_of(const facts::Facts& facts, Ns from, Ns to, std::string title) {
  Chart chart;
  chart.title = std::move(title);
  chart.from = from;
  chart.to = to;
  for (const auto& seen : facts.iterations) {
    if (seen.value.intended >= from && seen.value.intended < to) chart.dots.push_back(dot_of(facts, seen.value));
  }
  std::ranges::stable_sort(chart.dots, {}, &Dot::at);
  chart.text = describe(chart);
  thin(chart.dots);
  scale(chart);
  return chart;
}

void add_windows(const Report& report, Chart& chart) {
  for (const ExperimentRow& row : report.experiments) {
    for (const TrialRow& trial : row.trials) {
      if (trial.fault_to <= chart.from || trial.fault_from >= chart.to || trial.fault_to <= trial.fault_from) continue;
      chart.windows.push_back({std::max(trial.fault_from, chart.from), std::min(trial.fault_to, chart.to),
                               row.part + " " + fault_heading(row.fault), row.anchor, row.tone});
    }
  }
  std::ranges::stable_sort(chart.windows, {}, &Window::from);
}

}  // namespace

void build_charts(const facts::Facts& facts, Report& report) {
  for (ExperimentRow& row : report.experiments) {
    if (row.trials.empty()) continue;
    Ns from = facts.last, to = 0;
    for (const TrialRow& trial : row.trials) {
      if (trial.watched_to - trial.control_from > 5 * 60 * kSec) continue;
      if (to > 0 && trial.control_from > to + 30 * kSec) continue;
      from = std::min(from, trial.control_from);
      to = std::max(to, trial.watched_to);
    }
    row.chart = chart_of(facts, from, to, row.part + " " + fault_heading(row.fault));
    add_windows(report, row.chart);
  }
  Ns from = facts.last, to = 0;
  for (const auto& period : facts.periods) {
    if (period.value.purpose != "steady" && period.value.purpose != "campaign") continue;
    from = std::min(from, period.value.from);
    to = std::max(to, std::max(period.value.to, period.value.from));
  }
  for (const auto& trial : facts.trials) {
    from = std::min(from, trial.value.control_from);
    to = std::max(to, trial.value.watched_to);
  }
  if (to <= from) return;
  const Ns most = static_cast<Ns>(kMostCharts);
  const Ns length = std::max(kShortest, (to - from + most - 1) / most);
  const Ns number = std::max<Ns>((to - from + length / 4) / length, 1);
  for (Ns i = 0; i < number; ++i) {
    const Ns begin = from + (to - from) / number * i,
             end = i + 1 == number ? to : from + (to - from) / number * (i + 1);
    Chart chart = chart_of(facts, begin, end, fmt::format("From {} to {}", moment(begin), moment(end)));
    add_windows(report, chart);
    if (!chart.dots.empty()) report.charts.push_back(std::move(chart));
  }
}

}  // namespace pl::report
