#include "sandbox/services/service.h"

#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "os/net.h"
#include "os/stream.h"
#include "sandbox/services/model.h"
#include "sandbox/services/postgres.h"
#include "sandbox/services/prepare.h"
#include "sandbox/services/redis.h"

namespace pl::sandbox {
namespace {

constexpr Ns kProbeLimit = 500 * kMs;
constexpr Ns kProbeStep = 2 * kMs;

/// PostgreSQL keeps one small System V segment while it runs; killed, it leaves it. postmaster.pid's seventh line names
/// it: key and id (src/include/utils/pidfile.h). The key is compared, so that a reused id is left alone.
void remove_shared_memory(const std::string& folder) {
  std::ifstream file(folder + "/data/postmaster.pid");
  std::string line;
  for (int i = 0; i < 6 && std::getline(file, line); ++i) {
  }
  unsigned long key = 0;
  int id = -1;
  if (!(file >> key >> id)) return;
  shmid_ds state{};
  if (::shmctl(id, IPC_STAT, &state) == 0 && static_cast<unsigned long>(state.shm_perm.__key) == key)
    ::shmctl(id, IPC_RMID, nullptr);
}

Result<PreparedService> prepare_model(const Json& options, Journal*) {
  PL_TRY(check_options("model", options, {"ttft", "tokens_per_second", "seed", "models"}));
  PreparedService out;
  out.name = "model";
  out.product = "OpenAI-compatible model";
  out.endpoint = PL_TRY(free_endpoint());
  std::error_code failed;
  out.argv = {std::filesystem::read_symlink("/proc/self/exe", failed).string(), "model-server", "--port",
              std::to_string(out.endpoint.port)};
  if (failed) return fail(Errc::unsupported, "cannot find proofload's own program: " + failed.message());
  for (const auto& [key, value] : options.members()) {
    std::string text = value.is_string() ? value.as_string() : value.dump();
    if (key == "models" && value.is_array()) {
      text.clear();
      for (const Json& each : value.items()) text += (text.empty() ? "" : ",") + each.as_string();
    }
    out.argv.push_back(key == "tokens_per_second" ? "--tokens-per-second" : "--" + key);
    out.argv.push_back(text);
  }
  out.env = {"PATH=/usr/local/bin:/usr/bin:/bin"};
  const std::string url = "http://" + os::endpoint_text(out.endpoint);
  out.child_env = {{"OPENAI_BASE_URL", url + "/v1"}, {"OPENAI_API_KEY", "proofload-throw-away-key"}};
  out.probe = "GET /v1/models HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";
  out.serves = "HTTP/1.1 200 ";
  return out;
}

}  // namespace

std::string PreparedService::child_value(std::string_view variable) const {
  for (const auto& [key, value] : child_env) {
    if (key == variable) return value;
  }
  return {};
}

bool PreparedService::accepts(const os::Clock& clock) const {
  const Ns end = clock.now() + kProbeLimit;
  const auto fd = os::connect_tcp(endpoint);
  if (!fd) return false;
  std::string_view rest = probe;
  std::string got;
  std::array<char, 256> room;
  while (clock.now() < end && got.size() < serves.size()) {
    if (!rest.empty()) rest.remove_prefix(os::write_some(fd->get(), rest).count);
    const os::Transfer read = os::read_some(fd->get(), room);
    if (read.kind == os::Transfer::Kind::end || read.kind == os::Transfer::Kind::failed) return false;
    got.append(room.data(), read.count);
    if (read.count == 0) os::sleep_for(kProbeStep);
  }
  return got.starts_with(serves) && rest.empty();
}

void PreparedService::remove() {
  if (folder.empty()) return;
  if (name == "postgres") remove_shared_memory(folder);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  folder.clear();
}

const std::vector<ServiceRow>& service_rows() {
  static const std::vector<ServiceRow> kRows = {
      {"postgres", "PostgreSQL from the system's packages, with an empty database", prepare_postgres},
      {"redis", "Redis from the system's packages, empty", prepare_redis},
      {"model", "the built-in OpenAI-compatible model server", prepare_model},
  };
  return kRows;
}

Result<PreparedService> prepare_service(const std::string& name, const Json& options, Journal* journal) {
  std::string known;
  for (const ServiceRow& row : service_rows()) {
    if (row.name == name) return row.prepare(options, journal);
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  return fail(Errc::config, fmt::format("provide: no service {}; there are {}", name, known));
}

}  // namespace pl::sandbox
