#include "proxy/dns_forwarder.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.h"
#include "os/entropy.h"

namespace pl::proxy {
namespace {

constexpr int kDatagramsPerTurn = 64;  ///< From one socket before the others' turn.
constexpr Ns kExpiryStep = kSec / 10;  ///< Between two looks for queries that have waited too long.

/// An id that no query under way has. There are far fewer of those than ids.
std::uint16_t free_id(const std::unordered_map<std::uint16_t, std::uint64_t>& taken) {
  std::uint16_t id = wire::dns_id(os::random_bytes(2));
  while (taken.contains(id)) ++id;
  return id;
}

}  // namespace

Result<std::unique_ptr<DnsForwarder>> DnsForwarder::open(Surroundings surroundings, const Endpoint& listen,
                                                         const Endpoint& upstream) {
  os::Fd listener = PL_TRY(os::listen_udp(listen));
  os::Fd server = PL_TRY(os::connect_udp(upstream));
  return std::unique_ptr<DnsForwarder>(
      new DnsForwarder(std::move(surroundings), std::move(listener), std::move(server)));
}

DnsForwarder::DnsForwarder(Surroundings surroundings, os::Fd listener, os::Fd upstream)
    : with_(std::move(surroundings)),
      listener_(std::move(listener)),
      upstream_(std::move(upstream)),
      room_(limits::kDnsMessageBytes) {
  if (const Result<Endpoint> self = os::local_endpoint(upstream_.get())) self_ = *self;
  with_.reactor.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { take_queries(); });
  with_.reactor.watch(upstream_.get(), EPOLLIN, [this](std::uint32_t) { take_answers(); });
}

DnsForwarder::~DnsForwarder() {
  with_.reactor.cancel(expiry_);
  for (const auto& [number, task] : waiting_) with_.reactor.cancel(task.timer);
  with_.reactor.forget(listener_.get());
  with_.reactor.forget(upstream_.get());
}

void DnsForwarder::take_queries() {
  for (int taken = 0; taken < kDatagramsPerTurn; ++taken) {
    const auto got = os::receive_datagram(listener_.get(), room_);
    if (!got) {
      with_.failed("a query: " + got.error().detail, got.error().source_code);
    } else if (!*got) {
      return;
    } else {
      meet(**got);
    }
  }
}

void DnsForwarder::meet(const os::Datagram& datagram) {
  with_.counts.carried.received[index(Way::up)] += static_cast<std::int64_t>(datagram.bytes.size());
  if (!wire::is_dns_query(datagram.bytes)) return;
  if (os::to_endpoint(datagram.from.address.get(), datagram.from.address.length) == self_) {
    return with_.failed("its upstream is the proxy itself", 0);
  }
  const auto number = static_cast<Number>(with_.counts.queries++);
  Task task{.asker = datagram.from, .message = std::string(datagram.bytes)};
  if (const auto query = wire::read_dns_query(datagram.bytes)) {
    task.question = query->question;
    if (!plan(*query, number, task)) return;
  }
  if (task.due > 0) return wait(number, std::move(task));
  carry_out(number, task);
}

/// What the toxics in force want; false: the query is lost.
bool DnsForwarder::plan(const wire::DnsQuery& query, Number number, Task& task) {
  bool acted = false, lost = false;
  Ns after = 0;
  for (const auto& toxic : with_.toxics) {
    if (!toxic->dns || !toxic->meets(number)) continue;
    ++toxic->measure->requests;
    DnsPlan plan = toxic->dns->plan(query, number);
    if (!plan.acts) continue;
    acted = true;
    if (plan.after > 0) task.delays.push_back({toxic->id, plan.after, toxic->measure});
    after += plan.after;
    lost = plan.lost;
    task.answered = !plan.answer.empty();
    if (task.answered) task.message = std::move(plan.answer);
    if (lost || task.answered) break;
  }
  if (acted) ++with_.counts.acted;
  if (after > 0) task.due = with_.reactor.now() + after;
  return !lost;
}

void DnsForwarder::wait(Number number, Task task) {
  if (waiting_.size() >= limits::kDnsPending) {
    with_.failed(fmt::format("more than {} queries wait before toxics; the oldest is forgotten", limits::kDnsPending),
                 0);
    with_.reactor.cancel(waiting_.begin()->second.timer);
    waiting_.erase(waiting_.begin());
  }
  task.timer = with_.reactor.at(task.due, [this, number] { go_on(number); });
  waiting_.emplace(number, std::move(task));
}

