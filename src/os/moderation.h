#pragma once
#include <cstdint>

#include "base/time.h"

namespace pl::os {

/// When a busy loop should wait a little for more events before it serves those it has, as network cards moderate their
/// interrupts. A loop that is faster than its peers falls asleep after every few events, and to sleep and be woken
/// costs both sides as much as the work itself. It goes by the window before: how many descriptors had events,
/// which share of the time was work, and how long answers took. One owner, one thread.
class Moderation {
 public:
  static constexpr Ns kWindow = 10 * kMs;
  static constexpr int kFewest = 64;             ///< Descriptors with events in a window; for fewer it never pauses.
  static constexpr int kBusy = 40;               ///< Percent of a window that were work; below it never pauses.
  static constexpr int kEnough = 8;              ///< A wait that brought one event for so many descriptors is enough,
  static constexpr int kPlenty = 64;             ///< and so is one that brought so many.
  static constexpr int kOfAnswers = 4;           ///< A pause is at most this part of what answers take.
  static constexpr Ns kShortest = 50 * kUs;      ///< Of a pause: a shorter one would cost more than it saves.
  static constexpr Ns kPerDescriptor = 2 * kUs;  ///< Of a pause: a fifth or less of what a round of all of them takes.
  static constexpr Ns kLongest = 250 * kUs;      ///< Of a pause.

  /// A wait, or a pause, is over. What lies between two of them is work.
  void waited(Ns began, Ns ended);
  /// A descriptor has an event; `last` is kept with it, 0 at first.
  void served(std::uint32_t& last) {
    descriptors_ += last != window_ ? 1 : 0;
    last = window_;
  }
  /// An answer came, so long after what asked for it.
  void answered(Ns after) {
    answers_took_ += after;
    ++answers_;
  }
  /// How long to wait for more, after a wait that brought so many events; 0: not at all.
  Ns pause(int events) const;

 private:
  std::uint32_t window_ = 1;
  Ns window_began_ = 0;
  Ns waited_ = 0;        ///< In this window.
  int descriptors_ = 0;  ///< With events in this window.
  Ns answers_took_ = 0;  ///< In this window, together.
  int answers_ = 0;
  int active_ = 0;  ///< Descriptors of the window before, where that was a busy one; else 0.
  Ns longest_ = 0;  ///< Of a pause, by the window before; 0: none.
};

}  // namespace pl::os
