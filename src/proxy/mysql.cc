#include "proxy/mysql.h"

#include "base/text.h"

#include <algorithm>

namespace pl::proxy {
namespace {

constexpr char kOk = 0x00, kMoreData = '\xfb', kEof = '\xfe', kError = '\xff';
constexpr std::uint64_t kMoreResults = 0x0008, kCursorExists = 0x0040;
constexpr std::size_t kEofBytes = 5;  ///< Of an EOF packet; in the form of an OK packet it is longer.

constexpr std::string_view kNoAttributes{"\x00\x01", 2};  ///< Before a text where the client may send attributes.

void set_number(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> 8 * i & 0xff);
}

/// Takes a "length-encoded integer" off the front; false: it is not there.
bool skip_integer(std::string_view& bytes) {
  if (bytes.empty()) return false;
  const auto first = static_cast<unsigned char>(bytes.front());
  const std::size_t size = first < 0xfb ? 1 : first == 0xfc ? 3 : first == 0xfd ? 4 : first == 0xfe ? 9 : 0;
  if (size == 0 || bytes.size() < size) return false;
  bytes.remove_prefix(size);
  return true;
}

bool is_error(const MySqlHead& packet) {
  // MariaDB's reports of progress look like errors, of this number.
  return packet.payload.starts_with(kError) && !packet.payload.starts_with("\xff\xff\xff");
}

bool is_eof(const MySqlHead& packet) { return packet.payload.starts_with(kEof) && packet.length < kMySqlFullPacket; }

}  // namespace

std::string_view mysql_query_text(std::string_view payload) {
  std::string_view text = payload.substr(1);
  if (text.starts_with(kNoAttributes)) text.remove_prefix(kNoAttributes.size());
  return text.starts_with('\0') || text.starts_with('\1') ? std::string_view() : text;
}

std::optional<MySqlLogin> read_mysql_login(std::string_view payload) {
  using namespace mysql_capability;
  if (payload.size() < kMySqlResponseBytes) return std::nullopt;
  const auto flags = static_cast<std::uint32_t>(mysql_number(payload, 4));
  if ((flags & kProtocol41) == 0 || (flags & (kCompress | kZstd)) != 0) return std::nullopt;
  return MySqlLogin{.tls = (flags & kSsl) != 0,
                    .deprecates_eof = (flags & kDeprecateEof) != 0,
                    .attributes = (flags & kQueryAttributes) != 0};
}

bool opens_mysql_transaction(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const std::string word = lower(text.substr(0, 5));
  return word == "begin" || (word == "start" && lower(text.substr(5)).find("transaction") != std::string::npos);
}

