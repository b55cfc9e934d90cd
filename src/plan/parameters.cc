#include "plan/parameters.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace pl::plan {
namespace {

constexpr Ns kSlowBase = 5 * kMs;      ///< From here on the edge's own time is doubled.
constexpr std::int64_t kSlowMs = 200;  ///< Else this is added per exchange.
constexpr double kFraction = 4;        ///< What is left of the usual: a quarter.
constexpr double kLeastRate = 0.1;     ///< KB/s.

/// The mean per second of the steady state; 0 where there was none.
double steady_mean(const facts::Facts& facts, const std::map<std::int64_t, std::int64_t>& by_second) {
  const auto* steady = facts::steady_period(facts);
  if (steady == nullptr) return 0;
  const std::int64_t first = (steady->value.from + kSec - 1) / kSec, end = steady->value.to / kSec;
  if (first >= end) return 0;
  double sum = 0;
  for (auto at = by_second.lower_bound(first); at != by_second.end() && at->first < end; ++at) {
    sum += static_cast<double>(at->second);
  }
  return sum / static_cast<double>(end - first);
}

}  // namespace

Json slow_parameters(const facts::Edge& edge) {
  const bool doubled = edge.latency.percentile(50) >= kSlowBase;
  return doubled ? Json::object().set("factor", 2) : Json::object().set("delay", kSlowMs);
}

Json bandwidth_parameters(const facts::Facts& facts, const facts::Edge& edge) {
  const double usual = steady_mean(facts, edge.bytes_by_second) / 1000;
  if (usual <= 0) return {};
  return Json::object().set("rate", std::max(kLeastRate, std::round(usual / kFraction * 10) / 10));
}

Json throttle_parameters(const facts::Facts& facts, const facts::Edge& edge) {
  const double together = steady_mean(facts, edge.exchanges_by_second) * seconds(edge.latency.percentile(50));
  return Json::object().set("at_once", std::max<std::int64_t>(1, static_cast<std::int64_t>(together / kFraction)));
}

Json part_of_answer(const facts::Edge& edge) {
  if (edge.exchanges <= 0 || edge.bytes_down <= 0) return {};
  return Json::object().set("bytes", std::max<std::int64_t>(1, edge.bytes_down / edge.exchanges / 2));
}

}  // namespace pl::plan
