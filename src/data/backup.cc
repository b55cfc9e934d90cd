#include "data/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "os/file.h"
#include "os/process.h"

namespace pl::data {
namespace {

constexpr const char* kCopy = "proofload_read_back";
constexpr std::size_t kSaidBytes = 1 << 20;

/// The server's programs with the password out of sight.
class Programs {
 public:
  Programs(const Server& server, const BackupPlace& place, const os::Clock& clock, Ns most)
      : server_(server), place_(place), clock_(clock), most_(most) {}
  ~Programs() {
    std::error_code none;
    for (const std::string& file : {dump(), said()}) std::filesystem::remove(file, none);
  }
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  std::string dump() const { return place_.folder + "/backup"; }
  /// How long it took.
  Result<Ns> run(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<std::string> argv{"/bin/sh",
                                  "-c",
                                  "export PGPASSWORD=\"$(cat \"$1\")\"; said=$2; shift 2; exec \"$@\" >\"$said\" 2>&1",
                                  "sh",
                                  place_.folder + "/password",
                                  said(),
                                  place_.programs + "/" + program,
                                  "--host=" + server_.address,
                                  fmt::format("--port={}", server_.port),
                                  "--username=" + server_.user,
                                  "--no-password"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Ns from = clock_.now();
    const pid_t pid = PL_TRY(os::start_process(argv.front(), argv, {}));
    const int status = PL_TRY(os::wait_process(pid, most_));
    if (status == 0) return clock_.now() - from;
    // The first line names what is wrong; those behind it may hold rows.
    const std::string words = os::read_file(said(), kSaidBytes).value_or("");
    return fail(Errc::protocol, words.empty() ? fmt::format("{} ended with status {}", program, status)
                                              : words.substr(0, words.find('\n')));
  }

 private:
  std::string said() const { return place_.folder + "/backup.said"; }

  const Server& server_;
  const BackupPlace& place_;
  const os::Clock& clock_;
  Ns most_;
};

/// The database that is read back, for the life of this object.
class Copy {
 public:
  explicit Copy(Connection& connection) : connection_(connection) {
    // That it is not there yet is not worth a line on the terminal.
    (void)connection_.ask("SET client_min_messages = warning");
  }
  ~Copy() { (void)drop(); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  Result<Rows> make() {
    if (const auto gone = drop(); !gone) return gone;
    return connection_.ask(fmt::format("CREATE DATABASE {} TEMPLATE template0", kCopy));
  }

 private:
  Result<Rows> drop() { return connection_.ask(fmt::format("DROP DATABASE IF EXISTS {} (FORCE)", kCopy)); }
  Connection& connection_;
};

Result<std::int64_t> rows_of(Connection& connection, const Table& table) {
  return whole_of(PL_TRY(connection.value("SELECT count(*) FROM " + table.quoted)));
}

}  // namespace

Result<Backup> try_backup(const Server& server, const Schema& schema, const BackupPlace& place, const os::Clock& clock,
                          Ns most) {
  Backup backup;
  Connection original = PL_TRY(Connection::open(server));
  Programs programs(server, place, clock, most);
  backup.dumped =
      PL_TRY(programs.run("pg_dump", {"--format=custom", "--file=" + programs.dump(), "--dbname=" + server.database}));
  std::error_code unknown;
  backup.bytes = static_cast<std::int64_t>(std::filesystem::file_size(programs.dump(), unknown));
  Copy copy(original);
  PL_TRY(copy.make());
  backup.restored =
      PL_TRY(programs.run("pg_restore", {"--exit-on-error", fmt::format("--dbname={}", kCopy), programs.dump()}));
  Server there = server;
  there.database = kCopy;
  Connection read_back = PL_TRY(Connection::open(there));
  for (const Table& table : schema.tables) {
    const std::int64_t rows = PL_TRY(rows_of(original, table));
    const std::int64_t back = PL_TRY(rows_of(read_back, table));
    ++backup.tables;
    backup.rows += rows;
    backup.missing += std::max(rows - back, back - rows);
  }
  return backup;
}

}  // namespace pl::data
