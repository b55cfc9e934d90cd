#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/request.h"

namespace pl::cli {

/// What the picture is drawn for.
struct Canvas {
  int width = 80;
  int height = 24;
  bool colour = false;
  bool keys = true;  ///< The user can press keys.
};

/// A run while it is made, as a terminal shows it: stages, the running experiment, the matrix that fills in, the keys.
/// Fed with what engine::Progress says; pure, so that it is tested without a terminal.
class LiveView {
 public:
  explicit LiveView(std::string header) : header_(std::move(header)) {}

  void line(std::string_view stage, std::string_view text);
  void status(std::string_view stage, std::string_view text);
  void begun(std::string_view stage);
  void ended(std::string_view stage, std::string_view note);
  void planned(const std::vector<engine::Place>& places);
  void standing(const engine::Standing& now);
  void pulse(const engine::Pulse& now) { pulse_ = now; }
  void paused(bool is);
  void wished(engine::Wish wish);

  /// Rows from the top, at most `height`, none wider than `width` where characters are one column wide.
  std::vector<std::string> picture(const Canvas& canvas) const;

 private:
  /// An experiment in the matrix.
  struct Cell {
    engine::Place place;
    engine::Standing now;
    bool known = false;  ///< Something was said of it.
    std::size_t row = 0, column = 0;
  };

  Cell* find(std::string_view key);
  const Cell* running() const;
  const Cell* shown_at(std::size_t row, std::size_t column) const;
  std::string phase() const;
  std::string top(const Canvas& canvas) const;
  std::string bar(std::size_t room) const;
  std::vector<std::string> doing(const Canvas& canvas) const;
  std::vector<std::string> told(std::size_t room) const;
  std::vector<std::string> matrix(const Canvas& canvas, std::size_t room) const;
  std::vector<std::string> block(const Canvas& canvas, std::size_t wide, std::size_t first, std::size_t last,
                                 std::size_t rows) const;
  std::string cell_text(const Cell* cell, std::size_t wide, bool colour) const;
  std::string bottom(const Canvas& canvas) const;
  Ns left() const;

  std::string header_, stage_, status_, message_;
  std::vector<std::pair<std::string, std::string>> lines_;  ///< Stage (or empty) and text; those of chaos are cells.
  std::vector<Cell> cells_;
  std::vector<std::string> parts_, faults_;  ///< Rows and columns of the matrix.
  std::string running_;
  Ns running_since_ = 0;
  bool paused_ = false, pausing_ = false;
  engine::Pulse pulse_;
};

}  // namespace pl::cli
