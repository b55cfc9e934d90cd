#include "load/schedule.h"

#include <cmath>

namespace pl::load {

Schedule::Schedule(std::size_t journeys, double phase) : lines_(journeys) {
  for (std::size_t i = 0; i < journeys; ++i) {
    const double turned = phase + static_cast<double>(i) / static_cast<double>(journeys);
    lines_[i].phase = turned - std::floor(turned);
  }
}

Ns Schedule::Line::next() const {
  return first + static_cast<Ns>(std::llround(static_cast<double>(taken) * 1e9 / rate));
}

void Schedule::set_rate(std::size_t journey, double per_second, Ns now) {
  Line& line = lines_[journey];
  if (line.rate == per_second) return;
  line.rate = per_second > 0 ? per_second : 0;
  line.taken = 0;
  if (line.rate > 0) line.first = now + static_cast<Ns>(line.phase * 1e9 / line.rate);
}

const Schedule::Line* Schedule::earliest() const {
  const Line* best = nullptr;
  for (const Line& line : lines_) {
    if (line.rate > 0 && (best == nullptr || line.next() < best->next())) best = &line;
  }
  return best;
}

bool Schedule::running() const { return earliest() != nullptr; }

std::optional<Ns> Schedule::next() const {
  const Line* line = earliest();
  return line == nullptr ? std::nullopt : std::optional(line->next());
}

std::optional<Departure> Schedule::take(Ns now) {
  const Line* line = earliest();
  if (line == nullptr || line->next() > now) return std::nullopt;
  const auto journey = static_cast<std::size_t>(line - lines_.data());
  const Departure departure{journey, line->next()};
  ++lines_[journey].taken;
  return departure;
}

}  // namespace pl::load
