#include "sandbox/connects.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/limits.h"
#include "os/net.h"
#include "os/stream.h"
#include "sandbox/kernel.h"

namespace pl::sandbox {
namespace {

int option(int fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, level, name, &value, &length) == 0 ? value : -1;
}

std::uint64_t cookie_of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length);
  return cookie;
}

/// Whether a TCP socket has not been connected, nor asked to.
bool unused_socket(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 || info.tcpi_state == TCP_CLOSE;
}

/// The target as a socket of this domain takes it: an IPv6 socket wants IPv4 addresses mapped (RFC 4291, 2.5.5.2).
os::SocketAddress for_domain(const Endpoint& target, int domain) {
  if (domain != AF_INET6 || target.family != 4) return os::to_sockaddr(target);
  Endpoint mapped{6, {}, target.port};
  mapped.address[10] = mapped.address[11] = 0xff;
  std::memcpy(mapped.address + 12, target.address, 4);
  return os::to_sockaddr(mapped);
}

std::string error_name(int error) {
  if (error == ECONNREFUSED) return "refused";
  const char* name = ::strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

/// A look at the real destination: a connect of ours that is given no time at all.
struct Probe {
  os::Fd upstream;
  int error = 0;
  bool undecided = false;
};
Probe probe(const Endpoint& destination) {
  Probe out;
  auto begun = os::connect_tcp(destination);
  if (!begun) {
    out.error = begun.error().source_code != 0 ? begun.error().source_code : EIO;
    return out;
  }
  out.upstream = std::move(*begun);
  pollfd ready{out.upstream.get(), POLLOUT, 0};
  out.undecided = ::poll(&ready, 1, 0) == 0;
  if (!out.undecided) out.error = os::socket_error(out.upstream.get());
  return out;
}

constexpr Ns kDatagramPatience = 2 * kSec;  ///< A TCP connect to the same port within this explains a datagram connect.

}  // namespace

// Step 0: the address is copied once, the socket duplicated, and only then is the caller known to wait still.
// Step 1: what is no fresh TCP socket is the kernel's business alone.
Answer Connects::connect(const Call& call) {
  last_cookie_ = 0;
  constexpr std::uint64_t kLongest = sizeof(sockaddr_un);
  errno = 0;
  const std::string bytes = read_memory(call.thread, call.args[1], std::min(call.args[2] & 0xffffffff, kLongest));
  if (bytes.size() < sizeof(sa_family_t)) {
    return errno == EPERM ? unreadable(call, threads_.process_of(call.thread)) : Answer{};
  }
  sockaddr_storage address{};
  std::memcpy(&address, bytes.data(), bytes.size());
  if (address.ss_family == AF_UNIX) {
    see_unix(call.thread, bytes);
    return {};
  }
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return {};
  Attempt attempt;
  Threads::Copy copy = threads_.copy(call.thread, static_cast<int>(call.args[0]));
  if (!copy.fd) return errno == EPERM ? unreadable(call, threads_.process_of(call.thread)) : Answer{};
  attempt.socket = std::move(copy.fd);
  attempt.process = copy.process;
  if (!notifications_.valid(call.id)) return {};
  attempt.destination =
      concrete(os::to_endpoint(reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(bytes.size())));
  attempt.domain = option(attempt.socket.get(), SOL_SOCKET, SO_DOMAIN);
  if (attempt.destination.family == 0 || attempt.domain != address.ss_family) return {};
  const int type = option(attempt.socket.get(), SOL_SOCKET, SO_TYPE);
  if (type == SOCK_DGRAM) return connect_datagram(attempt);
  if (type != SOCK_STREAM) return {};
  attempt.cookie = cookie_of(attempt.socket.get());
  last_cookie_ = attempt.cookie;
  if (const auto kept = undelivered_.extract(attempt.cookie); !kept.empty()) return kept.mapped();
  if (!unused_socket(attempt.socket.get())) return {};
  return intercept(attempt);
}

