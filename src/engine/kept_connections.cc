#include "engine/kept_connections.h"

#include <algorithm>
#include <deque>
#include <memory>

#include "os/reactor.h"

namespace pl::engine {
namespace {

constexpr std::size_t kConnections = 5;
constexpr Ns kFirstAnswer = 8 * kSec;  ///< For the answers before the signal.
constexpr Ns kIdle = 300 * kMs;        ///< Between those and the signal.
constexpr Ns kAfter = 50 * kMs;        ///< From the signal to the first question; then 100, 200, 400, 800 ms.
constexpr Ns kAnswer = 15 * kSec;      ///< For the answers after it.
constexpr Ns kTurn = 5 * kMs;

struct Kept {
  enum class State { waiting, closed, asked };
  std::unique_ptr<http::ClientConnection> connection;
  bool over = false;   ///< The last exchange has ended,
  bool whole = false;  ///< with a whole answer.
  State state = State::waiting;
  Ns due = 0;  ///< When it is asked after the signal.
};

class Asking {
 public:
  Asking(os::Reactor& reactor, const Endpoint& target, const http::ClientRequest& request)
      : reactor_(reactor), request_(request) {
    for (std::size_t i = 0; i < kConnections; ++i) {
      kept_.emplace_back().connection = std::make_unique<http::ClientConnection>(reactor, target);
    }
  }

  void ask(Kept& one) const {
    one.over = one.whole = false;
    http::ClientEvents events;
    events.on_end = [&one](Ns) { one.over = one.whole = true; };
    events.on_failure = [&one](http::Failure, const std::string&, Ns) { one.over = true; };
    one.connection->send(request_, std::move(events));
  }

  Result<KeptConnections> run(const std::function<Result<void>()>& signal, const std::function<Result<void>()>& pause) {
    for (Kept& one : kept_) ask(one);
    PL_TRY(turn_until([&] { return std::ranges::all_of(kept_, &Kept::over); }, kFirstAnswer, pause));
    PL_TRY(turn_until([] { return false; }, kIdle, pause));
    std::erase_if(kept_, [](const Kept& one) { return !one.whole || !one.connection->reusable(); });
    KeptConnections seen{.kept = static_cast<std::int64_t>(kept_.size())};
    if (kept_.empty()) return seen;
    PL_TRY(signal());
    Ns due = reactor_.now() + kAfter;
    for (Ns wait = kAfter; Kept & one : kept_) {
      one.due = due;
      due += wait;
      wait *= 2;
    }
    PL_TRY(turn_until([&] { return step(); }, kAnswer, pause));
    for (const Kept& one : kept_) {
      // A second connection means that the first was cut under the request, even if the client could repeat it.
      const bool answered = one.state == Kept::State::asked && one.whole && one.connection->connects() == 1;
      ++(answered ? seen.answered : one.state == Kept::State::closed ? seen.closed : seen.lost);
    }
    return seen;
  }

 private:
  /// Asks whoever is due. True when all is known.
  bool step() {
    for (Kept& one : kept_) {
      if (one.state != Kept::State::waiting) continue;
      if (!one.connection->reusable()) {
        one.state = Kept::State::closed;
      } else if (reactor_.now() >= one.due) {
        one.state = Kept::State::asked;
        ask(one);
      }
    }
    return std::ranges::none_of(kept_, [](const Kept& one) {
      return one.state == Kept::State::waiting || (one.state == Kept::State::asked && !one.over);
    });
  }

  Result<void> turn_until(const std::function<bool()>& done, Ns limit, const std::function<Result<void>()>& pause) {
    const Ns end = reactor_.now() + limit;
    while (!done() && reactor_.now() < end) {
      reactor_.run_once(kTurn);
      PL_TRY(pause());
    }
    return {};
  }

  os::Reactor& reactor_;
  const http::ClientRequest& request_;
  std::deque<Kept> kept_;
};

}  // namespace

Result<KeptConnections> ask_kept(const os::Clock& clock, const Endpoint& target, const http::ClientRequest& request,
                                 const std::function<Result<void>()>& signal,
                                 const std::function<Result<void>()>& pause) {
  const std::unique_ptr<os::Reactor> reactor = PL_TRY(os::Reactor::create(clock));
  return Asking(*reactor, target, request).run(signal, pause);
}

}  // namespace pl::engine
