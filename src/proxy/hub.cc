#include "proxy/hub.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>

#include "base/limits.h"
#include "os/net.h"

namespace pl::proxy {
namespace {

constexpr Ns kHalfPatience = kSec;  ///< How long one half of a connection waits for the other.
constexpr Ns kExpiryStep = kSec / 10;
constexpr Ns kAcceptPause = kSec / 10;  ///< After accept failed for want of descriptors.

}  // namespace

FaultEffect describe(const FaultRow& row, const Json& parameters, const Measure& measure) {
  FaultEffect effect;
  effect.fault = std::string(row.name);
  effect.parameters = parameters;
  effect.connections = measure.connections;
  effect.reset = measure.reset;
  effect.closed = measure.closed;
  effect.requests = measure.requests;
  effect.acted = measure.acted;
  effect.opaque = measure.opaque;
  effect.bytes_up = measure.bytes[index(Way::up)];
  effect.bytes_down = measure.bytes[index(Way::down)];
  effect.bytes_lost = measure.lost;
  effect.bytes_held = measure.most_held;
  effect.delayed = measure.added.count();
  effect.asked_p50 = measure.asked.percentile(50);
  effect.added_p50 = measure.added.percentile(50);
  effect.added_p99 = measure.added.percentile(99);
  effect.late_p50 = measure.late.percentile(50);
  effect.late_p99 = measure.late.percentile(99);
  return effect;
}

std::size_t EndpointHash::operator()(const Endpoint& endpoint) const {
  const std::string_view address(reinterpret_cast<const char*>(endpoint.address), sizeof endpoint.address);
  return std::hash<std::string_view>()(address) * 31 + endpoint.port;
}

Hub::Hub(os::Reactor& reactor, record::Sink sink, std::uint64_t seed, std::string hash_key)
    : reactor_(reactor),
      sink_(std::move(sink)),
      seed_(seed),
      scratch_(limits::kRelayScratchBytes),
      shared_{.reactor = reactor,
              .scratch = scratch_,
              .ended = [this](Connection& over) { connections_.ended(over); },
              .hash_key = std::move(hash_key)},
      connections_(reactor) {}

Hub::~Hub() = default;

void Hub::serve(os::Fd listener4, os::Fd listener6, os::Fd handoffs) {
  listeners_[0] = std::move(listener4);
  listeners_[1] = std::move(listener6);
  handoffs_ = std::move(handoffs);
  for (const os::Fd& listener : listeners_) {
    if (!listener) continue;
    os::set_nodelay(listener.get());  // What is accepted inherits it.
    reactor_.watch(listener.get(), EPOLLIN, [this, fd = listener.get()](std::uint32_t) { accept_from(fd); });
  }
  reactor_.watch(handoffs_.get(), EPOLLIN, [this](std::uint32_t) { receive(); });
  second_ = reactor_.now() / kSec;
  reactor_.at((second_ + 1) * kSec, [this] { roll(); });
}

void Hub::accept_from(int listener) {
  for (int taken = 0; taken < limits::kRelayAcceptsPerTurn; ++taken) {
    Result<os::Accepted> accepted = os::accept_one(listener);
    if (!accepted) return pause(listener, accepted.error());
    if (!accepted->fd) return;
    const auto upstream = upstreams_.find(accepted->peer);
    if (upstream == upstreams_.end()) {
      park(programs_, accepted->peer, {std::move(accepted->fd), {}, reactor_.now()});
      continue;
    }
    Half half = std::move(upstream->second);
    upstreams_.erase(upstream);
    join(half.handoff, std::move(accepted->fd), std::move(half.fd));
  }
}

void Hub::pause(int listener, const Error& why) {
  note_failure(Errc::limit, "the relay cannot accept: " + why.message());
  reactor_.change(listener, 0);
  reactor_.after(kAcceptPause, [this, listener] { reactor_.change(listener, EPOLLIN); });
}

void Hub::receive() {
  for (int taken = 0; taken < limits::kRelayAcceptsPerTurn; ++taken) {
    os::ReceivedHandoff got = os::receive_handoff(handoffs_.get());
    if (got.kind == os::ReceivedHandoff::Kind::again) return;
    if (got.kind == os::ReceivedHandoff::Kind::end) return reactor_.forget(handoffs_.get());
    if (got.handoff.refused != 0) {
      flows_.of(got.handoff.owner, got.handoff.process, got.handoff.destination).refused();
      continue;
    }
    const auto program = programs_.find(got.handoff.source);
    if (program == programs_.end()) {
      const Endpoint source = got.handoff.source;
      park(upstreams_, source, {std::move(got.upstream), got.handoff, reactor_.now()});
      continue;
    }
    os::Fd fd = std::move(program->second.fd);
    programs_.erase(program);
    join(got.handoff, std::move(fd), std::move(got.upstream));
  }
}

void Hub::park(Halves& halves, const Endpoint& source, Half half) {
  if (halves.size() >= limits::kRelayUnmatched) {
    if (half.fd) os::reset_on_close(half.fd.get());
    return note_failure(Errc::limit, "the relay has too many connections that nobody announced");
  }
  // The same source again: the earlier connection is over, and its half will never be claimed.
  halves.insert_or_assign(source, std::move(half));
  if (expiring_) return;
  expiring_ = true;
  reactor_.after(kExpiryStep, [this] {
    expiring_ = false;
    expire(programs_);
    expire(upstreams_);
  });
}

void Hub::expire(Halves& halves) {
  const Ns oldest = reactor_.now() - kHalfPatience;
  std::erase_if(halves, [&](auto& entry) {
    if (entry.second.since > oldest) return false;
    if (entry.second.fd) os::reset_on_close(entry.second.fd.get());
    return true;
  });
  if (halves.empty() || expiring_) return;
  expiring_ = true;
  reactor_.after(kExpiryStep, [this] {
    expiring_ = false;
    expire(programs_);
    expire(upstreams_);
  });
}

void Hub::join(const Handoff& handoff, os::Fd program, os::Fd upstream) {
  Handoff whole = handoff;
  if (!upstream) {
    Result<os::Fd> connected = os::connect_tcp(handoff.destination);
    if (!connected) return os::reset_on_close(program.get());
    upstream = std::move(*connected);
    whole.undecided = 1;
  }
  Flow& flow = flows_.of(handoff.owner, handoff.process, handoff.destination);
  auto made = std::make_unique<Connection>(shared_, whole, std::move(program), std::move(upstream), flow);
  Connection& connection = connections_.add(std::move(made));
  apply_faults(connection);
  connection.begun();
}

void Hub::apply_faults(Connection& connection) {
  for (Active& active : faults_) {
    if (connection.over()) return;
    const bool meant = active.match.matches(connection.owner(), connection.process(), connection.destination());
    if (meant && !connection.has_fault(active.id)) {
      connection.add_fault(active.id, *active.fault, active.measure);
    } else if (!meant) {
      connection.remove_fault(active.id);
    }
  }
}

std::vector<Connection*> Hub::matching(const FlowMatch& match) const {
  std::vector<Connection*> found;
  for (const auto& connection : connections_.all()) {
    const bool meant = match.matches(connection->owner(), connection->process(), connection->destination());
    if (meant && !connection->over()) found.push_back(connection.get());
  }
  return found;
}

Ns Hub::usual(const FlowMatch& match) const {
  Histogram all;
  for (const auto& [key, flow] : flows_.all()) {
    if (match.matches(key.owner, key.process, key.destination)) all.merge(flow->usual());
  }
  return all.percentile(50);
}

Result<FaultId> Hub::inject(const FlowMatch& match, const FaultRow& row, const Values& values) {
  if (faults_.size() >= limits::kRelayFaults) {
    return fail(Errc::limit, fmt::format("{} faults are in force already", faults_.size()));
  }
  const FaultId id = next_fault_;
  auto measure = std::make_shared<Measure>();
  FaultContext context{Rng(seed_ ^ static_cast<std::uint64_t>(id) * 0x9e3779b97f4a7c15ULL), usual(match),
                       measure.get()};
  std::unique_ptr<Fault> fault = PL_TRY(row.make(values, context));
  ++next_fault_;
  faults_.push_back({id, match, &row, values.to_json(), measure, std::move(fault)});
  for (Connection* connection : matching(match)) connection->add_fault(id, *faults_.back().fault, measure);
  return id;
}

FaultEffect Hub::remove(FaultId id) {
  const auto found = std::ranges::find(faults_, id, &Active::id);
  if (found == faults_.end()) return {};
  const Active active = std::move(*found);
  faults_.erase(found);
  for (Connection* connection : matching(FlowMatch{})) connection->remove_fault(id);
  connections_.reap();  // those that ended hold taps of this fault
  return describe(*active.row, active.parameters, *active.measure);
}

FaultEffect Hub::effect(FaultId id) const {
  const auto found = std::ranges::find(faults_, id, &Active::id);
  if (found == faults_.end()) return {};
  return describe(*found->row, found->parameters, *found->measure);
}

std::int64_t Hub::reset_open(const FlowMatch& match) {
  const std::vector<Connection*> meant = matching(match);
  for (Connection* connection : meant) connection->reset();
  return static_cast<std::int64_t>(meant.size());
}

void Hub::reown(pid_t process, pid_t owner) {
  for (Connection* connection : matching(FlowMatch{})) {
    if (connection->process() != process || connection->owner() == owner) continue;
    connection->move_to(owner, flows_.of(owner, process, connection->destination()));
    apply_faults(*connection);
  }
}

std::vector<FlowTotals> Hub::totals() const {
  std::unordered_map<const Flow*, Ns> oldest;
  for (const auto& connection : connections_.all()) {
    const Ns since = connection->over() ? 0 : connection->unanswered_since();
    if (since == 0) continue;
    Ns& first = oldest[&connection->flow()];
    if (first == 0 || since < first) first = since;
  }
  std::vector<FlowTotals> all;
  for (const auto& [key, flow] : flows_.all()) {
    FlowTotals& totals = all.emplace_back(flow->totals());
    const auto found = oldest.find(flow.get());
    if (found != oldest.end()) totals.oldest_unanswered = reactor_.now() - found->second;
  }
  return all;
}

void Hub::roll() {
  const Ns now = reactor_.now();
  roll_flows();
  second_ = now / kSec;
  reactor_.at((second_ + 1) * kSec, [this] { roll(); });
}

void Hub::roll_flows() {
  flows_.roll(second_, reactor_.now(), shared_.statements, sink_);
  if (!shared_.statements.limit_reached() || std::exchange(noted_statements_, true)) return;
  sink_(record::observe(
      reactor_.now(),
      record::InstrumentFailed{std::string(error_row(Errc::limit).name),
                               fmt::format("more than {} different database statements, or {} prepared ones on one "
                                           "connection: the others were not counted",
                                           limits::kStatementShapes, limits::kPgNames)}));
}

void Hub::trace_statements(std::int64_t journey, std::int64_t round) {
  for (const auto& [key, flow] : flows_.all()) flow->trace(journey, round, reactor_.now(), sink_);
}

void Hub::note_failure(Errc code, const std::string& detail) {
  if (noted_limit_) return;
  noted_limit_ = true;
  sink_(record::observe(reactor_.now(), record::InstrumentFailed{std::string(error_row(code).name), detail}));
}

void Hub::finish() {
  for (const os::Fd& listener : listeners_) {
    if (listener) reactor_.forget(listener.get());
  }
  reactor_.forget(handoffs_.get());
  for (os::Fd& listener : listeners_) listener.reset();
  handoffs_.reset();
  programs_.clear();
  upstreams_.clear();
  reset_open(FlowMatch{});
  connections_.reap();
  roll_flows();
}

}  // namespace pl::proxy
