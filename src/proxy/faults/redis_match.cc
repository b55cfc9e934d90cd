#include <algorithm>

#include "base/text.h"
#include "proxy/faults/redis.h"

namespace pl::proxy::faults {
namespace {

/// They are about the connection, not about data: a fault on any command lets them be.
constexpr auto kOnlyNamed = std::to_array<std::string_view>({"AUTH", "HELLO", "CLIENT", "SELECT", "RESET", "QUIT"});

constexpr RedisCommandRow kWriting[] = {
    {"APPEND", true},
    {"BITFIELD", true},
    {"BITOP", true},
    {"BLMOVE", true},
    {"BLMPOP"},
    {"BLPOP"},
    {"BRPOP"},
    {"BRPOPLPUSH", true},
    {"BZMPOP"},
    {"BZPOPMAX"},
    {"BZPOPMIN"},
    {"COPY", true},
    {"DECR", true},
    {"DECRBY", true},
    {"DEL"},
    {"EXPIRE"},
    {"EXPIREAT"},
    {"FLUSHALL"},
    {"FLUSHDB"},
    {"FUNCTION|DELETE"},
    {"FUNCTION|FLUSH"},
    {"FUNCTION|LOAD", true},
    {"FUNCTION|RESTORE", true},
    {"GEOADD", true},
    {"GEORADIUS", true},
    {"GEORADIUSBYMEMBER", true},
    {"GEOSEARCHSTORE", true},
    {"GETDEL"},
    {"GETEX"},
    {"GETSET", true},
    {"HDEL"},
    {"HINCRBY", true},
    {"HINCRBYFLOAT", true},
    {"HMSET", true},
    {"HSET", true},
    {"HSETNX", true},
    {"INCR", true},
    {"INCRBY", true},
    {"INCRBYFLOAT", true},
    {"LINSERT", true},
    {"LMOVE", true},
    {"LMPOP"},
    {"LPOP"},
    {"LPUSH", true},
    {"LPUSHX", true},
    {"LREM"},
    {"LSET", true},
    {"LTRIM"},
    {"MIGRATE"},
    {"MOVE"},
    {"MSET", true},
    {"MSETNX", true},
    {"PERSIST"},
    {"PEXPIRE"},
    {"PEXPIREAT"},
    {"PFADD", true},
    {"PFMERGE", true},
    {"PSETEX", true},
    {"RENAME"},
    {"RENAMENX"},
    {"RESTORE", true},
    {"RPOP"},
    {"RPOPLPUSH", true},
    {"RPUSH", true},
    {"RPUSHX", true},
    {"SADD", true},
    {"SDIFFSTORE", true},
    {"SET", true},
    {"SETBIT", true},
    {"SETEX", true},
    {"SETNX", true},
    {"SETRANGE", true},
    {"SINTERSTORE", true},
    {"SMOVE"},
    {"SORT", true},
    {"SPOP"},
    {"SREM"},
    {"SUNIONSTORE", true},
    {"SWAPDB"},
    {"UNLINK"},
    {"XACK"},
    {"XADD", true},
    {"XAUTOCLAIM"},
    {"XCLAIM"},
    {"XDEL"},
    {"XGROUP", true},
    {"XREADGROUP"},
    {"XSETID", true},
    {"XTRIM"},
    {"ZADD", true},
    {"ZDIFFSTORE", true},
    {"ZINCRBY", true},
    {"ZINTERSTORE", true},
    {"ZMPOP"},
    {"ZPOPMAX"},
    {"ZPOPMIN"},
    {"ZRANGESTORE", true},
    {"ZREM"},
    {"ZREMRANGEBYLEX"},
    {"ZREMRANGEBYRANK"},
    {"ZREMRANGEBYSCORE"},
    {"ZUNIONSTORE", true},
};

}  // namespace

const RedisCommandRow* find_writing_command(const RespCommand& command) {
  // Its first argument says what it does.
  const std::string name = command.name == "FUNCTION" ? "FUNCTION|" + upper(command.key) : std::string(command.name);
  const auto found = std::ranges::find(kWriting, name, &RedisCommandRow::name);
  return found == std::end(kWriting) ? nullptr : found;
}

RedisMatch::RedisMatch(const Values& values) : key_(values.text("key")) {
  std::string_view list = values.text("command");
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string name = upper(list.substr(0, end));
    std::erase(name, ' ');
    if (!name.empty()) names_.push_back(std::move(name));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

bool RedisMatch::matches(const RespCommand& command) const {
  const bool meant = names_.empty() ? std::ranges::find(kOnlyNamed, command.name) == kOnlyNamed.end()
                                    : std::ranges::find(names_, command.name) != names_.end();
  return meant && (key_.empty() || (!command.key.empty() && matches_pattern(command.key, key_)));
}

}  // namespace pl::proxy::faults
