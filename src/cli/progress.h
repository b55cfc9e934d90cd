#pragma once
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "engine/request.h"

namespace pl::cli {

/// Prints what a run does: lines that stay, and on a terminal one line below them that is rewritten.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(const Terminal& terminal) : terminal_(terminal) {}
  ~ProgressPrinter() { end(); }
  ProgressPrinter(const ProgressPrinter&) = delete;
  ProgressPrinter& operator=(const ProgressPrinter&) = delete;

  void begin(const engine::Request& request);
  /// Functions that print here; they must not outlive this object.
  engine::Progress progress();
  /// Takes the rewritten line away.
  void end();

 private:
  void line(std::string_view stage, std::string_view text);
  void status(std::string_view stage, std::string_view text);

  Terminal terminal_;
  bool shown_ = false;
};

}  // namespace pl::cli