Answer Connects::intercept(Attempt& attempt) {
  tree_.know(attempt.process);
  if (tcp_ports_.size() >= limits::kSeenConnects) tcp_ports_.clear();
  tcp_ports_[{attempt.process, attempt.destination.port}] = outbox_.clock().now();
  if (!destinations_.permits(attempt.destination)) return forbid(attempt);  // Step 2.
  const int family = attempt.domain == AF_INET6 && attempt.destination.family == 6 ? 6 : 4;
  switch (rules_.effect(attempt.destination, attempt.process, tree_)) {  // Step 3.
    case Rules::Effect::refuse:
      see(attempt.process, attempt.destination, "refused");
      count_refused(attempt);
      return aim(attempt, targets_.refusing(family), nullptr, {});
    case Rules::Effect::unanswered:
      see(attempt.process, attempt.destination, "pending");
      return aim(attempt, targets_.unanswering(family), nullptr, {});
    case Rules::Effect::none:
      break;
  }
  const Endpoint& relay = family == 6 ? settings_.relay6 : settings_.relay4;
  if (relay.family == 0 || !redirect_) {
    const std::string what = "TCP to " + os::endpoint_text(attempt.destination);
    if (settings_.relay4.family != 0 && redirect_) not_intercepted(attempt.process, what);
    see(attempt.process, attempt.destination, "pending");
    return {};
  }
  return probe_and_relay(attempt);
}

// Step 4. Refused must stay refused, and so must every other error.
Answer Connects::probe_and_relay(Attempt& attempt) {
  Probe real = probe(attempt.destination);
  const int family = attempt.domain == AF_INET6 && attempt.destination.family == 6 ? 6 : 4;
  if (real.error != 0) {
    see(attempt.process, attempt.destination, error_name(real.error));
    count_refused(attempt);
    if (real.error != ECONNREFUSED) return Answer::failing(real.error);
    return aim(attempt, targets_.refusing(family), nullptr, {});
  }
  see(attempt.process, attempt.destination, real.undecided ? "pending" : "ok");
  Handoff handoff;
  handoff.destination = attempt.destination;
  handoff.process = attempt.process;
  handoff.owner = tree_.owner_of(attempt.process);
  handoff.undecided = real.undecided ? 1 : 0;
  return aim(attempt, family == 6 ? settings_.relay6 : settings_.relay4, &handoff, std::move(real.upstream));
}

// Steps 5 and 6: the program's own socket goes to the target without waiting; a blocking program then waits in its own
// call, where signals and time limits work.
Answer Connects::aim(const Attempt& attempt, const Endpoint& target, Handoff* handoff, os::Fd upstream) {
  const int fd = attempt.socket.get();
  const int flags = ::fcntl(fd, F_GETFL);
  const bool blocking = (flags & O_NONBLOCK) == 0;
  const os::SocketAddress address = for_domain(target, attempt.domain);
  if (blocking) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  const int result = ::connect(fd, address.get(), address.length);
  const int error = result == 0 ? 0 : errno;
  if (blocking) ::fcntl(fd, F_SETFL, flags);
  if (handoff != nullptr && (error == 0 || error == EINPROGRESS)) {
    handoff->source = os::local_endpoint(fd).value_or(Endpoint{});
    tell_relay(*handoff, std::move(upstream));
  }
  if (error == 0) return {Answer::How::done, 0};
  if (error == EINPROGRESS && blocking) return {};
  return Answer::failing(error);
}

// Beyond this machine nothing is routed, as it were: programs know ENETUNREACH from every laptop without a network,
// and go on at once.
Answer Connects::forbid(const Attempt& attempt) {
  see(attempt.process, attempt.destination, "forbidden");
  const std::string text = os::address_text(attempt.destination);
  if (first_time(attempt.process, "tcp " + os::endpoint_text(attempt.destination))) {
    outbox_.see(record::DestinationRefused{attempt.process, tree_.program_of(attempt.process), text,
                                           attempt.destination.port, "tcp"});
  }
  return Answer::failing(ENETUNREACH);
}

// A non-dumpable program's sockets cannot be copied by an unprivileged supervisor.
Answer Connects::unreadable(const Call& call, pid_t process) {
  (void)call;
  not_intercepted(process, settings_.allow_unreadable ? "a non-dumpable process: its connects pass by"
                                                      : "a non-dumpable process: its connects are refused");
  return settings_.allow_unreadable ? Answer{} : Answer::failing(ECONNREFUSED);
}

// Resolvers connect datagram sockets to sort addresses before the TCP connect proper, so these are listed only when no
// TCP connect to the same port comes with them.
Answer Connects::connect_datagram(const Attempt& attempt) {
  const bool refused = !destinations_.permits(attempt.destination);
  const std::string key = "udp " + os::endpoint_text(attempt.destination);
  if (attempt.destination.port != 0 && datagrams_.size() < limits::kHandoffQueue &&
      !seen_.contains({attempt.process, key})) {
    datagrams_.push_back({attempt.process, attempt.destination, refused, outbox_.clock().now()});
  }
  return refused ? Answer::failing(ENETUNREACH) : Answer{};
}

