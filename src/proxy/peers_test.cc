#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "os/file.h"
#include "proxy/relay.h"
#include "proxy/rig_test.h"

// Real peers through the relay. Their clients connect to the relay's listener by themselves; the stand-in for the
// supervisor finds each in /proc/net/tcp and hands its source over, so the relay always accepts first.

using namespace pl;
using namespace pl::proxy;
using namespace pl::proxy::rig;

namespace {

std::uint16_t free_port() {
  return os::local_endpoint(os::listen_tcp(*os::parse_endpoint("127.0.0.1", 0))->get())->port;
}

/// What a shell command printed; its exit status stands in the last line.
std::string run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1; echo \"status $?\"").c_str(), "re");
  std::string text;
  char block[4096];
  while (std::size_t got = fread(block, 1, sizeof block, pipe)) text.append(block, got);
  pclose(pipe);
  return text;
}
bool worked(const std::string& output) { return output.ends_with("status 0\n"); }

struct Folder {
  os::TempFolder made = *os::TempFolder::create();
  std::filesystem::path path = made.path();
  Folder() {
    if (getuid() == 0) std::filesystem::permissions(path, std::filesystem::perms::all);
  }
};

/// PostgreSQL refuses to run as root; the others need not.
std::string unprivileged() { return getuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : ""; }

