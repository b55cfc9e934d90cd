#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/http1.h"

struct nghttp2_hd_inflater;

/// HTTP/2 frames without I/O (RFC 9113 section 4) and the compression of their header fields (HPACK, RFC 7541).
namespace pl::wire {

/// What a client says first (RFC 9113 section 3.4).
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Payload of a frame that every peer takes (SETTINGS_MAX_FRAME_SIZE, RFC 9113 section 6.5.2).
inline constexpr std::size_t kHttp2FrameBytes = 16384;
/// Of a connection and of each stream at their beginning (RFC 9113 section 6.9.2).
inline constexpr std::int64_t kHttp2Window = 65535;
inline constexpr std::int64_t kHttp2LargestWindow = 0x7fffffff;  ///< RFC 9113 section 6.9.1.

/// RFC 9113 section 6.
enum class Http2Type : std::uint8_t {
  data,
  headers,
  priority,
  rst_stream,
  settings,
  push_promise,
  ping,
  goaway,
  window_update,
  continuation,
};

/// Flags of frames (RFC 9113 section 6); which of them means something depends on the type.
inline constexpr std::uint8_t kHttp2EndStream = 0x1;
inline constexpr std::uint8_t kHttp2Ack = 0x1;
inline constexpr std::uint8_t kHttp2EndHeaders = 0x4;
inline constexpr std::uint8_t kHttp2Padded = 0x8;
inline constexpr std::uint8_t kHttp2Priority = 0x20;

/// RFC 9113 section 6.5.2.
enum class Http2Setting : std::uint16_t { header_table_size = 1, initial_window_size = 4 };

/// RFC 9113 section 7.
enum class Http2Error : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  refused_stream = 7,
  cancel = 8,
  enhance_your_calm = 11,
};

/// Head of a frame.
struct Http2Frame {
  Http2Type type{};  ///< May be none of those that have a name.
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::uint32_t length = 0;

  bool is(Http2Type other) const { return type == other; }
  bool ends_stream() const { return (is(Http2Type::data) || is(Http2Type::headers)) && (flags & kHttp2EndStream) != 0; }
};

/// Decodes the header blocks of one direction, in their order. A copy goes on from the same state.
class HpackDecoder {
 public:
  HpackDecoder();
  HpackDecoder(const HpackDecoder& other);
  HpackDecoder& operator=(const HpackDecoder& other);
  HpackDecoder(HpackDecoder&&) = default;
  HpackDecoder& operator=(HpackDecoder&&) = default;
  /// The fields of a whole block, pseudo-header fields (":path") among them. False: it breaks RFC 7541, or the fields
  /// are over limits::kHttp2FieldBytes; then nothing can follow.
  bool decode(std::string_view block, HttpHeaders& fields);
  /// The receiver announced such a table (SETTINGS_HEADER_TABLE_SIZE): the sender may use as much, at most
  /// limits::kHttp2TableBytes. A smaller one is for the sender to say in its next block.
  void allow_table(std::size_t bytes);

 private:
  struct Delete {
    void operator()(nghttp2_hd_inflater* inflater) const;
  };
  bool inflate(std::string_view block, HttpHeaders& fields, std::size_t most);

  std::unique_ptr<nghttp2_hd_inflater, Delete> inflater_;
  std::size_t allowed_ = 4096;
};

/// Reads the frames of one direction of a connection from bytes split anywhere: the same frames for any split. After
/// an error it stays in error. A copy goes on from the same place. One owner, one thread.
class Http2Reader {
 public:
  enum class Step {
    more,     ///< The input is used up.
    preface,  ///< The client's preface is over.
    headers,  ///< A header block is whole, with its CONTINUATIONs: fields() and, of PUSH_PROMISE, promised().
    frame,    ///< Another frame is whole: payload().
    part,     ///< Head of a DATA frame, or of one of unknown type, or some of its payload: part(), body().
    error,    ///< Not HTTP/2, or over a limit. Nothing can follow.
  };

  /// `client`: what is read begins with the preface.
  explicit Http2Reader(bool client) : state_(client ? State::preface : State::head) {}