void Connects::tick(bool last) {
  while (!queue_.empty()) {
    const auto sent = os::send_handoff(settings_.handoff, queue_.front().handoff, queue_.front().upstream.get());
    if (!sent && sent.error().source_code == EAGAIN) break;
    queue_.pop_front();
  }
  const Ns now = outbox_.clock().now();
  while (!datagrams_.empty() && (last || now - datagrams_.front().at > kDatagramPatience)) {
    const Datagram each = datagrams_.front();
    datagrams_.pop_front();
    const auto tcp = tcp_ports_.find({each.process, each.destination.port});
    const bool explained = tcp != tcp_ports_.end() && tcp->second > each.at - kDatagramPatience;
    if (explained || !first_time(each.process, "udp " + os::endpoint_text(each.destination))) continue;
    const std::string program = tree_.program_of(each.process);
    if (each.refused) {
      outbox_.see(record::DestinationRefused{each.process, program, os::address_text(each.destination),
                                             each.destination.port, "udp"});
    } else {
      outbox_.see(record::NotIntercepted{each.process, program, "UDP to " + os::endpoint_text(each.destination)});
    }
  }
}

void Connects::tell_relay(const Handoff& handoff, os::Fd upstream) {
  if (settings_.handoff < 0) return;
  if (queue_.empty()) {
    const auto sent = os::send_handoff(settings_.handoff, handoff, upstream.get());
    if (sent || sent.error().source_code != EAGAIN) return;
  }
  if (queue_.size() < limits::kHandoffQueue) queue_.push_back({handoff, std::move(upstream)});
}

void Connects::count_refused(const Attempt& attempt) {
  Handoff handoff;
  handoff.destination = attempt.destination;
  handoff.process = attempt.process;
  handoff.owner = tree_.owner_of(attempt.process);
  handoff.refused = 1;
  tell_relay(handoff, {});
}

void Connects::undelivered(const Call& call, const Answer& answer) {
  (void)call;
  constexpr std::size_t kMostKept = 1024;
  if (last_cookie_ == 0 || answer.how == Answer::How::proceed) return;
  if (undelivered_.size() >= kMostKept) undelivered_.clear();
  undelivered_[last_cookie_] = answer;
}

bool Connects::first_time(pid_t process, const std::string& what) {
  if (seen_.size() >= limits::kSeenConnects) seen_.clear();
  return seen_.emplace(process, what).second;
}

void Connects::see(pid_t process, const Endpoint& destination, const std::string& result) {
  if (first_time(process, os::endpoint_text(destination) + " " + result)) {
    see_connect(process, os::address_text(destination), destination.port, result);
  }
}

void Connects::see_unix(pid_t thread, const std::string& address) {
  const std::size_t begin = offsetof(sockaddr_un, sun_path);
  std::string path = address.size() > begin ? address.substr(begin) : std::string();
  const bool abstract = !path.empty() && path[0] == '\0';
  if (abstract) path[0] = '@';  // As ss(8) writes that name space.
  path.resize(std::min(path.find('\0'), path.size()));
  // Resolvers and loggers ask for sockets that no machine of today has: what is not there is no edge.
  struct stat status{};
  const std::string below = "/proc/" + std::to_string(thread) + (path.starts_with("/") ? "/root" : "/cwd/") + path;
  if (path.empty() || (!abstract && ::stat(below.c_str(), &status) != 0)) return;
  const pid_t process = threads_.process_of(thread);
  if (first_time(process, "unix " + path)) see_connect(process, path, 0, "unix");
}

void Connects::see_connect(pid_t process, const std::string& address, std::int64_t port, const std::string& result) {
  tree_.know(process);
  record::ConnectSeen seen;
  seen.pid = process;
  seen.owner = tree_.owner_of(process);
  for (const pid_t above : tree_.ancestors(process)) seen.ancestors.push_back(above);
  seen.address = address;
  seen.port = port;
  seen.result = result;
  outbox_.see(seen);
}

void Connects::not_intercepted(pid_t process, const std::string& what) {
  if (first_time(process, what)) outbox_.see(record::NotIntercepted{process, tree_.program_of(process), what});
}

