#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/faults/message_fault.h"
#include "proxy/messages/resp_tap.h"

/// Faults on the commands of Redis: makers, parameters, and what they have in common. Each lives in a file redis_*.cc.
namespace pl::proxy::faults {

inline constexpr std::array<ParameterRow, 2> kRedisMatchParameters{{
    text_parameter("command", "",
                   "Name of the commands that are meant, or several: GET,SET; empty: any but AUTH, HELLO, CLIENT, "
                   "SELECT, RESET and QUIT."),
    text_parameter("key", "", "First key of the commands that are meant, * for anything; empty: any."),
}};

/// Which commands a fault is about.
class RedisMatch {
 public:
  explicit RedisMatch(const Values& values);
  bool matches(const RespCommand& command) const;
  /// Commands were named.
  bool named() const { return !names_.empty(); }

 private:
  std::vector<std::string> names_;  ///< Upper case.
  std::string key_;
};

/// What Redis lets a command do.
struct RedisCommandRow {
  std::string_view name;
  bool grows = false;  ///< It may need more memory: refused when that is full.
};
/// The row of a writing command (Redis 7.0, flag `write` of COMMAND INFO, and `denyoom`), or nullptr.
const RedisCommandRow* find_writing_command(const RespCommand& command);

/// A fault on the commands of Redis that is nothing but its setting: `static Result<Setting> of(const Values&)` makes
/// it, and it has `RespPlan plan(const RespCommand&) const` and, for the commands that match, `bool takes(const
/// RespCommand&, bool named) const`: whether it can act on them.
template <class Setting>
class RedisFault : public MessageFault<RespPlanner, RespTap, Setting, RedisMatch> {
 public:
  using MessageFault<RespPlanner, RespTap, Setting, RedisMatch>::MessageFault;

 private:
  std::optional<Ns> delay() const override { return delay_of(this->setting_); }
  RespPlan plan(const RespCommand& command, Rng& rng) override {
    if (!this->match_.matches(command) || !this->setting_.takes(command, this->match_.named())) return {};
    return this->selection_.takes(rng) ? this->setting_.plan(command) : RespPlan{};
  }
};

Result<std::unique_ptr<Fault>> make_redis_error(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_redis_slow(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_redis_nil(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_redis_disconnect(const Values& values, FaultContext context);

inline constexpr auto kRedisErrorParameters =
    joined(std::array<ParameterRow, 3>{{
               text_parameter("kind", "loading",
                              "loading, readonly, oom, moved, busy, masterdown, clusterdown or other. readonly and oom "
                              "act on writing commands only, unless commands are named."),
               text_parameter("message", "", "Instead of the kind's own text: READONLY You can't ..."),
               text_parameter("address", "127.0.0.1:6381", "Where moved says that the key is."),
           }},
           kRedisMatchParameters, kSelectionParameters);
inline constexpr auto kRedisSlowParameters =
    joined(std::array<ParameterRow, 1>{{
               {"delay", "ms", "Before the command goes on, and with it those behind it.", 0, kHourMs, 1000},
           }},
           kRedisMatchParameters, kSelectionParameters);
inline constexpr auto kRedisNilParameters = joined(kRedisMatchParameters, kSelectionParameters);
inline constexpr auto kRedisDisconnectParameters = joined(std::array<ParameterRow, 1>{{
                                                              {"reset", "",
                                                               "1: with RST, at once; 0: with FIN, behind the replies "
                                                               "to earlier commands.",
                                                               0, 1, 0, true},
                                                          }},
                                                          kRedisMatchParameters, kSelectionParameters);

}  // namespace pl::proxy::faults
