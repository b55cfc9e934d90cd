#include "wire/http2.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>

#include "base/assert.h"
#include "base/limits.h"
#include "base/text.h"

namespace pl::wire {
namespace {

using Step = Http2Reader::Step;

constexpr std::size_t kHeadBytes = 9;  ///< RFC 9113 section 4.1.
constexpr std::size_t kPriorityBytes = 5;
constexpr std::size_t kSettingBytes = 6;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | byte_at(bytes, at + i);
  return number;
}

void append_number(std::string& out, std::uint32_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

std::string number_of(std::uint32_t number) {
  std::string out;
  append_number(out, number, 4);
  return out;
}

/// RFC 7541 section 5.2, without Huffman coding; the length is an integer with a prefix of 7 bits (section 5.1).
void append_text(std::string& out, std::string_view text) {
  constexpr std::size_t kPrefix = 0x7f;
  out += static_cast<char>(std::min(text.size(), kPrefix));
  if (text.size() >= kPrefix) {
    std::size_t rest = text.size() - kPrefix;
    for (; rest >= 0x80; rest >>= 7) out += static_cast<char>(rest | 0x80);
    out += static_cast<char>(rest);
  }
  out += text;
}

std::string encode_block(const HttpHeaders& fields) {
  constexpr char kTableOfNothing = 0x20;
  constexpr char kNeverIndexed = 0x10;
  std::string out(1, kTableOfNothing);
  for (const auto& [name, value] : fields) {
    out += kNeverIndexed;
    append_text(out, lower(name));
    append_text(out, value);
  }
  return out;
}

nghttp2_hd_inflater* new_inflater() {
  nghttp2_hd_inflater* made = nullptr;
  PL_ASSERT(nghttp2_hd_inflate_new(&made) == 0);
  return made;
}

bool is_whole_type(Http2Type type) { return type >= Http2Type::headers && type <= Http2Type::continuation; }

}  // namespace

void HpackDecoder::Delete::operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }

HpackDecoder::HpackDecoder() : inflater_(new_inflater()) {}

/// The library copies none, but tells its table: a block that makes the same one is decoded.
HpackDecoder::HpackDecoder(const HpackDecoder& other) : inflater_(new_inflater()) {
  constexpr std::size_t kStatic = 61;  // RFC 7541 appendix A
  constexpr std::size_t kPrefix = 0x1f;
  allow_table(other.allowed_);
  std::string block(1, '\x20');
  std::size_t size = nghttp2_hd_inflate_get_max_dynamic_table_size(other.inflater_.get());
  block.back() = static_cast<char>(0x20 | std::min(size, kPrefix));
  if (size >= kPrefix) {
    for (size -= kPrefix; size >= 0x80; size >>= 7) block += static_cast<char>(size | 0x80);
    block += static_cast<char>(size);
  }
  // The newest entry has the smallest index.
  for (std::size_t at = nghttp2_hd_inflate_get_num_table_entries(other.inflater_.get()); at > kStatic; --at) {
    const nghttp2_nv* entry = nghttp2_hd_inflate_get_table_entry(other.inflater_.get(), at);
    block += '\x40';
    append_text(block, {reinterpret_cast<const char*>(entry->name), entry->namelen});
    append_text(block, {reinterpret_cast<const char*>(entry->value), entry->valuelen});
  }
  HttpHeaders ignored;
  PL_ASSERT(inflate(block, ignored, 2 * limits::kHttp2TableBytes));
}

HpackDecoder& HpackDecoder::operator=(const HpackDecoder& other) {
  if (this != &other) *this = HpackDecoder(other);
  return *this;
}

bool HpackDecoder::decode(std::string_view block, HttpHeaders& fields) {
  return inflate(block, fields, limits::kHttp2FieldBytes);
}

bool HpackDecoder::inflate(std::string_view block, HttpHeaders& fields, std::size_t most) {
  std::size_t size = 0;
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const ssize_t taken = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags,
                                                 reinterpret_cast<const std::uint8_t*>(block.data()), block.size(), 1);
    if (taken < 0) return false;
    block.remove_prefix(static_cast<std::size_t>(taken));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      size += field.namelen + field.valuelen;
      if (size > most) return false;
      fields.push_back({{reinterpret_cast<const char*>(field.name), field.namelen},
                        {reinterpret_cast<const char*>(field.value), field.valuelen}});
      continue;
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    if (block.empty()) return false;
  }
  return nghttp2_hd_inflate_end_headers(inflater_.get()) == 0;
}

void HpackDecoder::allow_table(std::size_t bytes) {
  bytes = std::min(bytes, limits::kHttp2TableBytes);
  if (bytes <= allowed_) return;
  allowed_ = bytes;
  nghttp2_hd_inflate_change_table_size(inflater_.get(), bytes);
}

