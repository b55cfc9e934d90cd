#include "proxy/faults/redis.h"

namespace pl::proxy::faults {
namespace {

struct RedisDisconnectSetting {
  static Result<RedisDisconnectSetting> of(const Values& values) {
    return RedisDisconnectSetting{values["reset"] == 1 ? End::reset : End::fin};
  }
  bool takes(const RespCommand&, bool) const { return true; }
  RespPlan plan(const RespCommand&) const { return {.end = end}; }

  End end;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_redis_disconnect(const Values& values, FaultContext context) {
  return make_message_fault<RedisFault<RedisDisconnectSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
