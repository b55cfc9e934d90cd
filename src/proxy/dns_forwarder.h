#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "os/datagram.h"
#include "os/reactor.h"
#include "proxy/connection.h"
#include "proxy/toxic.h"

namespace pl::proxy {

/// What a forwarder did so far.
struct DnsCounts {
  std::int64_t queries = 0;   ///< Datagrams that came as queries.
  std::int64_t answered = 0;  ///< Answers sent to who asked: the name server's and those of faults.
  std::int64_t acted = 0;     ///< Queries that a fault acted on.
  Carried carried{};          ///< Bytes of datagrams.
};

/// Hands DNS queries that come as datagrams to a name server and its answers back, with the faults of toxics between.
/// Towards the name server each query has an id of the forwarder's own that cannot be guessed; only an answer from
/// there with that id and the same question goes back. A query without an answer is forgotten after kForgotten, or as
/// the oldest when there are limits::kDnsPending. Messages pass as they came but for their id; a query that cannot be
/// read meets no fault. The reactor's thread alone uses it.
class DnsForwarder {
 public:
  static constexpr Ns kForgotten = 10 * kSec;

  /// What it works with; all of it outlives the forwarder.
  struct Surroundings {
    os::Reactor& reactor;
    const std::vector<std::unique_ptr<Toxic>>& toxics;  ///< Faults in order; those that are not on DNS are passed by.
    DnsCounts& counts;
    std::function<void(const std::string& what, int error)> failed;  ///< For the user; errno or 0.
  };

  /// Opens the datagram sockets. The upstream is a name server.
  static Result<std::unique_ptr<DnsForwarder>> open(Surroundings surroundings, const Endpoint& listen,
                                                    const Endpoint& upstream);
  ~DnsForwarder();
  DnsForwarder(const DnsForwarder&) = delete;
  DnsForwarder& operator=(const DnsForwarder&) = delete;

  /// A toxic has other values: queries that wait for it do so by those.
  void updated(const Toxic& toxic);
  /// A toxic is taken out of force: queries do not wait for it any more.
  void removed(const Toxic& toxic);
  /// Queries that wait, before a fault or for their answer.
  std::size_t pending() const { return waiting_.size() + asked_.size(); }

 private:
  /// A wait that a toxic asked for.
  struct Delay {
    FaultId toxic;
    Ns wanted;
    std::shared_ptr<Measure> measure;
  };
  /// What is to be done with a query, after its delays.
  struct Task {
    os::Sender asker;
    std::string message;  ///< The query, or the answer of a fault.
    bool answered = false;
    std::string question;  ///< Of the query, where it could be read.
    std::vector<Delay> delays{};
    Ns due = 0;
    os::Reactor::TimerId timer = 0;
  };
  /// A query that the name server has.
  struct Asked {
    os::Sender asker;
    std::uint16_t id;   ///< The asker's.
    std::uint16_t own;  ///< Towards the name server.
    std::string question;
    Ns until;
  };
  using Number = std::uint64_t;  ///< In the order they came.

  DnsForwarder(Surroundings surroundings, os::Fd listener, os::Fd upstream);
  void take_queries();
  void take_answers();
  void meet(const os::Datagram& datagram);
  bool plan(const wire::DnsQuery& query, Number number, Task& task);
  void wait(Number number, Task task);
  void go_on(Number number);
  template <class Wanted>
  void wait_otherwise(FaultId toxic, Wanted wanted);
  void carry_out(Number number, const Task& task);
  void ask(Number number, const Task& task);
  void answer(const os::Sender& asker, const std::string& message);
  void forget(std::map<Number, Asked>::iterator asked);
  void expire();

  Surroundings with_;
  os::Fd listener_, upstream_;
  Endpoint self_;  ///< What queries of our own would come from, if the name server were this forwarder.
  std::vector<char> room_;
  std::map<Number, Task> waiting_;
  std::map<Number, Asked> asked_;
  std::unordered_map<std::uint16_t, Number> by_own_id_;
  os::Reactor::TimerId expiry_ = 0;
};

}  // namespace pl::proxy
