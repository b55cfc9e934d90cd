#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/handoff.h"
#include "base/result.h"
#include "os/reactor.h"

namespace pl::os {

/// Looks names up without holding up the reactor: each look-up that takes time has a thread of its own. Answers are
/// kept for kNameKept. One thread, the reactor's, except what it starts itself; may be destroyed at any time.
class Resolver {
 public:
  using Done = std::function<void(const Result<std::vector<Endpoint>>& found)>;

  explicit Resolver(Reactor& reactor) : reactor_(reactor), state_(std::make_shared<State>(&reactor)) {}
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Calls back at once for a numeric address, `localhost` and what is kept, else later. Addresses come without a port;
  /// a name without any is Errc::not_found.
  void resolve(const std::string& name, Done done);

  /// The same, waited for: the reactor turns until the answer has come. Not from inside one of its events.
  Result<std::vector<Endpoint>> wait_for(const std::string& name);

  static constexpr Ns kNameKept = kSec;

 private:
  struct Kept {
    std::vector<Endpoint> found;
    Ns until;
  };
  struct State {
    explicit State(Reactor* r) : reactor(r) {}
    std::mutex mutex;  ///< Guards `reactor` against the end of the resolver.
    Reactor* reactor;  ///< nullptr: the resolver is gone.
    std::map<std::string, Kept> kept;
    std::map<std::string, std::vector<Done>> asked;
  };
  static void begin(const std::shared_ptr<State>& state, const std::string& name);
  static void answer(State& state, const std::string& name, const Result<std::vector<Endpoint>>& found);

  Reactor& reactor_;
  std::shared_ptr<State> state_;
};

}  // namespace pl::os
