#include "cli/live_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "facts/fault_words.h"
#include "report/build.h"
#include "report/text.h"

namespace pl::cli {
namespace {

using engine::Standing;
using report::Tone;

constexpr std::size_t kStage = 11, kNames = 16, kNarrowest = 11, kWidest = 14, kGap = 2, kBar = 28, kShortest = 8;
constexpr std::size_t kTold = 400;  ///< Lines that are kept; the screen has room for fewer.
constexpr int kRoomy = 100;         ///< Columns from which the running experiment and the figures share a line.

/// SGR codes by tone (ECMA-48), as in the summary.
std::string paint(std::string_view text, std::string_view code, bool colour) {
  return colour && !code.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string_view code_of(Tone tone) {
  constexpr std::string_view kCodes[] = {"32", "32", "33", "31", "1;31", "2"};
  return kCodes[static_cast<int>(tone)];
}

/// At most `width` characters; spaces between words stay as they are.
std::string cut(std::string_view text, std::size_t width) {
  std::string out(text);
  if (report::points(text) > width) {
    std::size_t at = 0;
    for (std::size_t seen = 0; seen < width && at < text.size(); ++seen) {
      ++at;
      while (at < text.size() && (text[at] & 0xC0) == 0x80) ++at;
      if (seen + 1 < width) out = text.substr(0, at);
    }
    out += "…";
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string heading(const std::string& fault) {
  const std::string text = report::fault_heading(fault);
  return text.substr(0, text.find(" ("));
}

/// What a phase is called in a cell: the first word says enough.
std::string short_phase(const std::string& phase) {
  if (phase.starts_with("waiting") || phase.starts_with("starting")) return "settling";
  if (phase.starts_with("watching")) return "recovery";
  if (phase.starts_with("away")) return "away";
  if (phase.empty()) return "running";
  return phase.substr(0, phase.find(','));
}

/// Else it was left out by the plan or the budget.
bool by_user(const Standing& standing) { return standing.why.starts_with("stopped"); }

/// "92 s" as "1 min 32 s".
std::string clock_text(Ns time) {
  const Ns whole = time / kSec;
  return whole < 60 ? fmt::format("{} s", whole) : fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace

void LiveView::line(std::string_view stage, std::string_view text) {
  if (stage == "chaos") return;
  if (lines_.size() < kTold) lines_.emplace_back(stage, report::visible(text));
}

void LiveView::status(std::string_view stage, std::string_view text) {
  stage_ = stage;
  status_ = report::visible(text);
}

void LiveView::begun(std::string_view stage) {
  stage_ = stage;
  status_.clear();
}

/// What ended as it should is seen by what it said; what was skipped or went wrong is not.
void LiveView::ended(std::string_view stage, std::string_view note) {
  status_.clear();
  if (!note.empty() && lines_.size() < kTold) lines_.emplace_back(stage, report::visible(note));
}

void LiveView::planned(const std::vector<engine::Place>& places) {
  cells_.clear();
  parts_.clear();
  faults_.clear();
  const auto place_in = [](std::vector<std::string>& list, const std::string& word) {
    const auto at = std::ranges::find(list, word);
    if (at != list.end()) return static_cast<std::size_t>(at - list.begin());
    list.push_back(word);
    return list.size() - 1;
  };
  std::vector<std::string> order;
  for (const engine::Place& place : places) order.push_back(place.fault);
  std::ranges::stable_sort(order, {}, [](const std::string& fault) { return facts::fault_order(fault); });
  for (const std::string& fault : order) place_in(faults_, heading(fault));
  for (const engine::Place& place : places) {
    Cell cell{.place = place};
    cell.row = place_in(parts_, report::visible(place.part));
    cell.column = place_in(faults_, heading(place.fault));
    cells_.push_back(std::move(cell));
  }
}

void LiveView::standing(const Standing& now) {
  message_.clear();
  if (now.state == Standing::State::begun) {
    running_ = now.key;
    running_since_ = pulse_.now;
  } else if (running_ == now.key) {
    running_.clear();
  }
  Cell* cell = find(now.key);
  if (cell == nullptr) return;
  // A longer hold of what was decided shows as running, and keeps its word until it is decided again.
  if (now.state != Standing::State::begun) {
    cell->now = now;
    cell->known = true;
  }
}

void LiveView::paused(bool is) {
  paused_ = is;
  pausing_ = is;
  message_.clear();
}

void LiveView::wished(engine::Wish wish) {
  switch (wish) {
    case engine::Wish::none:
      return;
    case engine::Wish::abort_cell:
      message_ = running_.empty() ? "no experiment is being made that could be aborted" : "aborting this cell";
      return;
    case engine::Wish::pause:
      pausing_ = !pausing_;
      message_ = pausing_ && !paused_ ? "the pause begins before the next trial" : "";
      return;
    case engine::Wish::finish:
      message_ = "stopping: what was measured is kept";
      return;
  }
}

LiveView::Cell* LiveView::find(std::string_view key) {
  const auto at = std::ranges::find_if(cells_, [&](const Cell& cell) { return cell.place.key == key; });
  return at == cells_.end() ? nullptr : &*at;
}

const LiveView::Cell* LiveView::running() const {
  const auto at = std::ranges::find_if(cells_, [&](const Cell& cell) { return cell.place.key == running_; });
  return running_.empty() || at == cells_.end() ? nullptr : &*at;
}

/// Of several experiments behind a place the running one is shown, else the worst that is known.
const LiveView::Cell* LiveView::shown_at(std::size_t row, std::size_t column) const {
  const Cell* best = nullptr;
  const auto rank = [&](const Cell& cell) {
    if (cell.place.key == running_) return 20;
    if (!cell.known) return 1;
    return cell.now.state == Standing::State::decided ? 10 + static_cast<int>(cell.now.worst.tone) : 5;
  };
  for (const Cell& cell : cells_) {
    if (cell.row != row || cell.column != column) continue;
    if (best == nullptr || rank(cell) > rank(*best)) best = &cell;
  }
  return best;
}

/// The status without the key that it may begin with: what runs is said in words beside it.
std::string LiveView::phase() const {
  std::string_view text = status_;
  if (!running_.empty() && text.starts_with(running_)) text.remove_prefix(running_.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return std::string(text);
}

Ns LiveView::left() const {
  Ns sum = 0;
  for (const Cell& cell : cells_) {
    if (cell.known) continue;
    const Ns spent = cell.place.key == running_ ? pulse_.now - running_since_ : 0;
    sum += std::max<Ns>(cell.place.estimate - spent, 0);
  }
  return sum;
}

std::string LiveView::top(const Canvas& canvas) const {
  const auto width = static_cast<std::size_t>(canvas.width);
  std::string right = clock_text(pulse_.now);
  if (const Ns more = left(); more > 0) right += ", about " + clock_text(more) + " left";
  const std::size_t taken = report::points(right) + 2;
  return report::padded(header_, width > taken ? width - taken : 0) + "  " + right;
}

/// How far the experiments are: a bar as long as what else must be said allows.
std::string LiveView::bar(std::size_t room) const {
  if (cells_.empty()) return {};
  std::size_t done = 0, all = 0;
  for (const Cell& cell : cells_) {
    const bool never = cell.known && cell.now.state == Standing::State::left_out && !by_user(cell.now);
    all += never ? 0 : 1;
    done += cell.known && !never ? 1 : 0;
  }
  const std::string count = fmt::format("  {} of {}   ", done, all);
  const std::size_t left = room > count.size() ? room - count.size() : 0, wide = std::clamp(left, kShortest, kBar);
  const std::size_t full = wide * done / std::max<std::size_t>(all, 1);
  return std::string(full, '#') + std::string(wide - full, '.') + count;
}

/// The running stage: a bar while there are experiments, what is going on, and how customers fare.
std::vector<std::string> LiveView::doing(const Canvas& canvas) const {
  if (stage_.empty()) return {};
  const auto width = static_cast<std::size_t>(canvas.width);
  const std::string stage = " " + report::padded(stage_, kStage) + " ", indent(kStage + 2, ' ');
  const Cell* cell = running();
  std::string what = paused_ ? "paused: p goes on" : phase();
  if (cell != nullptr && !paused_) {
    what = fmt::format("{} {}{}{}", parts_[cell->row], faults_[cell->column], what.empty() ? "" : "   ", what);
  }
  std::string figures;
  if (pulse_.ended > 0) {
    figures = fmt::format("p99 {}   {} of {}", report::duration(pulse_.p99),
                          report::counted(pulse_.bad, "error", "errors"), pulse_.ended);
  }
  const std::size_t room = width - std::min(width, stage.size());
  if (canvas.width >= kRoomy) {
    const std::string rest = what + (figures.empty() ? "" : "   " + figures);
    return {cut(stage + bar(room - std::min(room, report::points(rest))) + rest, width)};
  }
  if (cells_.empty()) return {cut(stage + what, width), cut(indent + figures, width)};
  return {cut(stage + bar(room - std::min(room, figures.size())) + figures, width), cut(indent + what, width)};
}

/// The last lines of the stages so far, each with its stage's name where that changes.
std::vector<std::string> LiveView::told(std::size_t room) const {
  std::vector<std::string> out;
  const std::size_t first = lines_.size() > room ? lines_.size() - room : 0;
  std::string stage;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (!lines_[i].first.empty()) stage = lines_[i].first;
    if (i < first) continue;
    const bool named = !lines_[i].first.empty() || i == first;
    out.push_back(" " + report::padded(named ? stage : "", kStage) + " " + lines_[i].second);
  }
  return out;
}

std::string LiveView::cell_text(const Cell* cell, std::size_t wide, bool colour) const {
  if (cell == nullptr) return report::padded("-", wide);
  if (cell->place.key == running_) {
    return paint(report::padded("> " + (paused_ ? "paused" : short_phase(phase())), wide), "1;36", colour);
  }
  if (!cell->known) return report::padded(".", wide);
  const report::Worst& worst = cell->now.worst;
  if (cell->now.state == Standing::State::left_out) {
    return paint(report::padded(by_user(cell->now) ? "stopped" : "left out", wide), code_of(Tone::none), colour);
  }
  std::string text = worst.blocks ? upper(worst.word) : worst.word;
  if (cell->now.state == Standing::State::open) text = "undecided";
  const std::string both = text + " " + worst.figure;
  if (cell->now.state == Standing::State::decided && report::points(both) <= wide) text = both;
  return paint(report::padded(text, wide), code_of(worst.tone), colour);
}

/// Some columns of the matrix, for the rows that there is room for: those around the running experiment.
std::vector<std::string> LiveView::block(const Canvas& canvas, std::size_t wide, std::size_t first, std::size_t last,
                                         std::size_t rows) const {
  std::size_t names = 0;
  for (const std::string& part : parts_) names = std::max(names, std::min(report::points(part), kNames));
  std::string head = " " + report::padded("", names);
  for (std::size_t c = first; c < last; ++c) head += std::string(kGap, ' ') + report::padded(faults_[c], wide);
  std::vector<std::string> out{cut(head, static_cast<std::size_t>(canvas.width))};
  const Cell* now = running();
  std::size_t from = 0;
  if (parts_.size() > rows && now != nullptr && now->row >= rows) from = now->row - rows + 1;
  for (std::size_t r = from; r < parts_.size() && r < from + rows; ++r) {
    std::string line = " " + report::padded(parts_[r], names);
    for (std::size_t c = first; c < last; ++c) {
      line += std::string(kGap, ' ') + cell_text(shown_at(r, c), wide, canvas.colour);
    }
    out.push_back(std::move(line));
  }
  return out;
}

/// The matrix in as many blocks of columns as the width asks for; where they do not fit, the one where things happen.
std::vector<std::string> LiveView::matrix(const Canvas& canvas, std::size_t room) const {
  if (cells_.empty() || room < 2) return {};
  std::size_t names = 0;
  for (const std::string& part : parts_) names = std::max(names, std::min(report::points(part), kNames));
  const auto width = static_cast<std::size_t>(canvas.width);
  const std::size_t space = width > names + 1 ? width - names - 1 : 0;
  const std::size_t wide = std::clamp(space / faults_.size(), kNarrowest + kGap, kWidest + kGap) - kGap;
  const std::size_t each = std::max<std::size_t>(space / (wide + kGap), 1);
  const std::size_t blocks = (faults_.size() + each - 1) / each;
  const bool all = blocks * (parts_.size() + 2) <= room + 1;
  const Cell* now = running();
  const std::size_t only = now == nullptr ? 0 : now->column / each;
  std::vector<std::string> out;
  for (std::size_t b = 0; b < blocks; ++b) {
    if (!all && b != only) continue;
    const std::size_t last = std::min((b + 1) * each, faults_.size());
    if (!out.empty()) out.emplace_back();
    for (std::string& line : block(canvas, wide, b * each, last, all ? parts_.size() : room - 1)) {
      out.push_back(std::move(line));
    }
  }
  return out;
}

std::string LiveView::bottom(const Canvas& canvas) const {
  if (!message_.empty()) return " " + message_;
  if (!canvas.keys) return " Ctrl-C  interrupt";
  const char* pause = pausing_ ? "go on" : "pause";
  if (canvas.width < 56) return fmt::format(" a abort  p {}  q stop", pause);
  if (canvas.width < 72) return fmt::format(" a abort cell  p {}  q stop, keep what was measured", pause);
  return fmt::format(" a  abort this cell   p  {}   q  stop, keep what was measured", pause);
}

std::vector<std::string> LiveView::picture(const Canvas& canvas) const {
  const auto width = static_cast<std::size_t>(canvas.width), height = static_cast<std::size_t>(canvas.height);
  std::vector<std::string> doing_now = doing(canvas);
  // Header, what is going on and the keys come first; then the matrix; the lines of the stages get the rest.
  const std::size_t fixed = 1 + doing_now.size() + 1, blanks = 3;
  const std::size_t room = height > fixed + blanks ? height - fixed - blanks : 0;
  const std::size_t least = std::min<std::size_t>(lines_.size(), 3);
  const std::vector<std::string> cells = matrix(canvas, room > least ? room - least : 0);
  std::vector<std::string> out{cut(top(canvas), width)};
  const auto gap = [&] {
    if (room > 0) out.emplace_back();
  };
  gap();
  for (const std::string& line : told(room > cells.size() ? room - cells.size() : 0)) out.push_back(cut(line, width));
  for (std::string& line : doing_now) out.push_back(std::move(line));
  if (!cells.empty()) gap();
  out.insert(out.end(), cells.begin(), cells.end());
  gap();
  out.push_back(cut(bottom(canvas), width));
  while (out.size() > std::max<std::size_t>(height, 1)) out.erase(out.begin());
  return out;
}

}  // namespace pl::cli
