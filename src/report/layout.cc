#include "report/layout.h"

#include <algorithm>
#include <numeric>

namespace pl::report {
namespace {

constexpr int kSweeps = 4;  ///< Rounds of ordering; more change nothing at the sizes that are drawn.

using Targets = std::vector<std::vector<std::size_t>>;

Targets targets_of(const std::vector<Part>& parts, const std::vector<Link>& links) {
  Targets out(parts.size());
  const auto valid = [&](std::int64_t id) { return id >= 0 && id < static_cast<std::int64_t>(parts.size()); };
  for (const Link& link : links) {
    if (link.setup || !valid(link.from) || !valid(link.to) || link.from == link.to) continue;
    out[static_cast<std::size_t>(link.from)].push_back(static_cast<std::size_t>(link.to));
  }
  return out;
}

/// Parts in an order in which every link that closes no cycle goes forward; links that close one are removed.
std::vector<std::size_t> forward_order(const std::vector<Part>& parts, Targets& targets) {
  enum class Mark : char { fresh, active, done };
  std::vector<Mark> marks(parts.size(), Mark::fresh);
  std::vector<std::size_t> order, starts(parts.size());
  std::iota(starts.begin(), starts.end(), 0);
  std::ranges::stable_partition(starts, [&](std::size_t i) { return parts[i].entry; });
  for (const std::size_t start : starts) {
    if (marks[start] != Mark::fresh) continue;
    std::vector<std::pair<std::size_t, std::size_t>> path{{start, 0}};
    marks[start] = Mark::active;
    while (!path.empty()) {
      const std::size_t at = path.back().first;
      if (path.back().second == targets[at].size()) {
        marks[at] = Mark::done;
        order.push_back(at);
        path.pop_back();
        continue;
      }
      const std::size_t next = targets[at][path.back().second];
      if (marks[next] == Mark::active) {
        targets[at].erase(targets[at].begin() + static_cast<std::ptrdiff_t>(path.back().second));
        continue;
      }
      ++path.back().second;
      if (marks[next] == Mark::fresh) marks[next] = Mark::active, path.emplace_back(next, 0);
    }
  }
  std::ranges::reverse(order);
  return order;
}

/// Mean row of the neighbours, the part's own row where it has none.
double middle(const std::vector<Part>& parts, const Targets& targets, std::size_t at) {
  double sum = 0;
  int number = 0;
  for (std::size_t from = 0; from < parts.size(); ++from) {
    for (const std::size_t to : targets[from]) {
      if (to == at) sum += static_cast<double>(parts[from].row), ++number;
      if (from == at) sum += static_cast<double>(parts[to].row), ++number;
    }
  }
  return number > 0 ? sum / number : static_cast<double>(parts[at].row);
}

}  // namespace

void place(std::vector<Part>& parts, const std::vector<Link>& links) {
  Targets targets = targets_of(parts, links);
  for (Part& part : parts) part.layer = 0;
  for (const std::size_t at : forward_order(parts, targets)) {
    for (const std::size_t to : targets[at]) parts[to].layer = std::max(parts[to].layer, parts[at].layer + 1);
  }
  std::int64_t last = 0;
  for (const Part& part : parts) last = std::max(last, part.layer);
  std::vector<std::vector<std::size_t>> layers(static_cast<std::size_t>(last) + 1);
  for (std::size_t i = 0; i < parts.size(); ++i) layers[static_cast<std::size_t>(parts[i].layer)].push_back(i);
  const auto number = [&] {
    for (const auto& layer : layers) {
      for (std::size_t row = 0; row < layer.size(); ++row) parts[layer[row]].row = static_cast<std::int64_t>(row);
    }
  };
  number();
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (auto& layer : layers) {
      std::vector<std::pair<double, std::size_t>> keyed;
      for (const std::size_t i : layer) keyed.emplace_back(middle(parts, targets, i), i);
      std::ranges::stable_sort(keyed, {}, &std::pair<double, std::size_t>::first);
      for (std::size_t row = 0; row < layer.size(); ++row) layer[row] = keyed[row].second;
      number();
    }
  }
}

}  // namespace pl::report
