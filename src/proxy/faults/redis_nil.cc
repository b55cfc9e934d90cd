#include <algorithm>

#include "proxy/faults/redis.h"

namespace pl::proxy::faults {
namespace {

/// What a reading command answers of a key that is not there (redis.io, each command's page).
struct Reading {
  std::string_view name;
  enum class Finds : std::uint8_t {
    nil,
    zero,
    text,
    list,
    set,
    map,
    nil_or_list,  ///< A list where it is asked for several.
    many_nil,
    many_zero,
    many_null_list,
    none,
    gone,
    cursor,
  } finds;
  std::int64_t before = 1;        ///< Arguments before those that are answered one by one, the name included.
  std::int64_t most = INT64_MAX;  ///< Arguments; with more the answer is of another kind.
};
using Finds = Reading::Finds;
constexpr Reading kReading[] = {
    {"GET", Finds::nil},
    {"GETEX", Finds::nil},
    {"MGET", Finds::many_nil},
    {"GETRANGE", Finds::text},
    {"SUBSTR", Finds::text},
    {"STRLEN", Finds::zero},
    {"GETBIT", Finds::zero},
    {"BITCOUNT", Finds::zero},
    {"EXISTS", Finds::zero},
    {"TYPE", Finds::none},
    {"TOUCH", Finds::zero},
    {"TTL", Finds::gone},
    {"PTTL", Finds::gone},
    {"EXPIRETIME", Finds::gone},
    {"PEXPIRETIME", Finds::gone},
    {"DUMP", Finds::nil},
    {"HGET", Finds::nil},
    {"HMGET", Finds::many_nil, 2},
    {"HGETALL", Finds::map},
    {"HKEYS", Finds::list},
    {"HVALS", Finds::list},
    {"HLEN", Finds::zero},
    {"HSTRLEN", Finds::zero},
    {"HEXISTS", Finds::zero},
    {"HRANDFIELD", Finds::nil_or_list},
    {"HSCAN", Finds::cursor},
    {"LINDEX", Finds::nil},
    {"LLEN", Finds::zero},
    {"LCS", Finds::text, 2, 3},
    {"LPOS", Finds::nil, 2, 3},
    {"LRANGE", Finds::list},
    {"SMEMBERS", Finds::set},
    {"SRANDMEMBER", Finds::nil_or_list},
    {"SISMEMBER", Finds::zero},
    {"SMISMEMBER", Finds::many_zero, 2},
    {"SINTER", Finds::set},
    {"SUNION", Finds::set},
    {"SDIFF", Finds::set},
    {"SINTERCARD", Finds::zero},
    {"SCARD", Finds::zero},
    {"SSCAN", Finds::cursor},
    {"ZRANDMEMBER", Finds::nil_or_list},
    {"ZSCORE", Finds::nil},
    {"ZMSCORE", Finds::many_nil, 2},
    {"ZRANK", Finds::nil},
    {"ZREVRANK", Finds::nil},
    {"ZCARD", Finds::zero},
    {"ZCOUNT", Finds::zero},
    {"ZLEXCOUNT", Finds::zero},
    {"ZRANGE", Finds::list},
    {"ZREVRANGE", Finds::list},
    {"ZRANGEBYSCORE", Finds::list},
    {"ZREVRANGEBYSCORE", Finds::list},
    {"ZRANGEBYLEX", Finds::list},
    {"ZREVRANGEBYLEX", Finds::list},
    {"ZUNION", Finds::list},
    {"ZINTER", Finds::list},
    {"ZDIFF", Finds::list},
    {"ZINTERCARD", Finds::zero},
    {"ZSCAN", Finds::cursor},
    {"GEODIST", Finds::nil, 3},
    {"GEOHASH", Finds::many_nil, 2},
    {"GEOPOS", Finds::many_null_list, 2},
    {"GEORADIUSBYMEMBER_RO", Finds::list},
    {"GEORADIUS_RO", Finds::list},
    {"GEOSEARCH", Finds::list},
    {"SORT", Finds::list, 1, 2},
    {"SORT_RO", Finds::list},
    {"XLEN", Finds::zero},
    {"XRANGE", Finds::list},
    {"XREVRANGE", Finds::list},
    {"PFCOUNT", Finds::zero},
};

constexpr std::int64_t kMany = 4096;  ///< Arguments of one command that are answered.

const Reading* find_reading(std::string_view name) {
  const auto found = std::ranges::find(kReading, name, &Reading::name);
  return found == std::end(kReading) ? nullptr : found;
}

std::string many(std::int64_t count, std::string_view each) {
  std::string out = "*" + std::to_string(count) + "\r\n";
  for (std::int64_t i = 0; i < count; ++i) out += each;
  return out;
}

std::string reply_of(const Reading& reading, const RespCommand& command) {
  const std::string_view nil = command.resp3 ? "_\r\n" : "$-1\r\n";
  switch (reading.finds) {
    case Finds::nil:
      return std::string(nil);
    case Finds::zero:
      return ":0\r\n";
    case Finds::text:
      return "$0\r\n\r\n";
    case Finds::list:
      return "*0\r\n";
    case Finds::set:
      return command.resp3 ? "~0\r\n" : "*0\r\n";
    case Finds::map:
      return command.resp3 ? "%0\r\n" : "*0\r\n";
    case Finds::nil_or_list:
      return command.arguments > 2 ? "*0\r\n" : std::string(nil);
    case Finds::many_null_list:
      return many(command.arguments - reading.before, command.resp3 ? "_\r\n" : "*-1\r\n");
    case Finds::many_nil:
      return many(command.arguments - reading.before, nil);
    case Finds::many_zero:
      return many(command.arguments - reading.before, ":0\r\n");
    case Finds::none:
      return "+none\r\n";
    case Finds::gone:
      return ":-2\r\n";
    case Finds::cursor:
      break;
  }
  return "*2\r\n$1\r\n0\r\n*0\r\n";
}

struct RedisNilSetting {
  static Result<RedisNilSetting> of(const Values&) { return RedisNilSetting{}; }
  /// Within MULTI the reply is no value yet. A command without its arguments gets Redis' own error.
  bool takes(const RespCommand& command, bool) const {
    const Reading* reading = find_reading(command.name);
    return reading && !command.queued && command.arguments > reading->before && command.arguments > 1 &&
           command.arguments - reading->before <= kMany && command.arguments <= reading->most;
  }
  RespPlan plan(const RespCommand& command) const { return {.reply = reply_of(*find_reading(command.name), command)}; }
};

}  // namespace

Result<std::unique_ptr<Fault>> make_redis_nil(const Values& values, FaultContext context) {
  return make_message_fault<RedisFault<RedisNilSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