Step Http2Reader::fail_now() {
  state_ = State::failed;
  return Step::error;
}

/// Fills the buffer up to so many bytes of the current frame.
bool Http2Reader::fill(std::string_view& input, std::size_t size) {
  const std::size_t have = buffer_.size() - start_;
  const std::size_t taken = std::min(input.size(), size - have);
  buffer_ += input.substr(0, taken);
  input.remove_prefix(taken);
  return have + taken == size;
}

Step Http2Reader::next(std::string_view& input) {
  if (said_) {
    buffer_.clear();
    start_ = 0;
    said_ = false;
  }
  begins_ = false;
  // A frame that does not end its header block is no event.
  Step step;
  do step = go_on(input);
  while (step == Step::more && !input.empty());
  return step;
}

Step Http2Reader::go_on(std::string_view& input) {
  switch (state_) {
    case State::preface:
      return on_preface(input);
    case State::head:
      return on_head(input);
    case State::whole:
      return on_whole(input);
    case State::parts:
      return on_part(input);
    case State::failed:
      break;
  }
  return Step::error;
}

Step Http2Reader::on_preface(std::string_view& input) {
  const bool whole = fill(input, kHttp2Preface.size());
  if (!kHttp2Preface.starts_with(buffer_)) return fail_now();
  if (!whole) return Step::more;
  raw_ = buffer_;
  said_ = true;
  state_ = State::head;
  return Step::preface;
}

/// What RFC 9113 says of frames' heads, as far as another protocol, or a broken one, is told by it.
bool Http2Reader::plausible() const {
  const bool of_connection = now_.stream == 0;
  if (in_block_) return now_.is(Http2Type::continuation) && now_.stream == frame_.stream;
  if (first_ && (!now_.is(Http2Type::settings) || (now_.flags & kHttp2Ack) != 0)) return false;
  switch (now_.type) {
    case Http2Type::data:
    case Http2Type::headers:
    case Http2Type::push_promise:
      return !of_connection;
    case Http2Type::priority:
      return !of_connection && now_.length == kPriorityBytes;
    case Http2Type::rst_stream:
      return !of_connection && now_.length == 4;
    case Http2Type::settings:
      return of_connection && now_.length % kSettingBytes == 0;
    case Http2Type::ping:
      return of_connection && now_.length == 8;
    case Http2Type::goaway:
      return of_connection && now_.length >= 8;
    case Http2Type::window_update:
      return now_.length == 4;
    case Http2Type::continuation:
      return false;
  }
  return true;  // of unknown type, which may be anything (section 5.5)
}

Step Http2Reader::on_head(std::string_view& input) {
  const bool whole = fill(input, kHeadBytes);
  // The peer's first frame is told from another protocol's words before it is whole.
  const std::string_view head = std::string_view(buffer_).substr(start_);
  if (first_ && !head.empty() && head.front() != '\0') return fail_now();
  if (!whole) return Step::more;
  now_ = {.type = static_cast<Http2Type>(byte_at(head, 3)),
          .flags = byte_at(head, 4),
          .stream = number_at(head, 5, 4) & 0x7fffffff,
          .length = number_at(head, 0, 3)};
  if (!plausible()) return fail_now();
  first_ = false;
  if (!in_block_) frame_ = now_;
  if (is_whole_type(now_.type)) {
    if (buffer_.size() + now_.length > limits::kHttp2BlockBytes) return fail_now();
    state_ = State::whole;
    return on_whole(input);
  }
  left_ = now_.length;
  padding_ = 0;
  pad_length_missing_ = now_.is(Http2Type::data) && (now_.flags & kHttp2Padded) != 0;
  if (pad_length_missing_ && left_ == 0) return fail_now();
  raw_ = buffer_;
  body_ = {};
  counted_ = 0;
  begins_ = said_ = true;
  state_ = left_ > 0 ? State::parts : State::head;
  return Step::part;
}

Step Http2Reader::on_part(std::string_view& input) {
  if (input.empty()) return Step::more;
  raw_ = input.substr(0, std::min(input.size(), left_));
  body_ = raw_;
  if (pad_length_missing_) {
    padding_ = byte_at(raw_, 0);
    if (padding_ >= left_) return fail_now();
    pad_length_missing_ = false;
    body_.remove_prefix(1);
  }
  counted_ = raw_.size();
  input.remove_prefix(raw_.size());
  left_ -= raw_.size();
  if (left_ < padding_) body_.remove_suffix(std::min(body_.size(), padding_ - left_));
  if (left_ == 0) state_ = State::head;
  return Step::part;
}

