#include "sandbox/services/redis.h"

#include <filesystem>

#include "os/net.h"
#include "sandbox/services/prepare.h"

namespace pl::sandbox {

Result<PreparedService> prepare_redis(const Json& options, Journal* journal) {
  PL_TRY(check_options("redis", options, {}));
  const std::string program = "/usr/bin/redis-server";
  if (!std::filesystem::exists(program))
    return fail(Errc::not_found, "provide.redis: Redis is not installed: apt-get install redis-server");
  PreparedService out;
  out.name = "redis";
  out.product = "Redis";
  out.endpoint = PL_TRY(free_endpoint());
  PL_TRY(make_folder(out, "redis", journal));
  out.argv = {program,        "--port",      std::to_string(out.endpoint.port),
              "--bind",       "127.0.0.1",   "--dir",
              out.folder,     "--save",      "",
              "--appendonly", "yes",         "--appendfsync",
              "everysec",     "--daemonize", "no"};
  out.env = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  const std::string port = std::to_string(out.endpoint.port);
  out.child_env = {{"REDIS_URL", "redis://127.0.0.1:" + port}, {"REDIS_HOST", "127.0.0.1"}, {"REDIS_PORT", port}};
  out.probe = "PING\r\n";
  out.serves = "+PONG";  // -LOADING while it reads its file
  return out;
}

}  // namespace pl::sandbox
