#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.h"

/// Redis' protocol in both versions: the framing of commands and replies, in any pieces, without keeping their values
/// (redis.io, "Redis serialization protocol specification").
namespace pl::proxy {

/// What is left of a command whose beginning was read.
struct RespRest {
  std::int64_t arguments = 0;  ///< Bulk strings that have not begun.
  std::int64_t bytes = 0;      ///< Of the one that has, its line end included.
  bool over() const { return arguments == 0 && bytes == 0; }
};

/// The beginning of a command, as far as it takes to decide about it.
struct RespCommandHead {
  enum class State : std::uint8_t {
    more,     ///< More bytes are needed.
    nothing,  ///< An empty line or array: the server does not answer it.
    command,
    error,  ///< Not this protocol.
  };
  State state = State::more;
  std::string name;            ///< Upper case.
  std::string key;             ///< The first key, or the first argument of one without keys; empty: none, or too far.
  std::int64_t arguments = 0;  ///< The name included.
  bool typed = false;          ///< An inline command, which may be another protocol's.
  std::size_t size = 0;        ///< Bytes that were read.
  RespRest rest;               ///< What follows them.
};

/// Reads the beginning of a command: an array of bulk strings, or an inline command, which is read whole. Reads at most
/// limits::kRespHeadBytes.
RespCommandHead read_resp_command(std::string_view bytes);
/// Behind it a connection carries something else than one reply to each command (SUBSCRIBE, MONITOR and the like).
bool leaves_resp(const RespCommandHead& head);
/// Whether commands are queued at the server behind a command of this name, where they were (or not) before it.
bool after_resp_command(bool multi, std::string_view name);
/// Takes what is there of the rest of a command: how many bytes. False in `valid`: not this protocol.
std::size_t skip_resp_rest(std::string_view bytes, RespRest& rest, bool& valid);

/// Finds the ends of replies, of RESP2 and RESP3, nested ones too (limits::kRespDepth).
class RespReplies {
 public:
  enum class Step : std::uint8_t {
    more,   ///< All bytes were taken; the reply is not over.
    reply,  ///< One is over.
    push,   ///< A push message is over: nobody asked for it.
    error,  ///< Not this protocol.
  };
  /// Takes bytes off the front, up to the end of one reply.
  Step next(std::string_view& bytes);
  /// Between two replies.
  bool at_start() const { return depth_ == 0 && state_ == State::type && !attributed_; }
  /// The type of the reply that was read last, or of the one that is read: its first byte.
  char type() const { return type_; }

 private:
  enum class State : std::uint8_t { type, line, length, bytes };
  /// False: not this protocol.
  bool on_length();
  bool open(std::int64_t elements, bool attribute);
  /// A value is over; closes what it completes. True: that was the whole.
  bool on_value();

  struct Level {
    std::int64_t left = 0;
    bool attribute = false;  ///< What it belongs to follows.
  };
  State state_ = State::type;
  char type_ = 0;   ///< Of the outermost value.
  char inner_ = 0;  ///< Of the one that is read.
  bool attributed_ = false;
  std::array<Level, limits::kRespDepth> levels_;
  std::size_t depth_ = 0;
  std::int64_t bytes_ = 0;
  std::string line_;  ///< A length that has not come whole.
};

}  // namespace pl::proxy