/// A server that lives as long as this; ended by its id.
struct Server {
  pid_t pid;
  explicit Server(const std::string& command) {
    const std::string line = "exec " + unprivileged() + command + " >/dev/null 2>&1";
    pid = fork();
    if (pid != 0) return;
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  ~Server() {
    kill(pid, SIGQUIT);
    for (int turn = 0; turn < 500; ++turn, poll(nullptr, 0, 10)) {
      if (waitpid(pid, nullptr, WNOHANG) == pid) return;
    }
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
};

bool answers(const std::string& command) {
  for (int turn = 0; turn < 200; ++turn, poll(nullptr, 0, 50)) {
    if (worked(run(command))) return true;
  }
  return false;
}

/// Hands over whoever connects to the relay.
struct Announcer {
  Rig& rig;
  Endpoint destination;
  std::atomic<bool> over = false;
  std::thread thread;
  std::set<std::string> known;

  Announcer(Rig& of, std::uint16_t port) : rig(of), destination(*os::parse_endpoint("127.0.0.1", port)) {
    thread = std::thread([this] {
      for (; !over; poll(nullptr, 0, 1)) look();
    });
  }
  ~Announcer() {
    over = true;
    thread.join();
  }
  void look() {
    const Endpoint front = rig.relay->listen4();
    std::ifstream table("/proc/net/tcp");
    for (std::string line; std::getline(table, line);) {
      unsigned local, local_port, remote, remote_port, state;
      if (sscanf(line.c_str(), " %*d: %8X:%4X %8X:%4X %2X", &local, &local_port, &remote, &remote_port, &state) != 5)
        continue;
      std::uint32_t address;
      memcpy(&address, front.address, 4);
      if (remote != address || remote_port != front.port || state != 1) continue;
      std::istringstream words(line);
      std::string inode;
      for (int i = 0; i < 10; ++i) words >> inode;
      if (!known.insert(inode + ":" + std::to_string(local_port)).second) continue;
      Endpoint source{.family = 4, .port = static_cast<std::uint16_t>(local_port)};
      memcpy(source.address, &local, 4);
      const os::Fd upstream = rig.upstream_to(destination);
      CHECK(os::send_handoff(rig.relay->handoff_fd(), {source, destination, kProcess, 1, 0}, upstream.get()));
    }
  }
};

std::string front(Rig& rig) { return std::to_string(rig.relay->listen4().port); }
std::string host(Rig& rig) { return os::address_text(rig.relay->listen4()); }

FlowTotals only_flow(Rig& rig) {
  const auto flows = rig.relay->totals();
  REQUIRE(flows.size() == 1);
  return flows[0];
}

}  // namespace

TEST_CASE("PostgreSQL: psql and pgbench through the relay, slow and silent") {
  const std::string bin = "/usr/lib/postgresql/15/bin/";
  if (!std::filesystem::exists(bin + "initdb")) return;
  Folder folder;
  const std::string data = folder.path.string() + "/data";
  REQUIRE(worked(run(unprivileged() + bin + "initdb -A trust -U me -N -D " + data)));
  const std::uint16_t port = free_port();
  Server server(bin + "postgres -D " + data + " -p " + std::to_string(port) + " -k " + folder.path.string());
  const std::string direct = " -h 127.0.0.1 -p " + std::to_string(port) + " -U me postgres";
  REQUIRE(answers("psql -c 'select 1'" + direct));
  REQUIRE(worked(run(bin + "pgbench -i -q" + direct)));
  Rig rig;
  Announcer announcer(rig, port);
  const std::string relayed = " -h " + host(rig) + " -p " + front(rig) + " -U me postgres";
  CHECK(run("psql -Atc 'select 6*7'" + relayed) == "42\nstatus 0\n");
  const std::string bench = run(bin + "pgbench -S -n -c 4 -t 250" + relayed);
  CHECK(bench.find("number of transactions actually processed: 1000/1000") != bench.npos);
  CHECK(only_flow(rig).protocol == "postgres");
  CHECK(only_flow(rig).product == "PostgreSQL");
  CHECK(only_flow(rig).exchanges >= 1000);

  const FlowMatch edge{{{1, announcer.destination}}, {}};
  const FaultId slow = *rig.relay->inject(edge, "latency", *Json::parse(R"({"delay": 100})"));
  const Ns start = rig.clock.now();
  CHECK(worked(run("psql -Atc 'select 1'" + relayed)));
  CHECK(rig.clock.now() - start >= 200 * kMs);  // start-up and statement, and more where TLS is asked for
  CHECK(rig.relay->remove(slow).delayed >= 2);
  const FaultId silent = *rig.relay->inject(edge, "silent", {});
  const std::string waited = run("PGCONNECT_TIMEOUT=2 timeout 10 psql -Atc 'select 1'" + relayed);
  CHECK(waited.find("timeout expired") != waited.npos);
  CHECK(rig.relay->remove(silent).requests >= 1);
  rig.relay->stop();
  const auto seen = rig.all<record::ProtocolSeen>();
  REQUIRE_FALSE(seen.empty());
  CHECK(seen.back().version.starts_with("15."));
}

TEST_CASE("Redis: redis-cli through the relay, refused and back") {
  if (!std::filesystem::exists("/usr/bin/redis-server")) return;
  Folder folder;
  const std::uint16_t port = free_port();
  Server server("redis-server --save '' --dir " + folder.path.string() + " --port " + std::to_string(port));
  REQUIRE(answers("redis-cli -e -p " + std::to_string(port) + " ping"));
  Rig rig;
  Announcer announcer(rig, port);
  const std::string cli = "redis-cli -e -h " + host(rig) + " -p " + front(rig);
  CHECK(run(cli + " info server").find("redis_version") != std::string::npos);
  CHECK(run(cli + " set a b") == "OK\nstatus 0\n");
  CHECK(only_flow(rig).product == "Redis");
  const FlowMatch edge{{{0, announcer.destination}}, {}};
  const FaultId refuse = *rig.relay->inject(edge, "refuse", {});
  CHECK_FALSE(worked(run("timeout 10 " + cli + " get a")));
  CHECK(rig.relay->remove(refuse).reset >= 1);
  CHECK(run(cli + " get a") == "b\nstatus 0\n");
}

TEST_CASE("nginx: a large file arrives whole, and cut in mid-stream it does not") {
  if (!std::filesystem::exists("/usr/sbin/nginx")) return;
  Folder folder;
  const std::uint16_t port = free_port();
  const std::string where = folder.path.string();
  std::ofstream(where + "/big") << std::string(8 << 20, 'n');
  std::ofstream(where + "/conf") << "daemon off; master_process off; pid " << where << "/pid; error_log " << where
                                 << "/log; events {} http { access_log off; client_body_temp_path " << where
                                 << "/b; proxy_temp_path " << where << "/p; fastcgi_temp_path " << where
                                 << "/f; uwsgi_temp_path " << where << "/u; scgi_temp_path " << where
                                 << "/s; server { listen 127.0.0.1:" << port << "; root " << where << "; } }";
  Server server("/usr/sbin/nginx -e " + where + "/log -c " + where + "/conf");
  REQUIRE(answers("curl -o /dev/null -sf http://127.0.0.1:" + std::to_string(port) + "/big"));
  Rig rig;
  Announcer announcer(rig, port);
  const std::string get =
      "curl -s -m 20 -o /dev/null -w '%{size_download}\\n' http://" + host(rig) + ":" + front(rig) + "/big";
  CHECK(run(get) == "8388608\nstatus 0\n");
  CHECK(only_flow(rig).product == "nginx");
  const FaultId cut =
      *rig.relay->inject(FlowMatch{{{0, announcer.destination}}, {}}, "cut", *Json::parse(R"({"bytes": 5000})"));
  CHECK(run(get).ends_with("status 18\n"));  // curl's code for a partial file
  rig.relay->remove(cut);
  CHECK(run(get) == "8388608\nstatus 0\n");
}
