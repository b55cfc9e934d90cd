#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "record/observation.h"

/// The run log, `run.plog`: one header line, then a frame per observation. A frame is the length of its body (u32,
/// little endian), the body, and SHA-256 of (previous hash + body); before the first frame the previous hash is that of
/// the header line. The body is one JSON object {"at":..,"source":..,"kind":..,"payload":{..}} in this order; an
/// observation's id is its frame number. Nothing here does I/O.
namespace pl::record {

/// First bytes of every log: what it is and the version of its format.
inline constexpr std::string_view kLogHeader = "proofload run log 1\n";

/// Turns observations into frames of one chain. Not shared between threads.
class Encoder {
 public:
  /// A new log, whose first bytes are kLogHeader.
  Encoder();
  /// Goes on where a log that was read ends: the number of its observations, and its chain head.
  Encoder(std::int64_t next_id, const Digest& head) : next_id_(next_id), head_(head) {}

  /// The frame of the next observation, whose id is set. Errc::limit where the body is larger than
  /// limits::kFrameBytes: then nothing has changed.
  Result<std::string> frame(Observation& observation);
  /// Hash of the last frame: stands for the whole log so far.
  const Digest& head() const { return head_; }

 private:
  std::int64_t next_id_ = 0;
  Digest head_;
};

/// What a log holds.
struct ReadResult {
  std::vector<Observation> observations;  ///< Of the valid prefix.
  std::size_t valid_bytes = 0;            ///< Length of the valid prefix, header included.
  Digest chain_head{};                    ///< Hash of the prefix's last frame.
  bool truncated = false;                 ///< The last frame, or the header, is not whole: writing was cut short.
  std::optional<Error> damage;            ///< Errc::corrupt: the first frame (number, byte offset) that was altered.
};

/// Reads a log's bytes up to its end, to where it was cut, or to the first byte that is not as it was written.
ReadResult read_log(std::string_view bytes);

/// Appends observations to a log through a function that writes bytes. Safe to use from any thread. The first failure
/// stays: after it nothing more is written or observed.
class LogWriter {
 public:
  /// Writes all of the bytes or fails.
  using Write = std::function<Result<void>(std::string_view)>;
  /// Sees each observation that was appended, id set, in the order of the log. Called while the writer is locked: it
  /// must be quick and must not append.
  using Observer = std::function<void(const Observation&)>;

  /// A new log: writes its header at once.
  explicit LogWriter(Write write, Observer observer = {});
  /// Goes on with a log that ends where the encoder says.
  LogWriter(Write write, Encoder encoder, Observer observer = {});

  /// Appends one observation; its id is given by the log.
  void append(Observation observation);
  /// The first failure, where there was one.
  std::optional<Error> error() const;
  /// Hash of the last frame that was written.
  Digest head() const;
  /// How many observations were written by this writer.
  std::int64_t count() const;

 private:
  mutable std::mutex mutex_;
  Write write_;
  Observer observer_;
  Encoder encoder_;
  std::int64_t count_ = 0;
  std::optional<Error> error_;
};

}  // namespace pl::record