// The call is made here, on the copy, so that what is told has really happened.
Answer Connects::listen(const Call& call) {
  const Threads::Copy copy = threads_.copy(call.thread, static_cast<int>(call.args[0]));
  if (!copy.fd) {
    if (errno == EPERM) not_intercepted(threads_.process_of(call.thread), "a non-dumpable process that listens");
    return {};
  }
  const int domain = option(copy.fd.get(), SOL_SOCKET, SO_DOMAIN);
  const bool internet = domain == AF_INET || domain == AF_INET6;
  const bool tcp = internet && option(copy.fd.get(), SOL_SOCKET, SO_TYPE) == SOCK_STREAM;
  if (!notifications_.valid(call.id)) return {};
  if (!tcp) {
    sockaddr_un name{};
    socklen_t length = sizeof name;
    if (domain == AF_UNIX && ::getsockname(copy.fd.get(), reinterpret_cast<sockaddr*>(&name), &length) == 0 &&
        length > offsetof(sockaddr_un, sun_path) && name.sun_path[0] == '/') {
      tree_.know(copy.process);
      outbox_.see(record::ListenerSeen{tree_.executed(copy.process), name.sun_path, 0});
    }
    return {};  // A Unix listener carries its maker's identity, so the program must make it.
  }
  if (::listen(copy.fd.get(), static_cast<int>(call.args[1])) != 0) return Answer::failing(errno);
  struct stat status{};
  ::fstat(copy.fd.get(), &status);
  const auto asked = asked_.find(cookie_of(copy.fd.get()));
  const Endpoint at = asked != asked_.end() ? asked->second : os::local_endpoint(copy.fd.get()).value_or(Endpoint{});
  if (at.family != 0) tree_.listens(copy.process, at, status.st_ino);
  return {Answer::How::done, 0};
}

const Endpoint* Connects::elsewhere(pid_t process) const {
  if (elsewhere_.empty()) return nullptr;
  if (const auto found = elsewhere_.find(process); found != elsewhere_.end()) return &found->second;
  for (const pid_t above : tree_.ancestors(process)) {
    if (const auto found = elsewhere_.find(above); found != elsewhere_.end()) return &found->second;
  }
  return nullptr;
}

// The call is made here, on the copy. An IPv6 socket takes an IPv4 address only where it is not IPv6's alone.
Answer Connects::bind_to(const Threads::Copy& copy, const Endpoint& asked, const Endpoint& address) {
  const int domain = option(copy.fd.get(), SOL_SOCKET, SO_DOMAIN), off = 0;
  if (domain == AF_INET6) ::setsockopt(copy.fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  Endpoint to = address;
  to.port = asked.port;
  const os::SocketAddress name = for_domain(to, domain);
  if (::bind(copy.fd.get(), name.get(), name.length) != 0) return Answer::failing(errno);
  if (asked_.size() >= limits::kSeenConnects) asked_.clear();
  asked_[cookie_of(copy.fd.get())] = asked;
  return {Answer::How::done, 0};
}

Answer Connects::bind(const Call& call) {
  const std::string bytes = read_memory(call.thread, call.args[1], std::min<std::uint64_t>(call.args[2] & 0xff, 28));
  sockaddr_storage address{};
  std::memcpy(&address, bytes.data(), bytes.size());
  const Endpoint at = os::to_endpoint(reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(bytes.size()));
  if (at.family == 0 || at.port == 0) return {};
  const Threads::Copy copy = threads_.copy(call.thread, static_cast<int>(call.args[0]));
  if (copy.fd && option(copy.fd.get(), SOL_SOCKET, SO_TYPE) == SOCK_DGRAM) {
    tree_.know(copy.process);
    not_intercepted(copy.process, "UDP received at " + os::endpoint_text(at));
  }
  if (!copy.fd || option(copy.fd.get(), SOL_SOCKET, SO_TYPE) != SOCK_STREAM) return {};
  tree_.know(copy.process);
  const Endpoint* other = elsewhere(copy.process);
  if (other != nullptr && notifications_.valid(call.id) && os::is_loopback(concrete(at))) {
    return bind_to(copy, at, *other);
  }
  return {};
}

// A datagram socket is made here, bound to the loopback device: what it sends cannot leave the machine. Where the
// configuration permits destinations beyond it, that would cut them off, and only connect() is looked at.
Answer Connects::datagram_socket(const Call& call) {
  if (destinations_.beyond_machine()) return {};
  const auto domain = static_cast<int>(call.args[0]), type = static_cast<int>(call.args[1]);
  const os::Fd made(::socket(domain, type | SOCK_CLOEXEC, static_cast<int>(call.args[2])));
  if (!made) return Answer::failing(errno);
  constexpr char kLoopbackDevice[] = "lo";
  if (::setsockopt(made.get(), SOL_SOCKET, SO_BINDTODEVICE, kLoopbackDevice, sizeof kLoopbackDevice) != 0) {
    not_intercepted(threads_.process_of(call.thread), "datagram sockets, which could not be bound to loopback");
    return {};
  }
  const int error = notifications_.answer_descriptor(call.id, made.get(), (type & SOCK_CLOEXEC) != 0);
  if (error != 0) return Answer::failing(error);
  return {Answer::How::sent, 0};
}

}  // namespace pl::sandbox
