#include "os/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

namespace pl::os {
namespace {

// ECMA-48 and xterm's private modes: second screen, cursor hidden, lines cut at the edge; and back.
constexpr std::string_view kTake = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kGiveBack = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr int kEnding[] = {SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

/// What signal handlers need; set before `taken`.
std::atomic<bool> taken = false;
std::atomic<bool> came_back = false;
int screen_fd = -1;  ///< An open file of our own, so that not waiting is nobody else's business.
bool keys = false;
termios before{};

void put(std::string_view bytes) {
  [[maybe_unused]] const ssize_t written = ::write(screen_fd, bytes.data(), bytes.size());
}

/// Signals (Ctrl-C) stay with the terminal: only line editing and echo are taken away.
void keys_at_once() {
  termios now = before;
  now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  now.c_cc[VMIN] = 0;
  now.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

void on_end(int number) {
  give_back_terminal();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void on_stop(int) {
  const bool had = taken;
  give_back_terminal();
  struct sigaction usual{}, ours{};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &usual, &ours);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  ::raise(SIGTSTP);
  ::sigprocmask(SIG_UNBLOCK, &stop, nullptr);  // Here the process stands still until SIGCONT.
  ::sigaction(SIGTSTP, &ours, nullptr);
  if (!had || ::tcgetpgrp(screen_fd) != ::getpgrp()) return;
  put(kTake);
  if (keys) keys_at_once();
  taken = true;
  came_back = true;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

}  // namespace

TerminalSize terminal_size() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return {};
  const bool told = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return {told && size.ws_col > 0 ? size.ws_col : 80, told && size.ws_row > 0 ? size.ws_row : 24};
}

std::unique_ptr<Screen> Screen::take() {
  char path[128];
  if (taken || ::isatty(STDOUT_FILENO) == 0 || ::ttyname_r(STDOUT_FILENO, path, sizeof path) != 0) return nullptr;
  screen_fd = ::open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (screen_fd < 0) return nullptr;
  if (::tcgetpgrp(screen_fd) != ::getpgrp()) {  // In the background: what is read or changed there stops the process.
    ::close(screen_fd);
    return nullptr;
  }
  keys = ::isatty(STDIN_FILENO) != 0 && ::tcgetattr(STDIN_FILENO, &before) == 0;
  put(kTake);
  if (keys) keys_at_once();
  taken = true;
  for (const int number : kEnding) handle(number, on_end);
  handle(SIGTSTP, on_stop);
  return std::unique_ptr<Screen>(new Screen);
}

Screen::~Screen() {
  give_back_terminal();
  for (const int number : kEnding) ::signal(number, SIG_DFL);
  ::signal(SIGTSTP, SIG_DFL);
  ::close(screen_fd);
  screen_fd = -1;
}

bool Screen::has_keys() const { return keys; }

char Screen::key() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (!keys || !taken || ::tcgetpgrp(screen_fd) != ::getpgrp() || ::poll(&input, 1, 0) != 1) return 0;
  char byte = 0;
  return ::read(STDIN_FILENO, &byte, 1) == 1 ? byte : '\0';
}

bool Screen::draw(std::string_view bytes) {
  if (!taken || ::tcgetpgrp(screen_fd) != ::getpgrp()) return false;
  return ::write(screen_fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

bool Screen::continued() { return came_back.exchange(false); }

void give_back_terminal() {
  if (!taken.exchange(false)) return;
  put(kGiveBack);
  if (keys) ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

}  // namespace pl::os
