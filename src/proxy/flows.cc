#include "proxy/flows.h"

#include <algorithm>
#include <tuple>

#include "base/limits.h"
#include "base/sha256.h"
#include "os/net.h"

namespace pl::proxy {
namespace {

auto order(const Endpoint& e) {
  return std::tuple(e.family, e.port, std::string_view(reinterpret_cast<const char*>(e.address), 16));
}

}  // namespace

bool operator<(const FlowKey& a, const FlowKey& b) {
  return std::tuple(a.owner, a.process, order(a.destination)) < std::tuple(b.owner, b.process, order(b.destination));
}

void Flow::opened() {
  ++second_.connects;
  ++totals_.connects;
  ++totals_.open;
  touched_ = true;
}

void Flow::refused() {
  ++second_.refused;
  touched_ = true;
}

void Flow::closed(bool was_reset, bool refused) {
  ++second_.closed;
  --totals_.open;
  if (refused) ++second_.refused;
  if (was_reset) {
    ++second_.resets;
    ++totals_.resets;
  }
  touched_ = true;
}

void Flow::moved(bool here) { totals_.open += here ? 1 : -1; }

void Flow::request(std::size_t bytes, bool first_of_run) {
  second_.bytes_up += static_cast<std::int64_t>(bytes);
  totals_.bytes_up += static_cast<std::int64_t>(bytes);
  if (first_of_run) {
    ++second_.requests;
    ++totals_.requests;
  }
  touched_ = true;
}

void Flow::answer(std::size_t bytes) {
  second_.bytes_down += static_cast<std::int64_t>(bytes);
  totals_.bytes_down += static_cast<std::int64_t>(bytes);
  touched_ = true;
}

void Flow::exchanged(Ns after, bool usual) {
  ++second_.exchanges;
  ++totals_.exchanges;
  latency_.record(after);
  if (usual) usual_.record(after);
}

void Flow::sniffed(const wire::Sniffed& seen) {
  if (seen.protocol.empty()) return;
  const bool opaque = seen_.protocol.empty() || seen_.protocol == "opaque";
  if (seen.protocol != seen_.protocol) {
    if (opaque || seen.protocol != "opaque") seen_ = seen;
    return;
  }
  // A later connection may say less, or name another host of the same server: only what is new and firm is taken.
  if (!seen.product.empty()) seen_.product = seen.product;
  if (!seen.version.empty()) seen_.version = seen.version;
  if (seen_.server_name.empty()) seen_.server_name = seen.server_name;
}

bool Flow::wants_sender() const {
  return heads_ < limits::kSenderHeads && (seen_.protocol.empty() || seen_.protocol == "http");
}

void Flow::sent(const wire::Sender& sender, std::string_view hash_key) {
  ++heads_;
  for (const wire::Credential& credential : sender.credentials) {
    record::CredentialSeen seen;
    seen.field = credential.field;
    seen.hash = keyed_hash(hash_key, credential.secret);
    seen.tail = secret_tail(credential.secret);
    const bool known = std::ranges::any_of(
        credentials_, [&](const auto& one) { return one.hash == seen.hash && one.field == seen.field; });
    if (!known && credentials_.size() < limits::kSendersSaid) credentials_.push_back(std::move(seen));
  }
  if (sender.product.empty() && !sender.traced) return;
  record::SenderSeen seen;
  seen.product = sender.product;
  seen.version = sender.version;
  seen.traced = sender.traced;
  const bool known = std::ranges::any_of(senders_, [&](const auto& one) {
    return one.product == seen.product && one.version == seen.version && one.traced == seen.traced;
  });
  if (!known && senders_.size() < limits::kSendersSaid) senders_.push_back(std::move(seen));
}

void Flow::say_senders(Ns now, const record::Sink& sink) {
  const auto say = [&](auto& list, std::size_t& said) {
    for (; said < list.size(); ++said) {
      list[said].pid = key_.process;
      list[said].owner = key_.owner;
      list[said].address = os::address_text(key_.destination);
      list[said].port = key_.destination.port;
      sink(record::observe(now, list[said]));
    }
  };
  say(credentials_, credentials_said_);
  say(senders_, senders_said_);
}

void Flow::trace(std::int64_t journey, std::int64_t round, Ns now, const record::Sink& sink) {
  record::StatementsTraced traced;
  traced.pid = key_.process;
  traced.owner = key_.owner;
  traced.address = os::address_text(key_.destination);
  traced.port = key_.destination.port;
  traced.journey = journey;
  traced.round = round;
  statements_.trace(std::move(traced), now, sink);
}

void Flow::roll(std::int64_t second, Ns now, const StatementTable& table, const record::Sink& sink) {
  say_protocol(now, sink);
  say_senders(now, sink);
  if (!touched_ && totals_.open == said_open_) return;
  second_.pid = key_.process;
  second_.owner = key_.owner;
  second_.address = os::address_text(key_.destination);
  second_.port = key_.destination.port;
  second_.second = second;
  statements_.say(second_, now, table, sink);
  second_.open = said_open_ = totals_.open;
  second_.latency = latency_.encode();
  sink(record::observe(now, second_));
  second_ = {};
  latency_.clear();
  touched_ = false;
}

void Flow::say_protocol(Ns now, const record::Sink& sink) {
  if (seen_.protocol.empty() || seen_ == said_ || times_said_ >= limits::kProtocolChanges) return;
  said_ = seen_;
  ++times_said_;
  record::ProtocolSeen seen;
  seen.pid = key_.process;
  seen.owner = key_.owner;
  seen.address = os::address_text(key_.destination);
  seen.port = key_.destination.port;
  seen.protocol = seen_.protocol;
  seen.product = seen_.product;
  seen.version = seen_.version;
  seen.server_name = seen_.server_name;
  sink(record::observe(now, seen));
}

FlowTotals Flow::totals() const {
  FlowTotals totals = totals_;
  totals.owner = key_.owner;
  totals.process = key_.process;
  totals.destination = key_.destination;
  totals.protocol = seen_.protocol;
  totals.product = seen_.product;
  return totals;
}

Flow& Flows::of(pid_t owner, pid_t process, const Endpoint& destination) {
  const FlowKey key{owner, owner == 0 ? process : 0, destination};
  std::unique_ptr<Flow>& flow = flows_[key];
  if (!flow) flow = std::make_unique<Flow>(key);
  return *flow;
}

void Flows::roll(std::int64_t second, Ns now, const StatementTable& table, const record::Sink& sink) {
  for (const auto& [key, flow] : flows_) flow->roll(second, now, table, sink);
}

}  // namespace pl::proxy
