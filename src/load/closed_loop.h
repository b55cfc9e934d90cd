#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "load/generator.h"
#include "load/worker.h"
#include "os/reactor.h"

namespace pl::load {

/// Sends without pause: each journey alone, first by a few users, then by many while that brings more; the best
/// throughput counts. A part lasts its share of the time, or longer (limits::kClosedExtension, or twice what the
/// journey was seen to take) until as much was answered as there are users: ended before, it would show less than these
/// users get through. Without any answer it goes on for ClosedLoopOptions::first_answer: a journey may take long. A few
/// answers with 429 end a part: what was let through tells the limit, and the next part begins when its window is over.
/// One thread, the reactor's. Kept alive by its own callbacks.
class ClosedLoopRunner : public std::enable_shared_from_this<ClosedLoopRunner> {
 public:
  ClosedLoopRunner(os::Reactor& reactor, Worker& worker, std::size_t journeys, ClosedLoopOptions options,
                   std::function<void(ClosedLoop)> done);
  void start();

 private:
  void begin_part();
  void add_user();
  void ended(std::size_t part, const record::Iteration& iteration);
  void end_of_time();
  void end_part();
  void next_journey();
  void keep_best();
  void end_limited();
  void wait_for_window();
  void ask_again();
  void window_over(bool open);
  void share_limits();
  void wait_on();
  std::size_t users() const;
  Ns longest_part() const;
  bool slow() const;
  bool each_answered() const { return answered_ >= static_cast<std::int64_t>(users()); }

  os::Reactor& reactor_;
  Worker& worker_;
  std::size_t journeys_;
  const ClosedLoopOptions options_;
  Ns share_;
  std::function<void(ClosedLoop)> done_;
  ClosedLoop result_;
  std::size_t part_ = 0;  ///< Journey times the numbers of users that are tried, plus which of these.
  Ns from_ = 0;
  std::int64_t count_ = 0;     ///< Good iterations in this part.
  std::int64_t answered_ = 0;  ///< All that ended.
  bool over_ = false;          ///< Time is up; the next end of an iteration ends the part.
  os::Reactor::TimerId timer_ = 0;
  std::int64_t limited_ = 0;         ///< Answers with 429 in this part.
  bool retried_ = false;             ///< This journey was begun again after its limit.
  Ns window_from_ = 0;               ///< Since when `accepted_` counts.
  std::int64_t accepted_ = 0;        ///< Good iterations of all journeys since then.
  Ns wait_from_ = 0;                 ///< Of the wait for the window's end.
  std::vector<std::int64_t> good_;   ///< By journey.
  std::int64_t least_accepted_ = 0;  ///< Before a limit was met; 0: none was.
};

}  // namespace pl::load
