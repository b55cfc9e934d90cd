#include "os/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <thread>

#include "os/net.h"

namespace pl::os {
namespace {

constexpr std::size_t kLookUps = 64;  ///< At one time; a name server that does not answer takes each some seconds.
constexpr std::size_t kKept = 1024;   ///< Names that are remembered.

Result<std::vector<Endpoint>> look_up(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<Endpoint> endpoints;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) == 0) {
    for (const addrinfo* one = found; one; one = one->ai_next) {
      const Endpoint endpoint = to_endpoint(one->ai_addr, one->ai_addrlen);
      if (endpoint.family != 0) endpoints.push_back(endpoint);
    }
    ::freeaddrinfo(found);
  }
  if (endpoints.empty()) return fail(Errc::not_found, "lookup " + name + ": no such host");
  return endpoints;
}

}  // namespace

Resolver::~Resolver() {
  const std::lock_guard lock(state_->mutex);
  state_->reactor = nullptr;
}

void Resolver::resolve(const std::string& name, Done done) {
  if (const Result<Endpoint> numeric = parse_endpoint(name, 0)) return done(std::vector{*numeric});
  if (name == "localhost") {
    return done(std::vector{*parse_endpoint("127.0.0.1", 0), *parse_endpoint("::1", 0)});
  }
  const auto kept = state_->kept.find(name);
  if (kept != state_->kept.end() && kept->second.until > state_->reactor->now()) return done(kept->second.found);
  std::vector<Done>& waiting = state_->asked[name];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  if (state_->asked.size() > kLookUps) {
    return answer(*state_, name, fail(Errc::limit, "lookup " + name + ": too many names are being looked up"));
  }
  begin(state_, name);
}

Result<std::vector<Endpoint>> Resolver::wait_for(const std::string& name) {
  bool come = false;
  Result<std::vector<Endpoint>> found;
  resolve(name, [&](const auto& answer) {
    found = answer;
    come = true;
  });
  while (!come) reactor_.run_once(kSec);
  return found;
}

void Resolver::begin(const std::shared_ptr<State>& state, const std::string& name) {
  // Detached, because getaddrinfo() cannot be interrupted and the end of the program must not wait for it.
  std::thread([weak = std::weak_ptr(state), name] {
    Result<std::vector<Endpoint>> found = look_up(name);
    const std::shared_ptr<State> held = weak.lock();
    if (!held) return;
    const std::lock_guard lock(held->mutex);
    if (!held->reactor) return;
    held->reactor->post([held, name, found = std::move(found)] {
      if (held->reactor) answer(*held, name, found);
    });
  }).detach();
}

void Resolver::answer(State& state, const std::string& name, const Result<std::vector<Endpoint>>& found) {
  if (found) {
    if (state.kept.size() >= kKept) state.kept.clear();
    state.kept[name] = {*found, state.reactor->now() + kNameKept};
  }
  const std::vector<Done> waiting = std::move(state.asked[name]);
  state.asked.erase(name);
  for (const Done& done : waiting) done(found);
}

}  // namespace pl::os
