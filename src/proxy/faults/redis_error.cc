#include <fmt/format.h>

#include <algorithm>

#include "proxy/faults/redis.h"

namespace pl::proxy::faults {
namespace {

/// A kind of error, as Redis 7.0 says it (server.c, createSharedObjects; cluster.c, clusterRedirectClient).
struct Kind {
  std::string_view name;
  std::string_view text;
  enum class About : std::uint8_t { all, writing, growing, keys } about;
};
constexpr Kind kKinds[] = {
    {"loading", "LOADING Redis is loading the dataset in memory", Kind::About::all},
    {"readonly", "READONLY You can't write against a read only replica.", Kind::About::writing},
    {"oom", "OOM command not allowed when used memory > 'maxmemory'.", Kind::About::growing},
    {"moved", "MOVED", Kind::About::keys},
    {"busy", "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
     Kind::About::all},
    {"masterdown", "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
     Kind::About::all},
    {"clusterdown", "CLUSTERDOWN The cluster is down", Kind::About::keys},
    {"other", "ERR injected", Kind::About::all},
};

/// Redis carries these out in every such state (flags `loading` and `stale` of COMMAND INFO), or they have no key.
constexpr auto kAlways = std::to_array<std::string_view>({"MULTI", "EXEC", "DISCARD", "UNWATCH", "WATCH", "INFO",
                                                          "CONFIG", "COMMAND", "CLUSTER", "SHUTDOWN", "SCRIPT", "ROLE",
                                                          "SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE"});
constexpr auto kKeyless = std::to_array<std::string_view>(
    {"PING", "ECHO", "DBSIZE", "FLUSHALL", "FLUSHDB", "KEYS", "SCAN", "TIME", "WAIT", "PUBLISH", "RANDOMKEY"});

constexpr unsigned kSlots = 16384;
constexpr std::size_t kMessageBytes = 512;

/// The hash slot of a key: CRC16 of it, or of what stands in its first braces (redis.io, "Redis cluster
/// specification", "Key distribution model" and "Hash tags").
unsigned slot_of(std::string_view key) {
  const std::size_t open = key.find('{');
  const std::size_t close = open == key.npos ? key.npos : key.find('}', open + 1);
  if (close != key.npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  unsigned crc = 0;
  for (const char c : key) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = ((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc % kSlots;
}

bool one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

struct RedisErrorSetting {
  static Result<RedisErrorSetting> of(const Values& values) {
    const auto found = std::ranges::find(kKinds, std::string_view(values.text("kind")), &Kind::name);
    if (found == std::end(kKinds)) {
      std::string known;
      for (const Kind& one : kKinds) known += (known.empty() ? "" : ", ") + std::string(one.name);
      return fail(Errc::config, fmt::format("unknown kind of error \"{}\"; there are: {}", values.text("kind"), known));
    }
    RedisErrorSetting setting{.kind = found, .message = values.text("message"), .address = values.text("address")};
    for (std::string* text : {&setting.message, &setting.address}) {
      text->resize(std::min(text->size(), kMessageBytes));
      std::ranges::replace_if(*text, [](char c) { return c == '\r' || c == '\n'; }, ' ');  // it is one line
    }
    return setting;
  }
  bool takes(const RespCommand& command, bool named) const {
    if (named) return true;
    if (one_of(kAlways, command.name)) return false;
    const RedisCommandRow* writing = find_writing_command(command);
    switch (kind->about) {
      case Kind::About::writing:
        return writing != nullptr;
      case Kind::About::growing:
        return writing != nullptr && writing->grows;
      case Kind::About::keys:
        return !command.key.empty() && !one_of(kKeyless, command.name);
      case Kind::About::all:
        break;
    }
    return true;
  }
  RespPlan plan(const RespCommand& command) const {
    std::string text(message.empty() ? kind->text : std::string_view(message));
    if (message.empty() && text == "MOVED") text += fmt::format(" {} {}", slot_of(command.key), address);
    return {.reply = "-" + text + "\r\n"};
  }

  const Kind* kind;
  std::string message, address;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_redis_error(const Values& values, FaultContext context) {
  return make_message_fault<RedisFault<RedisErrorSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
