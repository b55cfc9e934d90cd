#include "proxy/relay.h"

#include <algorithm>
#include <future>
#include <thread>

#include "os/net.h"
#include "os/reactor.h"
#include "os/stream.h"
#include "proxy/fault.h"
#include "proxy/hub.h"

namespace pl::proxy {
namespace {

constexpr int kBacklog = 4096;

/// An address of its own, so that no application's listener is in the way; where the system has only one, that.
Result<os::Fd> listen_v4() {
  Result<os::Fd> own = os::listen_tcp(PL_TRY(os::parse_endpoint("127.0.77.1", 0)), kBacklog);
  if (own) return own;
  return os::listen_tcp(PL_TRY(os::parse_endpoint("127.0.0.1", 0)), kBacklog);
}

Result<os::Fd> listen_v6() { return os::listen_tcp(PL_TRY(os::parse_endpoint("::1", 0)), kBacklog); }

}  // namespace

bool FlowMatch::matches(pid_t owner, pid_t process, const Endpoint& destination) const {
  const bool edge = edges.empty() || std::ranges::any_of(edges, [&](const auto& one) {
                      return (one.first == 0 || one.first == owner) && one.second == destination;
                    });
  return edge && (processes.empty() || std::ranges::find(processes, process) != processes.end());
}

Json FaultEffect::to_json() const {
  Json json = Json::object();
  json.set("fault", fault).set("parameters", parameters).set("connections", connections).set("reset", reset);
  json.set("closed", closed);
  json.set("requests", requests).set("acted", acted).set("opaque", opaque);
  json.set("bytes_up", bytes_up).set("bytes_down", bytes_down);
  json.set("bytes_lost", bytes_lost)
      .set("bytes_held", bytes_held)
      .set("delayed", delayed)
      .set("asked_p50_ns", asked_p50);
  json.set("added_p50_ns", added_p50).set("added_p99_ns", added_p99);
  json.set("late_p50_ns", late_p50).set("late_p99_ns", late_p99);
  return json;
}

/// The thread and what it runs. `hub` is touched by the thread alone while it runs.
struct Relay::Inside {
  std::unique_ptr<os::Reactor> reactor;
  std::unique_ptr<Hub> hub;
  Endpoint listen4, listen6;
  os::Fd handoff;
  std::thread thread;
  std::mutex stopping;  ///< Guards `stopped` and keeps calls and stop() apart.
  bool stopped = false;
  Ns processor = 0;  ///< Of the thread, when it ended.

  /// Runs a function on the relay's thread and waits for its result; once stopped, here.
  template <class Function>
  auto call(Function function) {
    const std::lock_guard lock(stopping);
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto result = task.get_future();
    if (stopped) {
      task();
    } else {
      reactor->post([&task] { task(); });
    }
    return result.get();
  }

  void serve() {
    reactor->run();
    hub->finish();
    processor = os::thread_processor_time();
  }
};

Relay::Relay(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Relay::~Relay() { stop(); }

Result<std::unique_ptr<Relay>> Relay::start(const os::RealClock& clock, record::Sink sink, std::uint64_t seed,
                                            std::string hash_key) {
  os::raise_descriptor_limit();
  auto inside = std::make_unique<Inside>();
  inside->reactor = PL_TRY(os::Reactor::create(clock));
  os::Fd listener4 = PL_TRY(listen_v4());
  inside->listen4 = PL_TRY(os::local_endpoint(listener4.get()));
  os::Fd listener6;
  if (Result<os::Fd> listener = listen_v6()) {
    listener6 = std::move(*listener);
    inside->listen6 = PL_TRY(os::local_endpoint(listener6.get()));
  }
  auto [ours, theirs] = PL_TRY(os::handoff_pair());
  inside->handoff = std::move(theirs);
  inside->hub = std::make_unique<Hub>(*inside->reactor, std::move(sink), seed, std::move(hash_key));
  inside->hub->serve(std::move(listener4), std::move(listener6), std::move(ours));
  inside->thread = std::thread([state = inside.get()] { state->serve(); });
  return std::unique_ptr<Relay>(new Relay(std::move(inside)));
}

Endpoint Relay::listen4() const { return inside_->listen4; }
Endpoint Relay::listen6() const { return inside_->listen6; }
int Relay::handoff_fd() const { return inside_->handoff.get(); }
void Relay::release_handoff_fd() { inside_->handoff.reset(); }

Result<FaultId> Relay::inject(const FlowMatch& match, std::string_view fault, const Json& parameters) {
  const FaultRow* row = PL_TRY(find_fault(fault));
  const Values values = PL_TRY(read_values(*row, parameters));
  return inside_->call([&] { return inside_->hub->inject(match, *row, values); });
}

FaultEffect Relay::remove(FaultId id) {
  return inside_->call([&] { return inside_->hub->remove(id); });
}

FaultEffect Relay::effect(FaultId id) const {
  return inside_->call([&] { return inside_->hub->effect(id); });
}

std::int64_t Relay::reset_open(const FlowMatch& match) {
  return inside_->call([&] { return inside_->hub->reset_open(match); });
}

void Relay::reown(pid_t process, pid_t owner) {
  inside_->call([&] { inside_->hub->reown(process, owner); });
}

std::vector<FlowTotals> Relay::totals() const {
  return inside_->call([&] { return inside_->hub->totals(); });
}

void Relay::trace_statements(std::int64_t journey, std::int64_t round) {
  inside_->call([&] { inside_->hub->trace_statements(journey, round); });
}

void Relay::watch_for(const std::string& mark) {
  inside_->call([&] { inside_->hub->watch_for(mark); });
}

Ns Relay::processor_time() const {
  return inside_->call([&] { return inside_->stopped ? inside_->processor : os::thread_processor_time(); });
}

void Relay::stop() {
  const std::lock_guard lock(inside_->stopping);
  if (inside_->stopped) return;
  inside_->reactor->stop();
  inside_->thread.join();
  inside_->stopped = true;
}

}  // namespace pl::proxy
