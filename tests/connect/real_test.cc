// Daemons that people really run: they listen first and fork then, or the other way round, and leave their parents.
#include <doctest/doctest.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "os/process.h"
#include "rig.h"

using namespace pl;

namespace {

constexpr const char* kPostgres = "/usr/lib/postgresql/15/bin";

bool installed(const std::string& path) { return std::filesystem::exists(path); }

/// Runs a script as the user `postgres` where we are root, as ourselves otherwise.
int run_as_postgres(test::Rig& rig, const std::string& script) {
  sandbox::Spawn spawn;
  spawn.argv = {"/bin/bash", "-c", script};
  spawn.env = test::environment();
  spawn.folder = rig.folder.path;
  spawn.output = rig.folder.path + "/said";
  spawn.provided = "postgres";
  const passwd* user = ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;
  if (user != nullptr) {
    spawn.uid = static_cast<int>(user->pw_uid);
    spawn.gid = static_cast<int>(user->pw_gid);
  }
  const auto pid = rig.sandbox->spawn(spawn);
  REQUIRE_MESSAGE(pid, (pid ? "" : pid.error().message()));
  REQUIRE(rig.await_end(*pid));
  return rig.sandbox->exit_status(*pid)->status;
}

void await_tree(const test::Rig& rig, pid_t root, std::size_t size) {
  for (int i = 0; i < 500 && rig.sandbox->tree(root).size() < size; ++i) os::sleep_for(10 * kMs);
}

/// Whether they are gone, soon: Sandbox::kill waits for them to be reaped for 3 s at most, and a busy machine may need
/// longer.
bool gone(const std::vector<pid_t>& all) {
  const auto there = [](pid_t pid) { return os::process_stat(pid).has_value(); };
  for (int turn = 0; turn < 200 && std::any_of(all.begin(), all.end(), there); ++turn) ::poll(nullptr, 0, 50);
  return std::none_of(all.begin(), all.end(), there);
}

}  // namespace

TEST_CASE("PostgreSQL started by pg_ctl freezes, thaws and dies as one component") {
  if (!installed(kPostgres)) return;
  test::Rig rig;
  ::chmod(rig.folder.path.c_str(), 0777);
  const std::string port = std::to_string(test::free_port()), data = rig.folder.path + "/data";
  const std::string start = std::string(kPostgres) + "/pg_ctl -D " + data + " -w -l " + rig.folder.path +
                            "/log -o '-p " + port + " -c unix_socket_directories= -c listen_addresses=127.0.0.1' start";
  REQUIRE_MESSAGE(
      run_as_postgres(rig, std::string(kPostgres) + "/initdb -D " + data + " -A trust -U postgres && " + start) == 0,
      rig.said());
  const pid_t root = rig.listener(std::stoi(port));
  REQUIRE(root > 0);
  await_tree(rig, root, 5);
  const std::vector<std::string> ask{
      std::string(kPostgres) + "/psql", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-Atc", "select 6 * 7"};
  CHECK(rig.run(ask) == 0);
  CHECK(rig.said() == "42\n");
  CHECK(rig.relay.spliced > 0);

  REQUIRE(rig.sandbox->freeze(root));
  const pid_t asking = rig.start(ask);
  CHECK(!rig.await_end(asking, kSec));
  REQUIRE(rig.sandbox->thaw(root));
  CHECK(rig.await_end(asking, 10 * kSec));

  const std::vector<pid_t> all = rig.sandbox->tree(root);
  CHECK(all.size() >= 5);
  REQUIRE(rig.sandbox->kill(root));
  CHECK(gone(all));
  CHECK(run_as_postgres(rig, start) == 0);
  CHECK(rig.run(ask) == 0);
}

TEST_CASE("a daemon that forks after it has listened hands its component on") {
  if (!installed("/usr/sbin/nginx")) return;
  test::Rig rig;
  const std::string port = std::to_string(test::free_port()), dir = rig.folder.path;
  std::ofstream(dir + "/nginx.conf") << "worker_processes 2; daemon on; pid " << dir << "/pid; error_log " << dir
                                     << "/err; events {} http { access_log off; client_body_temp_path " << dir
                                     << "/b; proxy_temp_path " << dir << "/p; fastcgi_temp_path " << dir
                                     << "/f; uwsgi_temp_path " << dir << "/u; scgi_temp_path " << dir
                                     << "/s; server { listen 127.0.0.1:" << port
                                     << "; location / { return 200 ok; } } }";
  CHECK(rig.run({"/usr/sbin/nginx", "-c", dir + "/nginx.conf", "-e", dir + "/err"}) == 0);
  pid_t root = 0;
  for (int i = 0; i < 500 && (root == 0 || !rig.sandbox->running(root)); ++i) {
    root = rig.listener(std::stoi(port));
    os::sleep_for(10 * kMs);
  }
  await_tree(rig, root, 3);
  const std::vector<pid_t> all = rig.sandbox->tree(root);
  CHECK(all.size() == 3);
  const std::vector<std::string> ask{
      "python3", "-c",
      "import urllib.request as r; print(r.urlopen('http://127.0.0.1:" + port + "/', timeout=5).read())"};
  CHECK(rig.run(ask) == 0);
  REQUIRE(rig.sandbox->kill(root));
  CHECK(gone(all));
  CHECK(rig.run(ask) == 1);
}

TEST_CASE("a program that cannot be looked into is refused, and listed") {
  if (::geteuid() == 0) return;  // Root may look into every process.
  test::Rig rig({.no_namespaces = true});
  const std::string program =
      "import ctypes, socket\n"
      "ctypes.CDLL(None).prctl(4, 0)\n"  // PR_SET_DUMPABLE
      "try: socket.create_connection(('127.0.0.1', 9), 2)\n"
      "except ConnectionRefusedError: raise SystemExit(5)\n";
  CHECK(rig.run({"python3", "-c", program}) == 5);
  const auto passed = rig.all<record::NotIntercepted>();
  CHECK(std::any_of(passed.begin(), passed.end(),
                    [](const auto& each) { return each.what.find("non-dumpable") != std::string::npos; }));
}
