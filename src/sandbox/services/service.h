#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/handoff.h"
#include "base/json.h"
#include "base/result.h"
#include "os/clock.h"
#include "sandbox/journal.h"

namespace pl::sandbox {

/// A throw-away service that is ready to be started: the command that runs it in the foreground, below the sandbox.
/// Starting the same command again restarts it with its data. Plain data; whoever holds it calls remove() in the end.
struct PreparedService {
  std::string name;     ///< "postgres", "redis", "model".
  std::string product;  ///< "PostgreSQL", "Redis", "OpenAI-compatible model".
  std::string version;
  std::vector<std::string> argv;
  std::vector<std::string> env;  ///< Complete, KEY=VALUE.
  int uid = -1, gid = -1;        ///< An unprivileged user where we are root; -1: stay.
  std::string programs;          ///< Folder of its own programs (pg_dump); empty: none are known.
  std::string folder;            ///< Its working folder with its data, made for it; empty: none.
  Endpoint endpoint;             ///< Where it will listen, on 127.0.0.1.
  std::vector<std::pair<std::string, std::string>> child_env;  ///< What the application's environment gets.
  std::string statistics_user;  ///< Of proofload's own, with PGPASSWORD's password; empty: its statistics are closed.
  std::string probe;            ///< Bytes that ask whether it serves.
  std::string serves;           ///< How its answer to them begins when it does.

  /// A variable of `child_env`; empty where it has none of that name.
  std::string child_value(std::string_view variable) const;
  /// Asks it once, for half a second at most: it runs and would serve a client. A database that is still recovering
  /// does not.
  bool accepts(const os::Clock& clock) const;
  /// Removes its folder, and the shared memory that it left if it was killed. It must have ended. Twice is harmless.
  void remove();
};

/// A kind of throw-away service: a row of the table.
struct ServiceRow {
  std::string_view name;  ///< As `provide:` names it.
  std::string_view doc;
  Result<PreparedService> (*prepare)(const Json& options, Journal* journal);
};
/// All kinds.
const std::vector<ServiceRow>& service_rows();

/// Prepares a service by the name that `provide:` gives it: picks a free port and makes its folder, which `journal`
/// learns of first (may be null). Starts nothing. Errc::config names an unknown service or option, Errc::not_found the
/// package that is missing.
Result<PreparedService> prepare_service(const std::string& name, const Json& options, Journal* journal);

}  // namespace pl::sandbox
