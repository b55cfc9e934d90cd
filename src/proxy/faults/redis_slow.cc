#include "proxy/faults/redis.h"

namespace pl::proxy::faults {
namespace {

struct RedisSlowSetting {
  static Result<RedisSlowSetting> of(const Values& values) {
    return RedisSlowSetting{static_cast<Ns>(values["delay"] * kMs)};
  }
  bool takes(const RespCommand&, bool) const { return true; }
  RespPlan plan(const RespCommand&) const { return {.delay = delay}; }

  Ns delay;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_redis_slow(const Values& values, FaultContext context) {
  return make_message_fault<RedisFault<RedisSlowSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
