#include "proxy/chain.h"

#include <algorithm>

#include "base/limits.h"

namespace pl::proxy {

Chain::~Chain() {
  for (Stage& stage : stages_) {
    for (const Way way : kWays) hold(stage, -static_cast<std::int64_t>(stage.waiting[index(way)].size()));
  }
}

void Chain::add(std::int64_t id, std::unique_ptr<Tap> tap, std::shared_ptr<Measure> measure, Ns now, Ways ways) {
  const auto behind = std::ranges::upper_bound(stages_, id, {}, &Stage::id);
  const auto place = static_cast<std::size_t>(behind - stages_.begin());
  Stage& stage = *stages_.emplace(behind);
  stage.id = id;
  stage.tap = std::move(tap);
  stage.measure = std::move(measure);
  stage.ways = ways;
  ++stage.measure->connections;
  for (const Way way : kWays) {
    const std::size_t next = next_stage(place + 1, way);
    const bool last = next == stages_.size();
    stage.ended[index(way)] = last ? out_end_[index(way)] != End::none
                                   : stages_[next].ended[index(way)] || stages_[next].end[index(way)] != End::none;
  }
  apply(place, covers(ways, Way::up) ? Way::up : Way::down, stage.tap->begin(now), now);
}

void Chain::remove(std::int64_t id, Ns now) {
  const auto found = find(id);
  if (found == stages_.end()) return;
  const std::size_t place = static_cast<std::size_t>(found - stages_.begin());
  apply(place, covers(found->ways, Way::up) ? Way::up : Way::down, found->tap->leave(now), now);
  for (Stage& stage : stages_) {
    if (stage.tap->hosts()) stage.wake[0] = stage.wake[1] = now;
  }
  if (found->tap->stays() || answer_under_way(place)) {
    found->retired = true;
    found->wake[0] = found->wake[1] = now;
    return;
  }
  take_out(found, now);
}

/// What waits before it moves on.
void Chain::take_out(std::vector<Stage>::iterator found, Ns now) {
  const std::size_t place = static_cast<std::size_t>(found - stages_.begin());
  Stage stage = std::move(*found);
  stages_.erase(found);
  for (const Way way : kWays) {
    if (stage.ended[index(way)]) continue;  // its end has gone on
    const std::string_view rest = stage.waiting[index(way)].view();
    hold(stage, -static_cast<std::int64_t>(rest.size()));
    if (!rest.empty()) enter(place, way, rest, now);
    if (stage.end[index(way)] != End::none) enter_end(place, way, stage.end[index(way)]);
  }
}

void Chain::changed(std::int64_t id, Ns now) {
  const auto found = find(id);
  if (found == stages_.end()) return;
  for (Ns& wake : found->wake) wake = now;
}

bool Chain::has(std::int64_t id) const {
  return std::ranges::any_of(stages_, [&](const Stage& stage) { return stage.id == id && !stage.retired; });
}

bool Chain::opaque(std::int64_t id) const {
  return std::ranges::any_of(stages_, [&](const Stage& stage) { return stage.id == id && stage.opaque; });
}

std::vector<Chain::Stage>::iterator Chain::find(std::int64_t id) {
  return std::ranges::find_if(stages_, [&](const Stage& stage) { return stage.id == id && !stage.retired; });
}

void Chain::arrive(Way way, std::string_view bytes, Ns now) {
  if (way == Way::down) {
    for (Stage& stage : stages_) stage.last_up = false;
  }
  enter(0, way, bytes, now);
}

void Chain::end(Way way, End how, Ns) { enter_end(0, way, how); }

void Chain::failed(Way way) {
  for (Stage& stage : stages_) {
    if (stage.end[index(way)] != End::none) stage.end[index(way)] = End::reset;
  }
  if (out_end_[index(way)] != End::none) out_end_[index(way)] = End::reset;
}

/// The stage from this one on that a way comes to, or their number. One that ended a way stops it, even if it is not
/// meant for it.
std::size_t Chain::next_stage(std::size_t place, Way way) const {
  while (place < stages_.size() && !covers(stages_[place].ways, way) && !stages_[place].ended[index(way)]) ++place;
  return place;
}

void Chain::hold(Stage& stage, std::int64_t bytes) {
  stage.measure->held += bytes;
  stage.measure->most_held = std::max(stage.measure->most_held, stage.measure->held);
  if (held_) held_->bytes += bytes;
}

/// A tap that answers has taken what it drops, and counts messages.
void Chain::lose(Stage& stage, std::size_t bytes) {
  if (!stage.tap->answers()) stage.measure->lost += static_cast<std::int64_t>(bytes);
}

void Chain::note_closed(Stage& stage, Way way, bool both) {
  const auto open = [&](Way one) {
    return covers(stage.ways, one) && !stage.ended[index(one)] && stage.end[index(one)] == End::none;
  };
  if (stage.closed || !(open(way) || (both && open(other(way))))) return;
  stage.closed = true;
  ++stage.measure->closed;
}

void Chain::enter(std::size_t from, Way way, std::string_view bytes, Ns now) {
  const std::size_t place = next_stage(from, way);
  if (place == stages_.size()) {
    if (out_end_[index(way)] == End::none) out_[index(way)].append(bytes);
    awaiting_ = way == Way::up;
    return;
  }
  Stage& stage = stages_[place];
  // Nothing follows an end, not even what a stage before it says that was put in later.
  if (stage.ended[index(way)] || stage.end[index(way)] != End::none) {
    if (stage.closed) lose(stage, bytes.size());
    return;
  }
  if (way == Way::up && !stage.last_up) ++stage.measure->requests;
  stage.last_up = way == Way::up;  // until the server speaks, or the fault in its place
  stage.waiting[index(way)].append(bytes);
  hold(stage, static_cast<std::int64_t>(bytes.size()));
  stage.tap->arrive(way, bytes, now);
}

void Chain::enter_end(std::size_t from, Way way, End how) {
  const std::size_t place = next_stage(from, way);
  if (place == stages_.size()) {
    if (out_end_[index(way)] == End::none) out_end_[index(way)] = how;
  } else if (stages_[place].end[index(way)] == End::none) {
    stages_[place].end[index(way)] = how;
  }
}

void Chain::end_stage(std::size_t place, Way way, End how) {
  Stage& stage = stages_[place];
  if (stage.ended[index(way)]) return;
  ByteQueue& queue = stage.waiting[index(way)];
  lose(stage, queue.size());
  hold(stage, -static_cast<std::int64_t>(queue.size()));
  queue.consume(queue.size());
  stage.ended[index(way)] = true;
  enter_end(place + 1, way, how);
}

void Chain::run(Ns now) {
  has_answered_ = has_answered_ && (!out_[index(Way::down)].empty() || answers_wait(0));
  // A stage can pass on only what the next has room for, which may come free later in the same turn.
  bool moved = true;
  for (std::size_t turn = 0; moved && turn <= stages_.size(); ++turn) {
    moved = false;
    for (std::size_t place = 0; place < stages_.size(); ++place) {
      for (const Way way : kWays) moved |= settle(place, way, now);
    }
  }
  // What a stage waited for may have come in the last turn: it is asked in the next run, though nothing arrives.
  if (moved) {
    for (Stage& stage : stages_) {
      for (Ns& wake : stage.wake) wake = std::min(wake, now);
    }
  }
  if (reap(now)) run(now);
}

/// A tap that stayed goes when what it had begun is over; one that acts for others stays to the end. True: one went.
bool Chain::reap(Ns now) {
  const auto done = [this](const Stage& stage) {
    return has_left(stage) && !answer_under_way(static_cast<std::size_t>(&stage - stages_.data()));
  };
  const auto found = std::ranges::find_if(stages_, done);
  if (found == stages_.end()) return false;
  take_out(found, now);
  return true;
}

/// Its fault was taken out, and nothing is left to be done: the tap is not asked any more.
bool Chain::has_left(const Stage& stage) { return stage.retired && !stage.tap->stays() && !stage.tap->hosts(); }

/// Something waits on the way down, before this stage or one behind it.
bool Chain::answers_wait(std::size_t place) const {
  const auto waits = [](const Stage& stage) { return !stage.waiting[index(Way::down)].empty(); };
  return std::any_of(stages_.begin() + static_cast<std::ptrdiff_t>(place), stages_.end(), waits);
}

/// What a stage has answered itself waits before others.
bool Chain::answer_under_way(std::size_t place) const { return stages_[place].answered && answers_wait(place + 1); }

bool Chain::settle(std::size_t place, Way way, Ns now) {
  if (!covers(stages_[place].ways, way)) return false;
  bool moved = false;
  for (int steps = 0; steps < limits::kRelayStepsPerTurn && !reset_; ++steps) {
    Stage& stage = stages_[place];
    const Waiting waiting{stage.waiting[index(way)].view(), stage.end[index(way)]};
    if (stage.ended[index(way)] || !free_behind(place, way)) return moved;
    if (way == Way::up && answer_under_way(place)) {
      stage.wake[index(way)] = now;  // as soon as it has gone by
      return moved;
    }
    if (way == Way::up) stage.answered = false;
    if (waiting.bytes.empty() && waiting.end == End::none && stage.wake[index(way)] > now) return moved;
    const bool more = apply(place, way, has_left(stage) ? pass_all(waiting) : stage.tap->admit(way, waiting, now), now);
    note_opaque(stages_[place]);
    if (!more) return moved;
    moved = true;
  }
  stages_[place].wake[index(way)] = now;  // the turn's limit was reached: go on in the next one
  return moved;
}

void Chain::note_opaque(Stage& stage) {
  if (stage.opaque || !stage.tap->opaque()) return;
  stage.opaque = true;
  ++stage.measure->opaque;
}

bool Chain::apply(std::size_t place, Way way, Step step, Ns now) {
  Stage& stage = stages_[place];
  ByteQueue& queue = stage.waiting[index(way)];
  const std::size_t passed = std::min(step.pass, queue.size());
  const std::size_t gone = passed + std::min(step.drop, queue.size() - passed);
  stage.wake[index(way)] = step.again;
  stage.measure->bytes[index(way)] += static_cast<std::int64_t>(passed + step.insert.size());
  hold(stage, -static_cast<std::int64_t>(gone));
  if (passed > 0) enter(place + 1, way, queue.view().substr(0, passed), now);
  queue.consume(gone);
  if (!step.insert.empty()) enter(place + 1, way, step.insert, now);
  if (!step.answer.empty()) {
    stage.measure->bytes[index(other(way))] += static_cast<std::int64_t>(step.answer.size());
    stage.last_up = false;
    enter(place + 1, other(way), step.answer, now);
  }
  stage.answered = stage.answered || step.answered;
  has_answered_ = has_answered_ || step.answered;
  for (std::size_t before = 0; step.answered && before < place; ++before) stages_[before].tap->answered_behind();
  if (step.insert.empty()) lose(stage, gone - passed);
  if (step.finish || step.close) note_closed(stage, way, step.close);
  if (step.reset && !reset_) {
    reset_ = true;
    ++stage.measure->reset;
  }
  const bool came_to_end = queue.empty() && stage.end[index(way)] != End::none && !step.hold_end;
  if (step.finish || came_to_end) end_stage(place, way, step.finish ? End::fin : stage.end[index(way)]);
  if (step.close) {
    for (const Way one : kWays) end_stage(place, one, End::fin);
  }
  return gone > 0 || !step.insert.empty() || !step.answer.empty() || stage.ended[index(way)];
}

bool Chain::room(std::size_t from, Way way) const {
  const std::size_t place = next_stage(from, way);
  const bool last = place == stages_.size();
  if (!last && stages_[place].ended[index(way)]) return true;  // goes nowhere
  const std::size_t waiting = last ? out_[index(way)].size() : stages_[place].waiting[index(way)].size();
  if (waiting < limits::kRelayQueueBytes) return true;
  const std::size_t most = last ? limits::kRelayQueueBytes : stages_[place].tap->room();
  if (most == limits::kRelayQueueBytes) return false;
  const bool fits = waiting < most && (!held_ || held_->bytes < held_->limit);
  if (!fits && !stopped_[index(way)] && held_) ++held_->stops;
  stopped_[index(way)] = !fits;
  return fits;
}

Handshake Chain::handshake() const {
  for (const Stage& stage : stages_) {
    if (const Handshake wanted = stage.tap->handshake(); wanted != Handshake::normal) return wanted;
  }
  return Handshake::normal;
}

/// Whether what a stage would send has room. Requests may be answered by it, and so need room both ways. Answers go on
/// though requests wait, which may be waiting for them.
bool Chain::free_behind(std::size_t place, Way way) const {
  const bool may_answer = way == Way::up && stages_[place].tap->answers();
  return room(place + 1, way) && (!may_answer || room(place + 1, Way::down));
}

std::size_t Chain::waiting(Way way) const {
  std::size_t bytes = out_[index(way)].size();
  for (const Stage& stage : stages_) bytes += stage.waiting[index(way)].size();
  return bytes;
}

bool Chain::reads(Way way) const { return room(0, way); }

Ns Chain::next() const {
  Ns earliest = kNever;
  for (std::size_t place = 0; place < stages_.size(); ++place) {
    for (const Way way : kWays) {
      // One without room is asked when room comes, not by time; one that waits for its answer likewise.
      if (!covers(stages_[place].ways, way) || stages_[place].ended[index(way)] || !free_behind(place, way)) continue;
      if (way == Way::up && answer_under_way(place)) continue;
      earliest = std::min(earliest, stages_[place].wake[index(way)]);
    }
  }
  return earliest;
}

}  // namespace pl::proxy