void DnsForwarder::go_on(Number number) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  const Task task = std::move(found->second);
  waiting_.erase(found);
  const Ns late = with_.reactor.now() - task.due;
  for (const Delay& delay : task.delays) delay.measure->delay(delay.wanted, delay.wanted + late);
  carry_out(number, task);
}

/// `wanted(number)`: how long that query waits for the toxic from now on; 0: it is none of the toxic's any more.
template <class Wanted>
void DnsForwarder::wait_otherwise(FaultId toxic, Wanted wanted) {
  for (auto& [number, task] : waiting_) {
    const auto delay = std::ranges::find(task.delays, toxic, &Delay::toxic);
    if (delay == task.delays.end()) continue;
    task.due += wanted(number) - delay->wanted;
    delay->wanted = wanted(number);
    if (delay->wanted == 0) task.delays.erase(delay);
    with_.reactor.cancel(task.timer);
    task.timer = with_.reactor.at(task.due, [this, one = number] { go_on(one); });
  }
}

void DnsForwarder::updated(const Toxic& toxic) {
  wait_otherwise(toxic.id, [&](Number number) { return toxic.meets(number) ? toxic.dns->delay() : 0; });
}

void DnsForwarder::removed(const Toxic& toxic) {
  wait_otherwise(toxic.id, [](Number) { return Ns{0}; });
}

void DnsForwarder::carry_out(Number number, const Task& task) {
  if (task.answered) return answer(task.asker, task.message);
  ask(number, task);
}

void DnsForwarder::ask(Number number, const Task& task) {
  if (asked_.size() >= limits::kDnsPending) {
    with_.failed(
        fmt::format("more than {} queries are without an answer; the oldest is forgotten", limits::kDnsPending), 0);
    forget(asked_.begin());
  }
  const std::uint16_t own = free_id(by_own_id_);
  const Ns until = with_.reactor.now() + kForgotten;
  asked_.insert_or_assign(number, Asked{task.asker, wire::dns_id(task.message), own, task.question, until});
  by_own_id_[own] = number;
  if (expiry_ == 0) expiry_ = with_.reactor.at(until, [this] { expire(); });
  std::string message = task.message;
  wire::set_dns_id(message, own);
  // The first may tell what became of an earlier datagram, and then sends nothing.
  if (!os::send_datagram(upstream_.get(), message) && !os::send_datagram(upstream_.get(), message)) {
    return with_.failed("upstream", errno);
  }
  with_.counts.carried.sent[index(Way::up)] += static_cast<std::int64_t>(message.size());
}

void DnsForwarder::take_answers() {
  for (int taken = 0; taken < kDatagramsPerTurn; ++taken) {
    const auto got = os::receive_datagram(upstream_.get(), room_);
    if (!got) {
      with_.failed("upstream", got.error().source_code);
      continue;
    }
    if (!*got) return;
    const std::string_view bytes = (*got)->bytes;
    with_.counts.carried.received[index(Way::down)] += static_cast<std::int64_t>(bytes.size());
    const auto id = bytes.size() < 2 ? by_own_id_.end() : by_own_id_.find(wire::dns_id(bytes));
    if (id == by_own_id_.end()) continue;
    const auto asked = asked_.find(id->second);
    if (!wire::answers_dns_query(bytes, asked->second.question)) continue;
    std::string message(bytes);
    wire::set_dns_id(message, asked->second.id);
    answer(asked->second.asker, message);
    forget(asked);
  }
}

void DnsForwarder::answer(const os::Sender& asker, const std::string& message) {
  if (!os::send_datagram(listener_.get(), message, &asker)) return with_.failed("an answer", errno);
  ++with_.counts.answered;
  with_.counts.carried.sent[index(Way::down)] += static_cast<std::int64_t>(message.size());
}

void DnsForwarder::forget(std::map<Number, Asked>::iterator asked) {
  by_own_id_.erase(asked->second.own);
  asked_.erase(asked);
}

/// Queries are not asked in the order of their numbers where some of them waited: all are looked at.
void DnsForwarder::expire() {
  expiry_ = 0;
  Ns next = kNever;
  for (auto asked = asked_.begin(); asked != asked_.end();) {
    const auto one = asked++;
    if (one->second.until <= with_.reactor.now()) {
      forget(one);
    } else {
      next = std::min(next, one->second.until);
    }
  }
  if (next == kNever) return;
  expiry_ = with_.reactor.at(std::max(next, with_.reactor.now() + kExpiryStep), [this] { expire(); });
}

}  // namespace pl::proxy
