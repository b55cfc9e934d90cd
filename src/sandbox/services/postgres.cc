#include "sandbox/services/postgres.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>

#include "sandbox/services/prepare.h"

namespace pl::sandbox {
namespace {

namespace fs = std::filesystem;

struct Installation {
  int version = 0;
  std::string root;  ///< /usr/lib/postgresql/15
};

Installation highest_installed() {
  Installation best;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", failed)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    if (version > best.version && fs::exists(entry.path() / "bin/postgres") && fs::exists(entry.path() / "bin/initdb"))
      best = {version, entry.path()};
  }
  return best;
}

/// A role of proofload's own, by which its statements are told from the application's. The extension's view shows the
/// statements of every database, so it is made beside the application's and not in it.
constexpr std::string_view kStatisticsUser = "proofload";

std::string statistics_script() {
  return fmt::format(
      "echo \"CREATE ROLE {} SUPERUSER LOGIN PASSWORD '$(cat password)';\"; echo 'CREATE EXTENSION "
      "pg_stat_statements;';",
      kStatisticsUser);
}

/// Makes the cluster unless it is whole, then becomes the postmaster. The lock file of one that was killed goes first:
/// in a PID namespace its number may by now belong to somebody else, and PostgreSQL would refuse to start.
std::string start_script(const Installation& installed, bool statements) {
  return fmt::format(
      R"(set -e
bin={root}/bin
if [ ! -e whole ]; then
  rm -rf data
  $bin/initdb -D data -U app --pwfile=password -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions
  {{ echo 'CREATE DATABASE app;'; {statistics} }} | $bin/postgres --single -D data postgres >/dev/null
  touch whole
fi
rm -f data/postmaster.pid
exec $bin/postgres -D data "$@"
)",
      fmt::arg("root", installed.root), fmt::arg("statistics", statements ? statistics_script() : ""));
}

/// The first message of a client (PostgreSQL documentation 55.7, StartupMessage): answered by an authentication request
/// when the database serves, by an error while it starts or recovers.
std::string startup_message() {
  std::string body("\0\3\0\0user\0app\0database\0app\0", 26);
  body += '\0';
  return std::string("\0\0\0", 3) + static_cast<char>(body.size() + 4) + body;
}

std::vector<std::pair<std::string, std::string>> child_env(const Endpoint& endpoint, const std::string& password) {
  const std::string port = std::to_string(endpoint.port);
  return {{"DATABASE_URL", fmt::format("postgresql://app:{}@127.0.0.1:{}/app", password, port)},
          {"PGHOST", "127.0.0.1"},
          {"PGPORT", port},
          {"PGUSER", "app"},
          {"PGPASSWORD", password},
          {"PGDATABASE", "app"}};
}

}  // namespace

Result<PreparedService> prepare_postgres(const Json& options, Journal* journal) {
  PL_TRY(check_options("postgres", options, {"fsync", "max_connections"}));
  const Installation installed = highest_installed();
  if (installed.version == 0)
    return fail(Errc::not_found, "provide.postgres: PostgreSQL is not installed: apt-get install postgresql");
  PreparedService out;
  out.name = "postgres";
  out.product = "PostgreSQL";
  out.version = std::to_string(installed.version);
  out.programs = installed.root + "/bin";
  out.endpoint = PL_TRY(free_endpoint());
  PL_TRY(make_folder(out, "postgres", journal));
  const std::string password = random_password();
  const std::string password_file = out.folder + "/password";
  std::ofstream(password_file) << password << '\n';
  fs::permissions(password_file, fs::perms::owner_read | fs::perms::others_read | fs::perms::group_read);
  const bool statements = fs::exists(installed.root + "/lib/pg_stat_statements.so");
  out.argv = {"/bin/sh",  "-c", start_script(installed, statements),
              "postgres", "-p", std::to_string(out.endpoint.port)};
  const auto set = [&](const std::string& setting) { out.argv.insert(out.argv.end(), {"-c", setting}); };
  set("listen_addresses=127.0.0.1");
  set("unix_socket_directories=" + out.folder);
  set("dynamic_shared_memory_type=mmap");  // in its folder, so that nothing stays in /dev/shm
  if (statements) {
    set("shared_preload_libraries=pg_stat_statements");
    set("pg_stat_statements.track=top");
    set("pg_stat_statements.track_utility=off");  // such statements are not normalised: they may hold secrets
    set("track_io_timing=on");
    out.statistics_user = kStatisticsUser;
  }
  if (options.has("max_connections")) set("max_connections=" + options["max_connections"].dump());
  // Durable as in production, so that latencies are true.
  if (!options["fsync"].as_bool(true)) set("fsync=off");
  out.env = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"};
  out.child_env = child_env(out.endpoint, password);
  out.probe = startup_message();
  out.serves = "R";
  return out;
}

}  // namespace pl::sandbox