  /// Takes bytes from the front of `input` up to the next event. Call until it returns `more` or `error`.
  Step next(std::string_view& input);

  /// Of the event's frame; of a header block, of its first frame.
  const Http2Frame& frame() const { return frame_; }
  /// All bytes of the event as they came. This and the other views hold until the next call.
  std::string_view raw() const { return raw_; }
  std::string_view payload() const { return payload_; }
  HttpHeaders& fields() { return fields_; }
  std::uint32_t promised() const { return promised_; }
  /// Bytes of this part that are not padding, and all of its payload, which count for flow control.
  std::string_view body() const { return body_; }
  std::size_t counted() const { return counted_; }
  /// This part is the first, the last of its frame.
  bool begins() const { return begins_; }
  bool ends() const { return left_ == 0; }

  /// Bytes that were taken and belong to no event yet.
  std::string_view unsaid() const { return said_ ? std::string_view() : std::string_view(buffer_); }
  /// No byte of a frame has been read since the last event, of which this frame was no part.
  bool between_frames() const { return state_ == State::head && unsaid().empty(); }
  HpackDecoder& decoder() { return decoder_; }

 private:
  enum class State : std::uint8_t { preface, head, whole, parts, failed };

  Step fail_now();
  Step go_on(std::string_view& input);
  bool fill(std::string_view& input, std::size_t size);
  Step on_preface(std::string_view& input);
  Step on_head(std::string_view& input);
  Step on_whole(std::string_view& input);
  Step on_part(std::string_view& input);
  Step on_block();
  bool plausible() const;

  State state_;
  bool first_ = true;  ///< The first frame is still to come.
  bool said_ = false;  ///< buffer_ has been told of.
  bool begins_ = false;
  bool in_block_ = false;  ///< CONTINUATION must follow.
  std::string buffer_;     ///< Bytes of the event that were taken.
  std::size_t start_ = 0;  ///< Of the current frame in it.
  Http2Frame frame_;
  Http2Frame now_;     ///< The frame that is read; another than frame_ within a header block.
  std::string block_;  ///< Header block without what frames it.
  std::uint32_t promised_ = 0;
  HttpHeaders fields_;
  std::string_view raw_, payload_, body_;
  std::size_t counted_ = 0;
  std::size_t left_ = 0;     ///< Of the payload that comes in parts.
  std::size_t padding_ = 0;  ///< How much of that is padding at its end.
  bool pad_length_missing_ = false;
  HpackDecoder decoder_;
};

/// The settings of a SETTINGS frame's payload (RFC 9113 section 6.5.1).
std::vector<std::pair<std::uint16_t, std::uint32_t>> read_http2_settings(std::string_view payload);
/// 31 bits at the beginning of a payload (WINDOW_UPDATE, GOAWAY: RFC 9113 sections 6.9, 6.8); 0 where it is shorter.
std::uint32_t read_http2_number(std::string_view payload);

/// A frame with this payload.
std::string encode_http2_frame(const Http2Frame& head, std::string_view payload);
/// A header block as HEADERS and, where they do not suffice, CONTINUATION frames (RFC 9113 section 6.2); with
/// `promised` as PUSH_PROMISE (section 6.6). All fields are literals that are never indexed (RFC 7541 section 6.2.3),
/// behind a change of the table's size to 0 (section 6.3), which any receiver takes at any time: the receiver's table
/// is empty afterwards, so that no later block may use it. Names become lower case.
std::string encode_http2_headers(std::uint32_t stream, const HttpHeaders& fields, bool end_stream,
                                 std::uint32_t promised = 0);
/// DATA frames, each of kHttp2FrameBytes at most.
std::string encode_http2_data(std::uint32_t stream, std::string_view body, bool end_stream);
std::string encode_http2_reset(std::uint32_t stream, Http2Error error);
/// 0 < increment <= kHttp2LargestWindow.
std::string encode_http2_window(std::uint32_t stream, std::uint32_t increment);
std::string encode_http2_goaway(std::uint32_t last_stream, Http2Error error);

}  // namespace pl::wire
