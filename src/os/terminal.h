#pragma once
#include <memory>
#include <string_view>

namespace pl::os {

/// Size of the terminal that standard output is; no columns where it is none.
struct TerminalSize {
  int columns = 0;
  int rows = 0;
};
TerminalSize terminal_size();

/// The terminal taken over: its second screen is shown without a cursor and keys come without Enter and without echo.
/// Given back by the destructor, by the signals that end or stop this process, and by `give_back_terminal`. One at a
/// time; one thread. Nothing here ever waits for the terminal.
class Screen {
 public:
  /// nullptr where standard output is no terminal that can be opened, or another job has it.
  static std::unique_ptr<Screen> take();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Whether keys can be read: standard input is the terminal too.
  bool has_keys() const;
  /// The next key that was pressed, or 0.
  char key();
  /// Writes what the terminal takes at once. False where that was not all: the next picture has to be a whole one.
  bool draw(std::string_view bytes);
  /// Whether the process was stopped and continued since the last call: then the picture is gone.
  bool continued();

 private:
  Screen() = default;
};

/// Makes the terminal as it was, where a Screen has it. Safe in a signal handler and twice.
void give_back_terminal();

}  // namespace pl::os
