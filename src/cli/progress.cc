#include "cli/progress.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "engine/run.h"
#include "os/machine.h"
#include "report/text.h"

namespace pl::cli {
namespace {

constexpr std::size_t kStage = 11;
constexpr int kLowest = 6, kNarrowest = 30;  ///< Smaller screens show nothing that helps.

std::string header_of(const engine::Request& request) {
  return fmt::format(" proofload {}   {}   {}, {} cores{}", engine::kVersion, report::clean(request.subject, 60),
                     os::user_id() == 0 ? "root" : "ordinary user", os::core_count(),
                     request.budget > 0 ? fmt::format(", budget {}", report::duration(request.budget)) : "");
}

/// GNU screen keeps no second screen unless told to: what is visible is moved up into its history instead.
void keep_what_is_visible(int rows) {
  const char* kind = std::getenv("TERM");
  if (kind == nullptr || !std::string_view(kind).starts_with("screen") || std::getenv("TMUX") != nullptr) return;
  for (int i = 0; i < rows; ++i) std::fputc('\n', stdout);
}

}  // namespace

void ProgressPrinter::begin(const engine::Request& request) {
  const std::string header = header_of(request);
  const os::TerminalSize size = os::terminal_size();
  if (terminal_.interactive && size.rows >= kLowest && size.columns >= kNarrowest) {
    keep_what_is_visible(size.rows);
    std::fflush(stdout);
    screen_ = os::Screen::take();
  }
  if (screen_) {
    view_ = std::make_unique<LiveView>(header);
    kept_ = {header, ""};
    return draw();
  }
  fmt::print("{}\n\n", header);
  std::fflush(stdout);
}

engine::Progress ProgressPrinter::progress() {
  engine::Progress progress{.line = [this](std::string_view stage, std::string_view text) { line(stage, text); }};
  if (!screen_) return progress;
  progress.status = [this](std::string_view stage, std::string_view text) { view_->status(stage, text); };
  progress.begun = [this](std::string_view stage) {
    view_->begun(stage);
    draw();
  };
  progress.ended = [this](std::string_view stage, Ns, std::string_view note) { view_->ended(stage, note); };
  progress.planned = [this](const std::vector<engine::Place>& places) { view_->planned(places); };
  progress.standing = [this](const engine::Standing& now) {
    view_->standing(now);
    draw();
  };
  progress.pulse = [this](const engine::Pulse& now) {
    view_->pulse(now);
    draw();
  };
  progress.paused = [this](bool is) { view_->paused(is); };
  progress.wish = [this] { return wish(); };
  return progress;
}

engine::Wish ProgressPrinter::wish() {
  engine::Wish wish = engine::Wish::none;
  switch (screen_->key()) {
    case 'a':
      wish = engine::Wish::abort_cell;
      break;
    case 'p':
      wish = engine::Wish::pause;
      break;
    case 'q':
      wish = engine::Wish::finish;
      break;
    default:
      return wish;
  }
  view_->wished(wish);
  draw();
  return wish;
}

void ProgressPrinter::end() {
  if (!screen_) return;
  screen_.reset();
  for (const std::string& text : kept_) fmt::print("{}\n", text);
  std::fflush(stdout);
}

void ProgressPrinter::line(std::string_view stage, std::string_view text) {
  const std::string whole = fmt::format(" {} {}", report::padded(stage, kStage), report::visible(text));
  if (screen_) {
    kept_.push_back(whole);
    view_->line(stage, text);
    return draw();
  }
  fmt::print("{}\n", whole);
  std::fflush(stdout);
}

/// Sends the rows that changed; all of them where the screen's size or content is another.
void ProgressPrinter::draw() {
  const os::TerminalSize size = os::terminal_size();
  if (screen_->continued() || size.columns != size_.columns || size.rows != size_.rows) drawn_.clear();
  size_ = size;
  std::vector<std::string> rows = view_->picture(
      {.width = size.columns, .height = size.rows, .colour = terminal_.colour, .keys = screen_->has_keys()});
  std::string bytes = drawn_.empty() ? "\x1b[2J" : "";
  for (std::size_t i = 0; i < std::max(rows.size(), drawn_.size()); ++i) {
    const std::string text = i < rows.size() ? rows[i] : "";
    if (i < drawn_.size() && drawn_[i] == text) continue;
    bytes += fmt::format("\x1b[{};1H\x1b[2K{}", i + 1, text);
  }
  if (bytes.empty()) return;
  drawn_ = std::move(rows);
  if (!screen_->draw(bytes)) drawn_.clear();
}

}  // namespace pl::cli
