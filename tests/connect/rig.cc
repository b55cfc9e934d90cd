#include "rig.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "os/net.h"
#include "os/stream.h"
#include "record/kinds.h"

extern char** environ;

namespace pl::test {
namespace {

/// Also usable outside of a test case, unlike doctest's own.
void must(bool good, const std::string& what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

}  // namespace

SpliceRelay::SpliceRelay() {
  listener4_ = std::move(*os::listen_tcp(*os::parse_endpoint("127.0.0.1", 0)));
  at4 = *os::local_endpoint(listener4_.get());
  if (auto six = os::listen_tcp(*os::parse_endpoint("::1", 0))) {
    listener6_ = std::move(*six);
    at6 = *os::local_endpoint(listener6_.get());
  }
  auto pair = std::move(*os::handoff_pair());
  handoffs_ = std::move(pair.first);
  supervisor_end = std::move(pair.second);
  ::fcntl(supervisor_end.get(), F_SETFD, FD_CLOEXEC);
  int ends[2];
  must(::pipe2(ends, O_CLOEXEC) == 0, "pipe");
  wake_ = os::Fd(ends[0]);
  wake_write_ = os::Fd(ends[1]);
  thread_ = std::thread([this] { run(); });
}

SpliceRelay::~SpliceRelay() {
  wake_write_.reset();
  thread_.join();
}

void SpliceRelay::accept_from(int listener) {
  for (;;) {
    auto one = os::accept_one(listener);
    if (!one || !one->fd) return;
    parked_.emplace_back(one->peer, std::move(one->fd));
  }
}

void SpliceRelay::take_handoffs() {
  for (;;) {
    auto one = os::receive_handoff(handoffs_.get());
    if (one.kind != os::ReceivedHandoff::Kind::record) return;
    refused += one.handoff.refused;
    undecided += one.handoff.undecided;
    if (one.upstream) claimed_.emplace_back(one.handoff.source, std::move(one.upstream));
  }
}

void SpliceRelay::marry() {
  for (auto& [peer, program] : parked_) {
    for (auto& [source, upstream] : claimed_) {
      if (!program || !upstream || source != peer) continue;
      pairs_.push_back({std::move(program), std::move(upstream)});
      ++spliced;
    }
  }
  std::erase_if(parked_, [](const auto& each) { return !each.second; });
  std::erase_if(claimed_, [](const auto& each) { return !each.second; });
}

/// False: the pair is done for. Small messages only, so that a blocking write is fine.
bool SpliceRelay::copy(os::Fd& from, os::Fd& to, bool& ended) {
  char room[16384];
  const auto got = os::read_some(from.get(), room);
  if (got.kind == os::Transfer::Kind::failed) return false;
  if (got.kind == os::Transfer::Kind::end && !ended) {
    ended = true;
    os::shut_write(to.get());
  }
  for (std::size_t sent = 0; got.kind == os::Transfer::Kind::bytes && sent < got.count;) {
    const auto put = os::write_some(to.get(), {room + sent, got.count - sent});
    if (put.kind == os::Transfer::Kind::failed) return false;
    sent += put.count;
  }
  return true;
}

void SpliceRelay::run() {
  for (;;) {
    std::vector<pollfd> fds{{wake_.get(), POLLIN, 0},
                            {listener4_.get(), POLLIN, 0},
                            {listener6_.get(), POLLIN, 0},
                            {handoffs_.get(), POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      fds.push_back({pair.program.get(), static_cast<short>(pair.program_ended ? 0 : POLLIN), 0});
      fds.push_back({pair.upstream.get(), static_cast<short>(pair.upstream_ended ? 0 : POLLIN), 0});
    }
    ::poll(fds.data(), fds.size(), 1000);
    if (fds[0].revents != 0) return;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      Pair& pair = pairs_[i];
      bool good = true;
      if (fds[4 + 2 * i].revents != 0) good = copy(pair.program, pair.upstream, pair.program_ended);
      if (good && fds[5 + 2 * i].revents != 0) good = copy(pair.upstream, pair.program, pair.upstream_ended);
      if (!good || (pair.program_ended && pair.upstream_ended)) pair.program.reset();
    }
    std::erase_if(pairs_, [](const Pair& pair) { return !pair.program; });
    if (listener6_) accept_from(listener6_.get());
    accept_from(listener4_.get());
    take_handoffs();
    marry();
  }
}

Folder::Folder() {
  char name[] = "/tmp/proofload-test-XXXXXX";
  must(::mkdtemp(name) != nullptr, "mkdtemp");
  path = name;
  ::chmod(name, 0755);
}

Folder::~Folder() {
  std::error_code error;
  std::filesystem::remove_all(path, error);
}

Rig::Rig(const RigOptions& options) {
  sandbox::Options settings{.clock = clock, .sink = [this](record::Observation one) {
                              const std::lock_guard lock(mutex);
                              log.push_back(std::move(one));
                            }};
  if (!options.observe_only) {
    settings.relay4 = relay.at4;
    settings.relay6 = relay.at6;
  }
  settings.handoff_fd = relay.supervisor_end.get();
  settings.allowed = options.allowed;
  settings.older_kernel = options.older_kernel;
  settings.no_namespaces = options.no_namespaces;
  auto started = sandbox::Sandbox::start(std::move(settings));
  if (!started) std::filesystem::remove_all(folder.path);  // must() ends the process.
  must(started.has_value(), started ? "" : started.error().message());
  sandbox = std::move(*started);
}

pid_t Rig::start(const std::vector<std::string>& argv, const std::string& output) {
  sandbox::Spawn spawn;
  spawn.argv = argv;
  spawn.env = environment();
  spawn.folder = folder.path;
  spawn.output = output.empty() ? folder.path + "/said" : output == "-" ? "" : output;
  const auto pid = sandbox->spawn(spawn);
  must(pid.has_value(), pid ? "" : pid.error().message());
  return *pid;
}

int Rig::run(const std::vector<std::string>& argv) {
  std::filesystem::remove(folder.path + "/said");
  const pid_t pid = start(argv);
  if (!await_end(pid)) return -1;
  const auto status = sandbox->exit_status(pid);
  if (!status) return -1;
  return status->signal != 0 ? 128 + status->signal : status->status;
}

std::string Rig::said() const {
  std::ifstream in(folder.path + "/said");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool Rig::await_end(pid_t pid, Ns longest) const {
  const Ns until = clock.now() + longest;
  while (clock.now() < until) {
    if (sandbox->exit_status(pid)) return true;
    os::sleep_for(2 * kMs);
  }
  return false;
}

std::vector<record::Observation> Rig::seen(std::string_view kind) const {
  const std::lock_guard lock(mutex);
  std::vector<record::Observation> out;
  for (const auto& each : log) {
    if (each.kind == kind) out.push_back(each);
  }
  return out;
}

pid_t Rig::listener(int port) const {
  for (int i = 0; i < 2000; ++i) {
    const auto all_seen = all<record::ListenerSeen>();
    for (auto each = all_seen.rbegin(); each != all_seen.rend(); ++each) {
      if (each->port == port) return static_cast<pid_t>(each->pid);
    }
    os::sleep_for(10 * kMs);
  }
  return 0;
}

int free_port() {
  const auto listener = os::listen_tcp(*os::parse_endpoint("127.0.0.1", 0));
  return os::local_endpoint(listener->get())->port;
}

ClosedPort::ClosedPort() {
  const auto take = [](const Endpoint& at) {
    const os::SocketAddress address = os::to_sockaddr(at);
    os::Fd fd(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(fd.get(), address.get(), address.length) != 0) fd.reset();
    return fd;
  };
  for (int i = 0; i < 100 && !(taken4_ && taken6_); ++i) {
    const auto any = static_cast<std::uint16_t>(free_port());
    taken6_ = take(*os::parse_endpoint("::1", any));
    taken4_ = take(*os::parse_endpoint("127.0.0.1", any));
    port = any;
  }
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::vector<std::string> environment() {
  std::vector<std::string> out;
  for (char** each = environ; *each != nullptr; ++each) out.emplace_back(*each);
  return out;
}

std::string built(const std::string& name) { return std::string(PL_CONNECT_BUILT) + "/" + name; }
std::string source(const std::string& name) { return std::string(PL_CONNECT_SOURCE) + "/" + name; }

}  // namespace pl::test
