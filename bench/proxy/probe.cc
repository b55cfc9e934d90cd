// What the proxy's bench needs beside wrk: an echo server and clients that measure. Plain Linux, one thread each.
//   probe serve                        echoes; prints its port. probe pour: sends without end
//   probe echo PORT SECONDS            one byte there and back, again and again: p50 in ns
//   probe paced PORT CONNECTIONS RATE SECONDS DELAY_NS
//                                      RATE messages a second on each connection: "p50 p99" of (time - delay) in ns
//   probe connects PORT SECONDS        connect, one byte there and back, close: connections per second
//   probe idle PORT CONNECTIONS        opens them, says "ready", keeps them until its input ends
//   probe drain PORT BYTES             reads: bytes per second, from the first byte on
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

using Ns = long long;
constexpr Ns kSec = 1'000'000'000;

Ns now() {
  timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * kSec + at.tv_nsec;
}

[[noreturn]] void stop(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in local(int port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<unsigned short>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

int join(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in at = local(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) stop("connect");
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

void serve(bool pours) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in at = local(0);
  socklen_t size = sizeof at;
  if (bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 || listen(listener, 4096) != 0) stop("listen");
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  std::printf("%d\n", ntohs(at.sin_port));
  std::fflush(stdout);
  const int poller = epoll_create1(0);
  epoll_event event{EPOLLIN, {.fd = listener}};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  std::vector<char> room(1 << 18);
  for (;;) {
    epoll_event ready[256];
    const int count = epoll_wait(poller, ready, 256, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = ready[i].data.fd;
      if (fd == listener) {
        for (int client; (client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
          const int one = 1;
          setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          epoll_event mine{pours ? EPOLLOUT : EPOLLIN, {.fd = client}};
          epoll_ctl(poller, EPOLL_CTL_ADD, client, &mine);
        }
        continue;
      }
      const ssize_t got = pours ? static_cast<ssize_t>(room.size()) : recv(fd, room.data(), room.size(), 0);
      const ssize_t put = got > 0 ? send(fd, room.data(), static_cast<size_t>(got), MSG_NOSIGNAL) : got;
      if (put == 0 || (put < 0 && errno != EAGAIN)) close(fd);
    }
  }
}

void echo(int port, double seconds) {
  const int fd = join(port);
  std::vector<Ns> times;
  char byte = 'x';
  for (const Ns end = now() + static_cast<Ns>(seconds * kSec); now() < end;) {
    const Ns start = now();
    if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1) stop("echo");
    times.push_back(now() - start);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2), times.end());
  std::printf("%lld\n", times[times.size() / 2]);
}

/// Messages leave evenly over all connections, and each connection has one on its way. Each has exchanged one before:
/// what making a thousand connections costs is measured by `connects`.
void paced(int port, int connections, double rate, double seconds, Ns delay) {
  prctl(PR_SET_TIMERSLACK, 1);
  const int poller = epoll_create1(0);
  std::vector<int> fds;
  std::vector<Ns> sent(static_cast<std::size_t>(connections), 0), late;
  for (int i = 0; i < connections; ++i) {
    fds.push_back(join(port));
    epoll_event event{EPOLLIN, {.u32 = static_cast<unsigned>(i)}};
    epoll_ctl(poller, EPOLL_CTL_ADD, fds.back(), &event);
  }
  for (const int fd : fds) {
    if (send(fd, "x", 1, 0) != 1) stop("send");
  }
  for (const int fd : fds) {
    char byte;
    if (recv(fd, &byte, 1, 0) != 1) stop("recv");
  }
  const Ns step = static_cast<Ns>(kSec / (rate * connections)), begin = now();
  Ns next = begin;
  std::size_t turn = 0;
  char byte = 'x';
  while (next < begin + static_cast<Ns>(seconds * kSec)) {
    const Ns wait = std::max<Ns>(0, next - now());
    const timespec limit{wait / kSec, wait % kSec};
    epoll_event ready[256];
    const int count = epoll_pwait2(poller, ready, 256, &limit, nullptr);
    const Ns at = now();
    for (int i = 0; i < count; ++i) {
      const std::size_t which = ready[i].data.u32;
      if (recv(fds[which], &byte, 1, 0) != 1) stop("recv");
      late.push_back(at - sent[which] - delay);
      sent[which] = 0;
    }
    for (; next <= at; next += step, turn = (turn + 1) % fds.size()) {
      if (sent[turn] != 0) continue;
      sent[turn] = now();
      if (send(fds[turn], &byte, 1, 0) != 1) stop("send");
    }
  }
  std::sort(late.begin(), late.end());
  if (late.empty()) stop("nothing came back");
  std::printf("%lld %lld\n", late[late.size() / 2], late[late.size() * 99 / 100]);
}

void connects(int port, double seconds) {
  long made = 0;
  const Ns begin = now(), end = begin + static_cast<Ns>(seconds * kSec);
  char byte = 'x';
  const linger none{1, 0};  // no TIME_WAIT: the ports must last
  for (; now() < end; ++made) {
    const int fd = join(port);
    if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1) stop("exchange");
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
  }
  std::printf("%.0f\n", static_cast<double>(made) * kSec / static_cast<double>(now() - begin));
}

void idle(int port, int connections) {
  for (int i = 0; i < connections; ++i) {
    const int fd = join(port);
    char byte = 'x';
    if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1) stop("exchange");
  }
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

void drain(int port, double bytes) {
  const int fd = join(port);
  std::vector<char> room(1 << 18);
  Ns begin = 0;
  double got = 0;
  while (got < bytes) {
    const ssize_t count = recv(fd, room.data(), room.size(), 0);
    if (count <= 0) stop("recv");
    if (begin == 0)
      begin = now();
    else
      got += static_cast<double>(count);
  }
  std::printf("%.0f\n", got * kSec / static_cast<double>(now() - begin));
}

}  // namespace

int main(int argc, char** argv) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const std::string what = argc > 1 ? argv[1] : "";
  const auto number = [&](int i) { return i < argc ? std::atof(argv[i]) : 0; };
  const int port = static_cast<int>(number(2));
  if (what == "serve" || what == "pour") serve(what == "pour");
  if (what == "echo") echo(port, number(3));
  if (what == "paced") paced(port, static_cast<int>(number(3)), number(4), number(5), static_cast<Ns>(number(6)));
  if (what == "connects") connects(port, number(3));
  if (what == "idle") idle(port, static_cast<int>(number(3)));
  if (what == "drain") drain(port, number(3));
}
