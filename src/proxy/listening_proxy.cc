#include "proxy/listening_proxy.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/limits.h"
#include "os/net.h"
#include "os/stream.h"
#include "proxy/descriptors.h"

namespace pl::proxy {
namespace {

constexpr Ns kAcceptPause = kSec / 10;     ///< After accept failed for want of descriptors.
constexpr int kFullTurns = 8;              ///< After so many, one more client is accepted in a turn.
constexpr Ns kSayEach = kSec;              ///< Of a proxy's failures one is said in this much time.
constexpr Ns kConnectPatience = 3 * kSec;  ///< With an upstream, while there is another one.
constexpr int kPortTries = 16;             ///< For one that is free for connections and for datagrams.

/// The system's words as Go prints them.
std::string go_text(int error) {
  std::string text = std::strerror(error);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

/// As Go says it.
std::unexpected<ApiError> cannot_listen(const std::string& where, const Error& error) {
  return refuse(500, fmt::format("listen {}: bind: {}", where, go_text(error.source_code)));
}

/// Another port each time that it is listened on.
bool picks_port(const std::string& listen) {
  const auto address = split_address(listen);
  return listen.empty() || (address && address->second == 0);
}

/// Of a proxy that is right for a DNS forwarder.
Endpoint upstream_endpoint(const ProxySpec& spec) {
  const auto address = split_address(spec.upstream);
  const Result<Endpoint> found = os::parse_endpoint(address ? address->first : "", address ? address->second : 0);
  return found ? *found : Endpoint{};
}

}  // namespace

ApiResult<void> check_fit(const ProxySpec& spec, const ToxicSpec& toxic) {
  if (toxic.row->is_handshake() && !spec.tls.listen) {
    return bad_body(
        fmt::format("toxic type {} needs a proxy with \"tls\": {{\"listen\": true}}, or certificate and key there",
                    toxic.type),
        "type");
  }
  if (toxic.row->is_dns() == spec.dns) return {};
  return bad_body(
      fmt::format("toxic type {} needs a proxy {} \"protocol\": \"dns\"", toxic.type, spec.dns ? "without" : "with"),
      "type");
}

ApiResult<void> check_dns(const ProxySpec& spec) {
  if (!spec.dns) return {};
  const Endpoint upstream = upstream_endpoint(spec);
  if (upstream.family == 0 || upstream.port == 0) {
    return bad_body("upstream of a dns proxy must be the address of one name server, as 192.0.2.1:53", "upstream");
  }
  if (spec.tls.used()) return bad_body("a dns proxy has no tls", "tls");
  if (spec.refuse_when_down) return bad_body("a dns proxy has no refuse_when_down", "refuse_when_down");
  return {};
}

ListeningProxy::ListeningProxy(ProxyWorld& world, const ProxySpec& spec)
    : world_(world),
      spec_(spec),
      shared_{.reactor = world.reactor,
              .scratch = world.scratch,
              .ended = [this](Connection& connection) { ended(connection); },
              .sniffs = false,
              .resets_refused = false,
              .retry = [this](Connection& connection, int error) { return retry(connection, error); },
              .held = &world.held,
              .tls = spec.tls_setup,
              .tls_failed =
                  [this](bool program, const Error& error) {
                    say_failure(fmt::format("TLS with the {}: {}", program ? "client" : "upstream", error.message()),
                                0);
                  }},
      flow_(FlowKey{}),
      connections_(world.reactor) {
  spec_.enabled = false;
}

ListeningProxy::~ListeningProxy() { stop(); }

ApiResult<void> ListeningProxy::start(const Names& names) {
  if (spec_.enabled) return {};
  const Endpoint where = PL_TRY(listen_endpoint(spec_.listen, names));
  Result<os::Fd> listener = open_at_once(where);
  if (!listener) return cannot_listen(listener.error().detail, listener.error());
  spec_.listen = os::endpoint_text(at_);
  spec_.enabled = true;
  open_listener(std::move(*listener));
  follow_upstream();
  return {};
}

/// Listens for connections, and a DNS forwarder on the same port for datagrams. Of an error the detail says where.
Result<os::Fd> ListeningProxy::open_at_once(const Endpoint& where) {
  for (int tries = 1;; ++tries) {
    Result<os::Fd> listener = open_at(where);
    if (!listener) {
      return std::unexpected(
          Error{.detail = "tcp " + os::endpoint_text(where), .source_code = listener.error().source_code});
    }
    if (const Result<Endpoint> at = os::local_endpoint(listener->get())) at_ = *at;
    if (!spec_.dns) return listener;
    auto forwarder = DnsForwarder::open({.reactor = world_.reactor,
                                         .toxics = toxics_,
                                         .counts = dns_counts_,
                                         .failed = [this](const auto& what, int error) { say_failure(what, error); }},
                                        at_, upstream_endpoint(spec_));
    if (forwarder) {
      dns_ = std::move(*forwarder);
      return listener;
    }
    if (where.port == 0 && tries < kPortTries) continue;
    return std::unexpected(
        Error{.detail = "udp " + os::endpoint_text(at_), .source_code = forwarder.error().source_code});
  }
}

void ListeningProxy::stop() {
  spec_.enabled = false;
  dns_.reset();
  check_.reset();
  close_listener();
  clients_.clear();
  for (const auto& connection : connections_.all()) {
    if (!connection->over()) connection->shut();
  }
  connections_.reap();
}

void ListeningProxy::open_listener(os::Fd listener) {
  listener_ = std::move(listener);
  os::set_nodelay(listener_.get());  // What is accepted inherits it.
  world_.reactor.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
}

void ListeningProxy::close_listener() {
  if (!listener_) return;
  world_.reactor.cancel(pause_);
  world_.reactor.forget(listener_.get());
  listener_.reset();
}

/// Keeps the listener closed while no upstream answers, where that is wanted.
void ListeningProxy::follow_upstream() {
  check_.reset();
  said_taken_ = false;
  if (!spec_.enabled || !spec_.refuse_when_down) return;
  const auto find = [this](std::function<void(std::vector<Endpoint>)> done) {
    find_upstreams(0, [done = std::move(done)](const std::vector<Upstream>& found) {
      std::vector<Endpoint> places;
      for (const Upstream& one : found) places.push_back(one.at);
      done(std::move(places));
    });
  };
  check_ = std::make_unique<UpstreamCheck>(world_.reactor, find, [this](bool up) { return upstream_is(up); });
}

/// False: the listener could not be opened, which is to be tried again.
bool ListeningProxy::upstream_is(bool up) {
  if (!up) {
    close_listener();
    world_.say(fmt::format("proxy {}: {} is closed while {} is down", spec_.name, spec_.listen, spec_.upstream));
    return true;
  }
  if (listener_) return true;
  Result<os::Fd> listener = open_at(at_);
  if (!listener) {
    if (!said_taken_) {
      world_.say(fmt::format("proxy {}: {} cannot be opened again yet: {}", spec_.name, spec_.listen,
                             go_text(listener.error().source_code)));
    }
    said_taken_ = true;
    return false;
  }
  said_taken_ = false;
  open_listener(std::move(*listener));
  world_.say(fmt::format("proxy {}: {} is open again", spec_.name, spec_.listen));
  return true;
}

bool ListeningProxy::same_place(const std::string& listen, const std::string& upstream, const Names& names) const {
  if (upstream != spec_.upstream || picks_port(listen)) return false;
  if (listen == spec_.listen) return true;
  const ApiResult<Endpoint> theirs = listen_endpoint(listen, names), ours = listen_endpoint(spec_.listen, names);
  return theirs && ours && *theirs == *ours;
}

void ListeningProxy::move(const std::string& listen, const std::string& upstream) {
  spec_.listen = listen;
  spec_.upstream = upstream;
}

ApiResult<void> ListeningProxy::set_options(bool refuse_when_down, std::int64_t max_connections) {
  if (!refuse_when_down && spec_.enabled && !listener_) {
    Result<os::Fd> listener = open_at(at_);
    if (!listener) return cannot_listen("tcp " + os::endpoint_text(at_), listener.error());
    open_listener(std::move(*listener));
  }
  spec_.max_connections = max_connections;
  if (refuse_when_down == spec_.refuse_when_down) return {};
  spec_.refuse_when_down = refuse_when_down;
  follow_upstream();
  return {};
}

void ListeningProxy::set_tls(const TlsSpec& tls, std::shared_ptr<TlsSetup> setup) {
  spec_.tls = tls;
  spec_.tls_setup = setup;
  shared_.tls = std::move(setup);
}

/// As a rule one client waits, and to ask for another would be for nothing: only where turns bring as many as they
/// take, one after the other, they take more.
void ListeningProxy::accept() {
  const int most = std::min(1 + full_turns_ / kFullTurns, limits::kRelayAcceptsPerTurn);
  for (int taken = 0; taken < most && listener_; ++taken) {
    Result<os::Accepted> accepted = os::accept_one(listener_.get());
    if (!accepted) {
      say_failure("cannot accept", accepted.error().source_code);
      world_.reactor.change(listener_.get(), 0);
      pause_ = world_.reactor.after(kAcceptPause, [this] { world_.reactor.change(listener_.get(), EPOLLIN); });
      return;
    }
    if (!accepted->fd) {
      full_turns_ = 0;
      return;
    }
    serve(std::move(accepted->fd), accepted->peer);
  }
  full_turns_ = std::min(full_turns_ + 1, kFullTurns * limits::kRelayAcceptsPerTurn);
}

/// Whether a new connection leaves room for others' files. The system gives the lowest number that is free: all below
/// it are in use. Those who wait for the upstream's address need one more each.
bool ListeningProxy::has_descriptors(int newest) const {
  if (world_.descriptors == 0) return true;
  const std::size_t needed = clients_.size() + 1 + spare_descriptors(world_.descriptors);
  return static_cast<std::size_t>(newest) + needed < world_.descriptors;
}

void ListeningProxy::serve(os::Fd client, const Endpoint& peer) {
  const std::size_t open = connections_.open() + clients_.size();
  if (spec_.max_connections > 0 && open >= static_cast<std::size_t>(spec_.max_connections)) {
    return os::reset_on_close(client.get());
  }
  if (!has_descriptors(client.get())) {
    say_failure(fmt::format("connections are reset: the limit of {} open files is near", world_.descriptors), 0);
    return os::reset_on_close(client.get());
  }
  const ClientId id = accepted_++;
  clients_.emplace(id, std::pair{std::move(client), peer});
  find_upstreams(id, [this, id](const std::vector<Upstream>& found) { join(id, found); });
}

/// All addresses of the upstreams, beginning with the `first` in turn.
void ListeningProxy::find_upstreams(std::size_t first, std::function<void(std::vector<Upstream>)> done) {
  if (const Endpoint one = upstream_endpoint(spec_); one.family != 0) return done({{one}});
  struct Search {
    std::vector<std::vector<Upstream>> found;
    std::size_t missing;
    std::function<void(std::vector<Upstream>)> done;
  };
  const std::vector<std::string> parts = split_list(spec_.upstream);
  // One more than there are: names that are known answer at once, and all must have been asked for.
  auto search =
      std::make_shared<Search>(Search{std::vector<std::vector<Upstream>>(parts.size()), parts.size() + 1, {}});
  search->done = std::move(done);
  const auto answered = [search] {
    if (--search->missing > 0) return;
    std::vector<Upstream> all;
    for (const auto& some : search->found) all.insert(all.end(), some.begin(), some.end());
    search->done(std::move(all));
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t place = (first + i) % parts.size();
    const auto address = split_address(parts[place]);
    if (!address) {
      answered();
      continue;
    }
    const auto [host, port] = *address;
    const auto take = [weak = std::weak_ptr(alive_), search, answered, i, place, at = port](const auto& found) {
      if (weak.expired()) return;
      for (Endpoint endpoint : found.value_or(std::vector<Endpoint>())) {
        endpoint.port = at;
        search->found[i].push_back({endpoint, place});
      }
      answered();
    };
    world_.resolver.resolve(host.empty() ? "localhost" : host, take);
  }
  answered();
}

void ListeningProxy::join(ClientId id, const std::vector<Upstream>& upstreams) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  auto [client, peer] = std::move(found->second);
  clients_.erase(found);
  if (upstreams.empty()) return say_failure("upstream " + why_nowhere(spec_.upstream), 0);
  std::vector<Upstream> left = upstreams;
  Upstream chosen;
  Handoff handoff{.source = peer, .undecided = 1};
  int error = 0;
  os::Fd upstream = connect_to_first(left, chosen, error);
  if (!upstream) return say_failure("upstream " + spec_.upstream, error);
  handoff.destination = chosen.at;
  handoff.undecided = os::is_connected(upstream.get()) ? 0 : 1;
  Connection& connection = connections_.add(
      std::make_unique<Connection>(shared_, handoff, std::move(client), std::move(upstream), flow_, id, chosen.place));
  if (!left.empty()) others_.emplace(&connection, Others{std::move(left)});
  limit_connect(connection);
  attach_toxics(connection);
}

void ListeningProxy::attach_toxics(Connection& connection) {
  for (const auto& toxic : toxics_) {
    if (toxic->meets(connection.number())) {
      connection.add_fault(toxic->id, *toxic->fault, toxic->measure, toxic->spec.ways());
    }
  }
  connection.begun();
}

os::Fd ListeningProxy::connect_to_first(std::vector<Upstream>& left, Upstream& chosen, int& error) {
  while (!left.empty()) {
    chosen = left.front();
    left.erase(left.begin());
    Result<os::Fd> fd = os::connect_tcp(chosen.at);
    if (fd) return std::move(*fd);
    error = fd.error().source_code;
  }
  return {};
}

os::Fd ListeningProxy::retry(Connection& connection, int error) {
  const auto found = others_.find(&connection);
  Upstream chosen;
  os::Fd fd;
  if (found != others_.end()) fd = connect_to_first(found->second.left, chosen, error);
  if (fd) {
    connection.set_destination(chosen.at, chosen.place);
    limit_connect(connection);
  } else {
    say_failure("upstream " + spec_.upstream, error);
  }
  return fd;
}

/// A destination that does not answer is given up for the next one; the last has the kernel's patience.
void ListeningProxy::limit_connect(Connection& connection) {
  const auto found = others_.find(&connection);
  if (found == others_.end()) return;
  world_.reactor.cancel(found->second.timer);
  found->second.timer = 0;
  if (found->second.left.empty()) return;
  found->second.timer = world_.reactor.at(world_.reactor.now() + kConnectPatience, [this, &connection] {
    others_.at(&connection).timer = 0;
    connection.give_up_connect(ETIMEDOUT);
  });
}

void ListeningProxy::ended(Connection& connection) {
  for (const Way way : kWays) {
    over_.received[index(way)] += connection.carried().received[index(way)];
    over_.sent[index(way)] += connection.carried().sent[index(way)];
  }
  if (const auto found = others_.find(&connection); found != others_.end()) {
    world_.reactor.cancel(found->second.timer);
    others_.erase(found);
  }
  connections_.ended(connection);
}

void ListeningProxy::say_failure(const std::string& what, int error) {
  const Ns now = world_.reactor.now();
  if (said_at_ != 0 && now < said_at_ + kSayEach) return;
  said_at_ = now;
  world_.say(
      fmt::format("proxy {}: {}{}{}", spec_.name, what, error == 0 ? "" : ": ", error == 0 ? "" : go_text(error)));
}

std::vector<std::unique_ptr<Toxic>>::const_iterator ListeningProxy::place_of(std::string_view name) const {
  return std::ranges::find_if(toxics_, [&](const auto& toxic) { return toxic->spec.name == name; });
}

const Toxic* ListeningProxy::toxic(std::string_view name) const {
  const auto found = place_of(name);
  return found == toxics_.end() ? nullptr : found->get();
}

ApiResult<void> ListeningProxy::check_toxics(const ProxySpec& wanted) const {
  for (const auto& toxic : toxics_) PL_TRY(check_fit(wanted, toxic->spec));
  return {};
}

ApiResult<const Toxic*> ListeningProxy::add_toxic(const ToxicSpec& spec) {
  if (toxic(spec.name)) return refuse(409, "toxic already exists");
  PL_TRY(check_fit(spec_, spec));
  if (toxics_.size() >= limits::kRelayFaults) return too_many_toxics();
  toxics_.push_back(PL_TRY(make_toxic(spec, spec_.name, next_toxic_, world_.seed)));
  ++next_toxic_;
  const Toxic& added = *toxics_.back();
  for (const auto& connection : connections_.all()) {
    if (!added.meets(connection->number())) continue;
    connection->add_fault(added.id, *added.fault, added.measure, added.spec.ways());
  }
  return &added;
}

ApiResult<const Toxic*> ListeningProxy::update_toxic(std::string_view name, const Json& json) {
  const auto found = place_of(name);
  if (found == toxics_.end()) return refuse(404, "toxic not found");
  Toxic& toxic = **found;
  toxic.update(PL_TRY(merge_toxic(toxic.spec, json)));
  for (const auto& connection : connections_.all()) {
    const bool meets = toxic.meets(connection->number());
    if (meets && connection->has_fault(toxic.id)) {
      connection->fault_changed(toxic.id);
    } else if (meets) {
      connection->add_fault(toxic.id, *toxic.fault, toxic.measure, toxic.spec.ways());
    } else {
      connection->remove_fault(toxic.id);
    }
  }
  if (dns_ && toxic.dns) dns_->updated(toxic);
  return &toxic;
}

ApiResult<void> ListeningProxy::remove_toxic(std::string_view name) {
  const auto found = place_of(name);
  if (found == toxics_.end()) return refuse(404, "toxic not found");
  for (const auto& connection : connections_.all()) connection->remove_fault((*found)->id);
  connections_.reap();  // those that ended hold taps of this fault
  if (dns_) dns_->removed(**found);
  toxics_.erase(found);
  return {};
}

void ListeningProxy::remove_toxics() {
  while (!toxics_.empty()) {
    const std::string name = toxics_.front()->spec.name;
    if (!remove_toxic(name)) return;
  }
}

}  // namespace pl::proxy
