#include "record/log.h"

#include <fmt/format.h>

#include "base/limits.h"

namespace pl::record {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kHashBytes = std::tuple_size_v<Digest>;
constexpr int kSources = static_cast<int>(Source::data) + 1;

std::string length_bytes(std::size_t length) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>((length >> shift) & 0xff);
  return text;
}

std::size_t read_length(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return length;
}

/// Length of the JSON object at the start of the text, or npos where it has no end there. Quoting and nesting are all
/// that is looked at: the object of a frame that was cut never ends, that of a frame with a false length does.
std::size_t object_length(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i + 1;
    if (depth == 0) return 0;
  }
  return std::string_view::npos;
}

/// Whether the rest of a log, too short for the frame that it begins with, is what an interrupted writer leaves.
bool cut_short(std::string_view rest) {
  if (rest.size() < kLengthBytes) return true;
  const std::size_t length = read_length(rest);
  if (length > limits::kFrameBytes) return false;
  const std::string_view body = rest.substr(kLengthBytes, length);
  const std::size_t end = object_length(body);
  return body.size() < length ? end == std::string_view::npos : end == length;
}

std::optional<Observation> read_body(std::string_view body, std::int64_t id) {
  Result<Json> json = Json::parse(body);
  if (!json || !json->is_object()) return std::nullopt;
  const std::string& source = (*json)["source"].as_string();
  for (int i = 0; i < kSources; ++i) {
    if (source != source_name(static_cast<Source>(i))) continue;
    return Observation{id, (*json)["at"].as_int(), static_cast<Source>(i), (*json)["kind"].as_string(),
                       (*json)["payload"]};
  }
  return std::nullopt;
}

Error damage_at(std::int64_t number, std::size_t offset, std::string_view what) {
  return Error{Errc::corrupt, fmt::format("frame {} at byte offset {}: {}", number, offset, what)};
}

/// Reads the frame at the end of the valid prefix; false where the log ends or nothing more can be trusted.
bool read_frame(std::string_view bytes, ReadResult& result) {
  const std::size_t offset = result.valid_bytes;
  const std::string_view rest = bytes.substr(offset);
  if (rest.empty()) return false;
  const auto number = static_cast<std::int64_t>(result.observations.size());
  const std::size_t length = rest.size() < kLengthBytes ? 0 : read_length(rest);
  if (rest.size() < kLengthBytes + length + kHashBytes) {
    result.truncated = cut_short(rest);
    if (!result.truncated) result.damage = damage_at(number, offset, "its length is not what was written");
    return false;
  }
  const std::string_view body = rest.substr(kLengthBytes, length);
  const Digest hash = sha256(as_text(result.chain_head), body);
  if (length > limits::kFrameBytes || rest.substr(kLengthBytes + length, kHashBytes) != as_text(hash)) {
    result.damage = damage_at(number, offset,
                              fmt::format("its {} bytes are not what was written: the hash chain "
                                          "breaks here",
                                          kLengthBytes + length + kHashBytes));
    return false;
  }
  std::optional<Observation> observation = read_body(body, number);
  if (!observation) {
    result.damage = damage_at(number, offset, "its body is not an observation");
    return false;
  }
  result.observations.push_back(std::move(*observation));
  result.chain_head = hash;
  result.valid_bytes = offset + kLengthBytes + length + kHashBytes;
  return true;
}

}  // namespace

Encoder::Encoder() : head_(sha256(kLogHeader)) {}

Result<std::string> Encoder::frame(Observation& observation) {
  const std::string body = fmt::format(R"({{"at":{},"source":{},"kind":{},"payload":{}}})", observation.at,
                                       json_quote(source_name(observation.source)), json_quote(observation.kind),
                                       observation.payload.dump());
  if (body.size() > limits::kFrameBytes) {
    return fail(Errc::limit, fmt::format("an observation of kind {} has {} bytes; at most {} fit into a frame",
                                         observation.kind, body.size(), limits::kFrameBytes));
  }
  observation.id = next_id_++;
  head_ = sha256(as_text(head_), body);
  return length_bytes(body.size()).append(body).append(as_text(head_));
}

ReadResult read_log(std::string_view bytes) {
  ReadResult result;
  const std::string_view header = bytes.substr(0, kLogHeader.size());
  if (header != kLogHeader.substr(0, header.size())) {
    result.damage = Error{Errc::corrupt, "header at byte offset 0: this is no run log of format 1"};
    return result;
  }
  result.chain_head = sha256(kLogHeader);
  if (header.size() < kLogHeader.size()) {
    result.truncated = true;
    return result;
  }
  result.valid_bytes = header.size();
  while (read_frame(bytes, result)) {
  }
  return result;
}

LogWriter::LogWriter(Write write, Observer observer) : write_(std::move(write)), observer_(std::move(observer)) {
  if (Result<void> done = write_(kLogHeader); !done) error_ = std::move(done).error();
}

LogWriter::LogWriter(Write write, Encoder encoder, Observer observer)
    : write_(std::move(write)), observer_(std::move(observer)), encoder_(encoder) {}

void LogWriter::append(Observation observation) {
  const std::lock_guard lock(mutex_);
  if (error_) return;
  Encoder next = encoder_;
  Result<std::string> frame = next.frame(observation);
  if (!frame) {
    error_ = std::move(frame).error();
    return;
  }
  if (Result<void> done = write_(*frame); !done) {
    error_ = std::move(done).error();
    return;
  }
  encoder_ = next;
  ++count_;
  if (observer_) observer_(observation);
}

std::optional<Error> LogWriter::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

Digest LogWriter::head() const {
  const std::lock_guard lock(mutex_);
  return encoder_.head();
}

std::int64_t LogWriter::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

}  // namespace pl::record