Step Http2Reader::on_whole(std::string_view& input) {
  if (!fill(input, kHeadBytes + now_.length)) return Step::more;
  state_ = State::head;
  payload_ = std::string_view(buffer_).substr(start_ + kHeadBytes);
  const bool of_block =
      now_.is(Http2Type::headers) || now_.is(Http2Type::push_promise) || now_.is(Http2Type::continuation);
  if (of_block) return on_block();
  raw_ = buffer_;
  said_ = true;
  return Step::frame;
}

Step Http2Reader::on_block() {
  std::string_view fragment = payload_;
  std::size_t padding = 0;
  const bool padded = !now_.is(Http2Type::continuation) && (now_.flags & kHttp2Padded) != 0;
  const bool prioritised = now_.is(Http2Type::headers) && (now_.flags & kHttp2Priority) != 0;
  const std::size_t before = now_.is(Http2Type::push_promise) ? 4 : prioritised ? kPriorityBytes : 0;
  if (padded && fragment.empty()) return fail_now();
  if (padded) {
    padding = byte_at(fragment, 0);
    fragment.remove_prefix(1);
  }
  if (fragment.size() < before + padding) return fail_now();
  if (now_.is(Http2Type::push_promise)) promised_ = read_http2_number(fragment);
  block_ += fragment.substr(before, fragment.size() - before - padding);
  if ((now_.flags & kHttp2EndHeaders) == 0) {
    in_block_ = true;
    start_ = buffer_.size();
    return Step::more;
  }
  in_block_ = false;
  fields_.clear();
  const bool decoded = decoder_.decode(block_, fields_);
  block_.clear();
  if (!decoded) return fail_now();
  raw_ = buffer_;
  said_ = true;
  return Step::headers;
}

std::vector<std::pair<std::uint16_t, std::uint32_t>> read_http2_settings(std::string_view payload) {
  std::vector<std::pair<std::uint16_t, std::uint32_t>> settings;
  for (; payload.size() >= kSettingBytes; payload.remove_prefix(kSettingBytes)) {
    settings.emplace_back(static_cast<std::uint16_t>(number_at(payload, 0, 2)), number_at(payload, 2, 4));
  }
  return settings;
}

std::uint32_t read_http2_number(std::string_view payload) {
  return payload.size() < 4 ? 0 : number_at(payload, 0, 4) & 0x7fffffff;
}

std::string encode_http2_frame(const Http2Frame& head, std::string_view payload) {
  std::string out;
  append_number(out, static_cast<std::uint32_t>(payload.size()), 3);
  out += static_cast<char>(head.type);
  out += static_cast<char>(head.flags);
  append_number(out, head.stream, 4);
  return out += payload;
}

std::string encode_http2_headers(std::uint32_t stream, const HttpHeaders& fields, bool end_stream,
                                 std::uint32_t promised) {
  std::string payload = promised ? number_of(promised) : std::string();
  payload += encode_block(fields);
  std::string out;
  for (std::size_t at = 0; at == 0 || at < payload.size(); at += kHttp2FrameBytes) {
    Http2Frame head{.type = Http2Type::continuation, .stream = stream};
    if (at == 0) head.type = promised ? Http2Type::push_promise : Http2Type::headers;
    if (at == 0 && end_stream && !promised) head.flags |= kHttp2EndStream;
    if (payload.size() - at <= kHttp2FrameBytes) head.flags |= kHttp2EndHeaders;
    out += encode_http2_frame(head, std::string_view(payload).substr(at, kHttp2FrameBytes));
  }
  return out;
}

std::string encode_http2_data(std::uint32_t stream, std::string_view body, bool end_stream) {
  std::string out;
  do {
    const std::string_view piece = body.substr(0, kHttp2FrameBytes);
    body.remove_prefix(piece.size());
    const std::uint8_t flags = end_stream && body.empty() ? kHttp2EndStream : 0;
    out += encode_http2_frame({.type = Http2Type::data, .flags = flags, .stream = stream}, piece);
  } while (!body.empty());
  return out;
}

std::string encode_http2_reset(std::uint32_t stream, Http2Error error) {
  return encode_http2_frame({.type = Http2Type::rst_stream, .stream = stream},
                            number_of(static_cast<std::uint32_t>(error)));
}

std::string encode_http2_window(std::uint32_t stream, std::uint32_t increment) {
  return encode_http2_frame({.type = Http2Type::window_update, .stream = stream}, number_of(increment));
}

std::string encode_http2_goaway(std::uint32_t last_stream, Http2Error error) {
  return encode_http2_frame({.type = Http2Type::goaway},
                            number_of(last_stream) + number_of(static_cast<std::uint32_t>(error)));
}

}  // namespace pl::wire
