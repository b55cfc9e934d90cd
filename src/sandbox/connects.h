#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/handoff.h"
#include "os/fd.h"
#include "sandbox/destinations.h"
#include "sandbox/notify.h"
#include "sandbox/outbox.h"
#include "sandbox/rules.h"
#include "sandbox/targets.h"
#include "sandbox/tree.h"

namespace pl::sandbox {

/// What interception of sockets needs to know.
struct ConnectSettings {
  Endpoint relay4, relay6;  ///< Family 0: only observe.
  int handoff = -1;
  bool allow_unreadable = false;
};

/// Interception of connect(), listen(), bind() and datagram sockets. connect() follows the steps 0 to 7 below, found
/// by trial against 14 runtimes; nothing here ever waits, and no call is held back.
class Connects {
 public:
  Connects(ConnectSettings settings, Destinations destinations, Targets targets, Notifications& notifications,
           Threads& threads, Tree& tree, Outbox& outbox)
      : settings_(settings),
        destinations_(std::move(destinations)),
        targets_(std::move(targets)),
        notifications_(notifications),
        threads_(threads),
        tree_(tree),
        outbox_(outbox) {}

  Answer connect(const Call& call);
  Answer listen(const Call& call);
  Answer bind(const Call& call);
  Answer datagram_socket(const Call& call);
  /// The answer to a connect did not reach its caller: a signal made it start anew, and it will ask again.
  void undelivered(const Call& call, const Answer& answer);
  /// Tells the relay what could not be told at once, and lists datagram destinations that no TCP connect followed;
  /// with `last` without waiting for one.
  void tick(bool last = false);
  Rules& rules() { return rules_; }
  /// TCP sockets that a process, or one below it, binds to loopback or to all addresses are bound to this address, with
  /// the port that was asked for. Observations go on to say what was asked for.
  void bind_elsewhere(pid_t root, const Endpoint& address) { elsewhere_[root] = address; }
  /// From the next connect on: through the relay (as at the beginning), or straight on and only observed.
  void redirect(bool through_relay) { redirect_ = through_relay; }

 private:
  /// A connect under interception.
  struct Attempt {
    os::Fd socket;  ///< The program's own, copied.
    pid_t process = 0;
    int domain = 0;            ///< AF_INET or AF_INET6: an IPv6 socket may go to an IPv4 address.
    std::uint64_t cookie = 0;  ///< SO_COOKIE: names the socket for good.
    Endpoint destination;
  };
  struct Queued {
    Handoff handoff;
    os::Fd upstream;
  };
  struct Datagram {
    pid_t process;
    Endpoint destination;
    bool refused;
    Ns at;
  };
  Answer intercept(Attempt& attempt);
  Answer probe_and_relay(Attempt& attempt);
  Answer aim(const Attempt& attempt, const Endpoint& target, Handoff* handoff, os::Fd upstream);
  Answer unreadable(const Call& call, pid_t process);
  Answer connect_datagram(const Attempt& attempt);
  const Endpoint* elsewhere(pid_t process) const;
  Answer bind_to(const Threads::Copy& copy, const Endpoint& asked, const Endpoint& address);
  Answer forbid(const Attempt& attempt);
  void see_unix(pid_t thread, const std::string& address);
  void see(pid_t process, const Endpoint& destination, const std::string& result);
  void see_connect(pid_t process, const std::string& address, std::int64_t port, const std::string& result);
  void count_refused(const Attempt& attempt);
  void tell_relay(const Handoff& handoff, os::Fd upstream);
  void not_intercepted(pid_t process, const std::string& what);
  bool first_time(pid_t process, const std::string& what);

  ConnectSettings settings_;
  bool redirect_ = true;
  Destinations destinations_;
  Targets targets_;
  Rules rules_;
  Notifications& notifications_;
  Threads& threads_;
  Tree& tree_;
  Outbox& outbox_;
  std::deque<Queued> queue_;
  std::deque<Datagram> datagrams_;
  std::map<std::pair<pid_t, int>, Ns> tcp_ports_;  ///< Last TCP connect of a process to a port.
  std::set<std::pair<pid_t, std::string>> seen_;
  std::uint64_t last_cookie_ = 0;                ///< Of the connect being answered.
  std::map<std::uint64_t, Answer> undelivered_;  ///< By socket cookie.
  std::map<pid_t, Endpoint> elsewhere_;          ///< Where processes below one listen instead; port 0.
  std::map<std::uint64_t, Endpoint> asked_;      ///< By socket cookie: where a socket bound elsewhere should be.
};

}  // namespace pl::sandbox
