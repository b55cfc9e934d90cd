#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// HTTP/1.1 messages without I/O (RFC 9112, fields by RFC 9110 section 5).
namespace pl::wire {

/// A header field; the name as it was written, the value without white space around it.
struct HttpHeader {
  std::string name;
  std::string value;
};
using HttpHeaders = std::vector<HttpHeader>;

/// The status of an answer behind which another protocol is spoken (RFC 9110 section 15.2.2).
inline constexpr int kHttpSwitching = 101;

/// ASCII letters compared without case.
bool equal_ignoring_case(std::string_view a, std::string_view b);
/// The first field of that name (any case), or nullptr.
const std::string* find_header(const HttpHeaders& headers, std::string_view name);
/// Whether a comma-separated field of that name holds the token, any case.
bool header_has_token(const HttpHeaders& headers, std::string_view name, std::string_view token);

/// Start line and fields of one message: method and target of a request, status and reason of a response.
struct HttpHead {
  std::string method;
  std::string target;  ///< As on the wire: "/path?query".
  int status = 0;
  std::string reason;
  int minor = 1;  ///< HTTP/1.minor.
  HttpHeaders headers;

  const std::string* find(std::string_view name) const { return find_header(headers, name); }
  /// Value of the field, or empty.
  std::string_view value(std::string_view name) const;
};

/// Reads the messages of one direction of a connection, one after the other, from bytes split anywhere. Yields the same
/// heads, the same bodies and the same ends for any split; body bytes are handed out as they come, without a copy.
/// After an error it stays in error. One owner, one thread.
class Http1Parser {
 public:
  enum class Role { request, response };
  /// Which fields of a head are kept.
  enum class Keeps {
    all,
    framing,  ///< Those that say where the message ends. Nothing else is kept of a head but method and status; of other
              ///< fields nothing is read, not even whether they are in order.
  };
  enum class Step {
    more,   ///< The input is used up.
    head,   ///< head() is whole. A response below 200 (but 101) is a message of its own: its `end` follows at once.
    body,   ///< body() holds some bytes of the body.
    end,    ///< The message is whole; trailers() and keep_alive() are valid until the next head.
    error,  ///< Not HTTP, or over a limit: error() says why. Nothing can follow.
  };

  explicit Http1Parser(Role role, Keeps keeps = Keeps::all) : role_(role), keeps_(keeps) {}

  /// Takes bytes from the front of `input` up to the next event. Call until it returns `more` or `error`.
  Step next(std::string_view& input);
  /// The peer sent FIN: `end` where that ends a body, `more` between messages, else `error`.
  Step finish();
  /// The next response answers HEAD: it has no body whatever its fields say. Call before its first byte is fed.
  void next_has_no_body() { headless_body_ = true; }

  const HttpHead& head() const { return head_; }
  /// Points into the input of the last call of next().
  std::string_view body() const { return body_; }
  const HttpHeaders& trailers() const { return trailers_; }
  /// Why it is in error; one line, without quoting more than 40 bytes of the input.
  const std::string& error() const { return error_; }
  /// The status a server should answer the error with: 400, 431, 501 or 505.
  int error_status() const { return error_status_; }
  /// Whether the connection can carry another message after this one (RFC 9112 section 9.3), where all is kept.
  bool keep_alive() const { return keep_alive_; }
  /// No byte of a message has been read since the last end.
  bool idle() const { return state_ == State::start && (line_taken_ || line_.empty()) && head_bytes_ == 0; }
  /// Whether the message has a body that is not known to be empty; valid from `head` on.
  bool has_body() const { return state_ != State::ended; }

 private:
  enum class State { start, fields, counted, chunk_size, chunk_data, chunk_end, trailers, until_close, ended, failed };

  Step fail_with(int status, std::string why);
  /// Takes one line without its end into `line`; false when the input holds none yet or the limit was reached.
  bool take_line(std::string_view& input, std::string_view& line);
  void skip_fields(std::string_view& input);
  Step on_line(std::string_view line);
  Step on_start_line(std::string_view line);
  Step on_request_line(std::string_view line);
  Step on_status_line(std::string_view line);
  Step on_field(std::string_view line, HttpHeaders& into);
  Step on_head_end();
  Step decide_body();
  Step on_transfer_encoding(std::string_view coding);
  Step on_content_length();
  Step on_chunk_size(std::string_view line);
  Step take_body(std::string_view& input);
  void begin_message();

  Role role_;
  Keeps keeps_;
  State state_ = State::start;
  HttpHead head_;
  HttpHeaders trailers_;
  std::string_view body_;
  std::string line_;  ///< Start of a line whose end has not come yet.
  bool line_taken_ = false;
  bool field_kept_ = false;  ///< The last one of the head was.
  std::size_t head_bytes_ = 0;
  std::uint64_t remaining_ = 0;  ///< Bytes left of the body or of the chunk.
  bool headless_body_ = false;
  bool keep_alive_ = true;
  std::string error_;
  int error_status_ = 400;
};

/// Start line and fields of a request, with the empty line; target, names and values must hold no control characters,
/// which are dropped. `minor`: HTTP/1.minor.
std::string encode_request_head(std::string_view method, std::string_view target, const HttpHeaders& headers,
                                int minor = 1);
/// The same of a response; an empty reason becomes the usual one of the status.
std::string encode_response_head(int status, std::string_view reason, const HttpHeaders& headers);
/// One chunk of a chunked body; empty for empty bytes, which would end the body.
std::string encode_chunk(std::string_view bytes);
/// The end of a chunked body that has trailers.
std::string encode_last_chunk(const HttpHeaders& trailers);
/// The end of a chunked body.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
/// The usual reason of a status, or "Unknown".
std::string_view usual_reason(int status);

}  // namespace pl::wire