std::uint64_t mysql_number(std::string_view bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

std::string mysql_packet(std::uint8_t sequence, std::string_view payload) {
  std::string packet(kMySqlHeaderBytes, '\0');
  set_number(packet, 0, payload.size(), 3);
  packet[3] = static_cast<char>(sequence);
  return packet.append(payload);
}

std::string mysql_error_packet(std::uint8_t sequence, int code, std::string_view state, std::string_view message) {
  std::string payload(3, kError);
  set_number(payload, 1, static_cast<std::uint64_t>(code), 2);
  if (!state.empty()) payload.append("#").append(state);
  return mysql_packet(sequence, payload.append(message));
}

std::optional<std::string> readable_greeting(std::string_view packet, bool keeps_tls) {
  if (packet.size() <= kMySqlHeaderBytes || packet[kMySqlHeaderBytes] != kMySqlHandshake10) return std::nullopt;
  // Behind the version: a thread's number, 8 bytes of a challenge, a zero, and then capabilities.
  const std::size_t version = packet.find('\0', kMySqlHeaderBytes + 1);
  if (version == packet.npos) return std::nullopt;
  const std::size_t low = version + 1 + 4 + 8 + 1, high = low + 2 + 1 + 2;
  if (packet.size() < low + 2) return std::nullopt;
  const bool whole = packet.size() >= high + 2;
  std::uint64_t flags = mysql_number(packet.substr(low), 2);
  if (whole) flags |= mysql_number(packet.substr(high), 2) << 16;
  flags &= ~std::uint64_t{mysql_capability::kCompress | mysql_capability::kZstd | mysql_capability::kOptionalMetadata};
  if (!keeps_tls) flags &= ~std::uint64_t{mysql_capability::kSsl};
  std::string out(packet);
  set_number(out, low, flags, 2);
  if (whole) set_number(out, high, flags >> 16, 2);
  return out;
}

std::optional<MySqlTypes> find_mysql_types(std::string_view payload, std::uint64_t parameters, bool attributes) {
  // The command, the statement's number, flags, and the number of iterations.
  constexpr std::size_t kFlags = 5, kFixed = 10;
  constexpr int kCountFollows = 0x08;       // PARAMETER_COUNT_AVAILABLE
  constexpr unsigned char kOneByte = 0xfb;  // lengths below it are one byte long
  std::size_t at = kFixed;
  if (payload.size() <= at) return std::nullopt;
  if (attributes && (payload[kFlags] & kCountFollows) != 0) {
    const auto count = static_cast<unsigned char>(payload[at++]);
    if (count >= kOneByte) return std::nullopt;
    parameters = count;
  }
  at += (parameters + 7) / 8;
  if (parameters == 0 || payload.size() <= at) return std::nullopt;
  MySqlTypes types{.flag = at, .end = at + 1, .sent = payload[at] == 1};
  for (std::uint64_t i = 0; types.sent && i < parameters; ++i) {
    types.end += 2;
    if (attributes && payload.size() > types.end) {
      const auto name = static_cast<unsigned char>(payload[types.end]);
      if (name >= kOneByte) return std::nullopt;
      types.end += 1 + name;
    }
    if (payload.size() < types.end) return std::nullopt;
  }
  return types;
}

bool MySqlPackets::next(std::string_view& bytes) {
  if (header_.size() < kMySqlHeaderBytes) {
    const std::size_t taken = std::min(bytes.size(), kMySqlHeaderBytes - header_.size());
    header_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (header_.size() < kMySqlHeaderBytes) return false;
    head_ = {static_cast<std::uint32_t>(mysql_number(header_, 3)), static_cast<std::uint8_t>(header_[3]), {}};
    left_ = head_.length;
    continues_ = std::exchange(full_, head_.length == kMySqlFullPacket);
  }
  const std::size_t taken = std::min<std::size_t>(bytes.size(), left_);
  head_.payload.append(bytes.substr(0, std::min(taken, MySqlHead::kKept - head_.payload.size())));
  bytes.remove_prefix(taken);
  left_ -= static_cast<std::uint32_t>(taken);
  if (left_ > 0) return false;
  header_.clear();
  return true;
}

MySqlAnswer answer_of_mysql_command(std::uint8_t command) {
  using namespace mysql_command;
  switch (command) {
    case kQuit:
    case kSendLongData:
    case kStatementClose:
      return MySqlAnswer::none;
    case kQuery:
    case kProcessInfo:
    case kExecute:
    case kBulkExecute:
      return MySqlAnswer::result;
    case kFieldList:
    case kFetch:
      return MySqlAnswer::rows;
    case kPrepare:
      return MySqlAnswer::prepared;
    case kChangeUser:
      return MySqlAnswer::login;
    case kBinlogDump:
    case kTableDump:
    case kConnectOut:
    case kRegisterSlave:
    case kBinlogDumpGtid:
      return MySqlAnswer::unlimited;
    default:
      return MySqlAnswer::single;
  }
}

bool MySqlAnswerReader::on_status(std::uint64_t flags) {
  status_ = static_cast<std::uint16_t>(flags);
  return (flags & kMoreResults) == 0;
}

bool MySqlAnswerReader::on_ok(std::string_view payload) {
  payload.remove_prefix(1);
  if (!skip_integer(payload) || !skip_integer(payload) || payload.size() < 2) return true;
  return on_status(mysql_number(payload, 2));
}

bool MySqlAnswerReader::on_eof(std::string_view payload) {
  deprecates_eof_ = payload.size() != kEofBytes;
  if (*deprecates_eof_) return on_ok(payload);
  return on_status(mysql_number(payload.substr(3), 2));
}

bool MySqlAnswerReader::next(const MySqlHead& packet) {
  switch (kind_) {
    case MySqlAnswer::login:
      if (packet.payload.starts_with(kOk)) on_ok(packet.payload);
      return packet.payload.starts_with(kOk) || is_error(packet);
    case MySqlAnswer::result:
      return in_rows_ ? rows(packet) : result(packet);
    case MySqlAnswer::rows:
      if (is_eof(packet)) on_eof(packet.payload);
      return is_eof(packet) || is_error(packet);
    case MySqlAnswer::prepared:
      return prepared(packet);
    case MySqlAnswer::single:
      if (packet.payload.starts_with(kOk)) on_ok(packet.payload);
      return true;
    case MySqlAnswer::none:
    case MySqlAnswer::unlimited:
      break;
  }
  return true;
}

bool MySqlAnswerReader::result(const MySqlHead& packet) {
  if (packet.payload.empty() || packet.payload.starts_with("\xff\xff\xff")) return false;
  switch (packet.payload.front()) {
    case kOk:
      return on_ok(packet.payload);
    case kError:
      return true;
    case kMoreData:
      asks_for_file_ = true;
      return false;
    case kEof:
      return false;  // that of the definitions before
    default:
      in_rows_ = true;
      defined_ = false;
      return false;
  }
}

bool MySqlAnswerReader::rows(const MySqlHead& packet) {
  if (is_error(packet)) return true;
  if (!is_eof(packet)) return false;
  const bool last = on_eof(packet.payload);
  const bool rows_follow = !*deprecates_eof_ && !std::exchange(defined_, true) && (*status_ & kCursorExists) == 0;
  if (rows_follow) return false;
  in_rows_ = false;
  return last;
}

bool MySqlAnswerReader::prepared(const MySqlHead& packet) {
  if (is_error(packet)) return true;
  if (!statement_) {
    const std::string_view payload = packet.payload;
    if (payload.size() < 9 || payload.front() != kOk) return true;
    statement_ = static_cast<std::uint32_t>(mysql_number(payload.substr(1), 4));
    columns_ = mysql_number(payload.substr(5), 2);
    statement_parameters_ = parameters_ = mysql_number(payload.substr(7), 2);
    // With optional metadata: whether there is any.
    if (payload.size() > 12 && payload[12] == 0) columns_ = parameters_ = 0;
    return columns_ + parameters_ == 0;
  }
  if (is_eof(packet)) {
    eof_due_ = false;
    deprecates_eof_ = false;
  } else {
    std::uint64_t& left = parameters_ > 0 ? parameters_ : columns_;
    if (left > 0) --left;
    eof_due_ = left == 0 && deprecates_eof_ == false;
  }
  return columns_ + parameters_ == 0 && !eof_due_;
}

}  // namespace pl::proxy
