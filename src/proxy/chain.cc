#include "proxy/chain.h"

#include <algorithm>

#include "base/limits.h"

namespace pl::proxy {

Chain::~Chain() {
  for (const Stage& stage : stages_) {
    stage.measure->held -= static_cast<std::int64_t>(stage.waiting[0].size() + stage.waiting[1].size());
  }
}

void Chain::add(std::int64_t id, std::unique_ptr<Tap> tap, std::shared_ptr<Measure> measure, Ns now) {
  Stage& stage = stages_.emplace_back();
  stage.id = id;
  stage.tap = std::move(tap);
  stage.measure = std::move(measure);
  ++stage.measure->connections;
  for (const Way way : kWays) stage.ended[index(way)] = out_end_[index(way)] != End::none;
  apply(stages_.size() - 1, Way::up, stage.tap->begin(now), now);
}

void Chain::remove(std::int64_t id, Ns now) {
  const auto found = std::ranges::find(stages_, id, &Stage::id);
  if (found == stages_.end()) return;
  const std::size_t place = static_cast<std::size_t>(found - stages_.begin());
  const Stage stage = std::move(*found);
  stages_.erase(found);
  for (const Way way : kWays) {
    const std::string_view rest = stage.waiting[index(way)].view();
    stage.measure->held -= static_cast<std::int64_t>(rest.size());
    if (stage.ended[index(way)]) continue;
    if (!rest.empty()) enter(place, way, rest, now);
    if (stage.end[index(way)] != End::none) enter_end(place, way, stage.end[index(way)]);
  }
}

bool Chain::has(std::int64_t id) const { return std::ranges::find(stages_, id, &Stage::id) != stages_.end(); }

void Chain::arrive(Way way, std::string_view bytes, Ns now) { enter(0, way, bytes, now); }

void Chain::end(Way way, End how, Ns) { enter_end(0, way, how); }

void Chain::enter(std::size_t place, Way way, std::string_view bytes, Ns now) {
  if (place == stages_.size()) {
    if (out_end_[index(way)] == End::none) out_[index(way)].append(bytes);
    return;
  }
  Stage& stage = stages_[place];
  if (stage.ended[index(way)]) return;
  if (way == Way::up && !stage.last_up) ++stage.measure->requests;
  stage.last_up = way == Way::up;
  stage.waiting[index(way)].append(bytes);
  stage.measure->held += static_cast<std::int64_t>(bytes.size());
  stage.measure->most_held = std::max(stage.measure->most_held, stage.measure->held);
  stage.tap->arrive(way, bytes, now);
}

void Chain::enter_end(std::size_t place, Way way, End how) {
  if (place == stages_.size()) {
    if (out_end_[index(way)] == End::none) out_end_[index(way)] = how;
  } else if (stages_[place].end[index(way)] == End::none) {
    stages_[place].end[index(way)] = how;
  }
}

void Chain::run(Ns now) {
  // A stage can pass on only what the next has room for, which may come free later in the same turn.
  for (std::size_t turn = 0; turn <= stages_.size(); ++turn) {
    bool moved = false;
    for (std::size_t place = 0; place < stages_.size(); ++place) {
      for (const Way way : kWays) moved |= settle(place, way, now);
    }
    if (!moved) return;
  }
}

bool Chain::settle(std::size_t place, Way way, Ns now) {
  bool moved = false;
  for (int steps = 0; steps < limits::kRelayStepsPerTurn && !reset_; ++steps) {
    Stage& stage = stages_[place];
    const Waiting waiting{stage.waiting[index(way)].view(), stage.end[index(way)]};
    if (stage.ended[index(way)] || !room(place + 1, way)) return moved;
    if (waiting.bytes.empty() && waiting.end == End::none && stage.wake[index(way)] > now) return moved;
    if (!apply(place, way, stage.tap->admit(way, waiting, now), now)) return moved;
    moved = true;
  }
  stages_[place].wake[index(way)] = now;  // the turn's limit was reached: go on in the next one
  return moved;
}

bool Chain::apply(std::size_t place, Way way, Step step, Ns now) {
  Stage& stage = stages_[place];
  ByteQueue& queue = stage.waiting[index(way)];
  const std::size_t passed = std::min(step.pass, queue.size());
  const std::size_t gone = passed + std::min(step.drop, queue.size() - passed);
  stage.wake[index(way)] = step.again;
  stage.measure->bytes[index(way)] += static_cast<std::int64_t>(passed + step.insert.size());
  stage.measure->held -= static_cast<std::int64_t>(gone);
  if (passed > 0) enter(place + 1, way, queue.view().substr(0, passed), now);
  queue.consume(gone);
  if (!step.insert.empty()) enter(place + 1, way, step.insert, now);
  if (!step.answer.empty()) enter(place + 1, other(way), step.answer, now);
  if (step.reset && !reset_) {
    reset_ = true;
    ++stage.measure->reset;
  }
  const bool came_to_end = queue.empty() && stage.end[index(way)] != End::none && !step.hold_end;
  if (step.finish || came_to_end) {
    stage.measure->held -= static_cast<std::int64_t>(queue.size());
    queue.consume(queue.size());
    stage.ended[index(way)] = true;
    enter_end(place + 1, way, step.finish ? End::fin : stage.end[index(way)]);
  }
  return gone > 0 || !step.insert.empty() || !step.answer.empty() || stage.ended[index(way)];
}

bool Chain::room(std::size_t place, Way way) const {
  const ByteQueue& queue = place == stages_.size() ? out_[index(way)] : stages_[place].waiting[index(way)];
  return queue.size() < limits::kRelayQueueBytes;
}

bool Chain::reads(Way way) const {
  const bool swallowed = !stages_.empty() && stages_.front().ended[index(way)];
  return swallowed || room(0, way);
}

Ns Chain::next() const {
  Ns earliest = kNever;
  for (std::size_t place = 0; place < stages_.size(); ++place) {
    for (const Way way : kWays) {
      // One without room is asked when room comes, not by time.
      if (stages_[place].ended[index(way)] || !room(place + 1, way)) continue;
      earliest = std::min(earliest, stages_[place].wake[index(way)]);
    }
  }
  return earliest;
}

}  // namespace pl::proxy
