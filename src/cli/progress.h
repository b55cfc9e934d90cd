#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/live_view.h"
#include "engine/request.h"
#include "os/terminal.h"

namespace pl::cli {

/// Tells what a run does. On a terminal a live picture on its second screen, and the lines themselves when the run is
/// over; everywhere else (pipes, files, TERM=dumb, a job in the background) only lines, without control characters.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(const Terminal& terminal) : terminal_(terminal) {}
  ~ProgressPrinter() { end(); }
  ProgressPrinter(const ProgressPrinter&) = delete;
  ProgressPrinter& operator=(const ProgressPrinter&) = delete;

  void begin(const engine::Request& request);
  /// Functions that print here; they must not outlive this object.
  engine::Progress progress();
  /// Gives the terminal back and prints the lines that it has not seen.
  void end();

 private:
  void line(std::string_view stage, std::string_view text);
  void draw();
  engine::Wish wish();

  Terminal terminal_;
  std::unique_ptr<os::Screen> screen_;
  std::unique_ptr<LiveView> view_;
  std::vector<std::string> kept_;   ///< Lines to print when the screen is given back.
  std::vector<std::string> drawn_;  ///< Rows that the screen shows; empty: not known.
  os::TerminalSize size_;
};

}  // namespace pl::cli
