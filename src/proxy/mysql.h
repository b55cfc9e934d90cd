#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The client/server protocol of MySQL and MariaDB (dev.mysql.com, MySQL Source Code Documentation, "Client/Server
/// Protocol"; mariadb.com/kb, "Client/Server Protocol"): packets, and the parts of them that faults need.
namespace pl::proxy {

inline constexpr std::size_t kMySqlHeaderBytes = 4;
inline constexpr char kMySqlHandshake10 = 10;                ///< The first byte of a greeting's payload.
inline constexpr std::uint32_t kMySqlFullPacket = 0xffffff;  ///< Payload of a packet that the next one continues.

/// First byte of a command's payload ("Command Phase").
namespace mysql_command {
inline constexpr std::uint8_t kQuit = 0x01, kQuery = 0x03, kFieldList = 0x04, kStatistics = 0x09, kProcessInfo = 0x0a,
                              kChangeUser = 0x11, kBinlogDump = 0x12, kTableDump = 0x13, kConnectOut = 0x14,
                              kRegisterSlave = 0x15, kPrepare = 0x16, kExecute = 0x17, kSendLongData = 0x18,
                              kStatementClose = 0x19, kStatementReset = 0x1a, kFetch = 0x1c, kBinlogDumpGtid = 0x1e,
                              kLast = 0x20, kBulkExecute = 0xfa;
}  // namespace mysql_command

/// Capability flags of the handshake.
namespace mysql_capability {
inline constexpr std::uint32_t kCompress = 1u << 5, kProtocol41 = 1u << 9, kSsl = 1u << 11, kDeprecateEof = 1u << 24,
                               kOptionalMetadata = 1u << 25, kZstd = 1u << 26, kQueryAttributes = 1u << 27;
}  // namespace mysql_capability

inline constexpr std::uint16_t kMySqlInTransaction = 0x0001;  ///< SERVER_STATUS_IN_TRANS

/// The fixed part of a program's answer to the greeting ("Protocol::HandshakeResponse41"), which is all of a request
/// for TLS.
inline constexpr std::size_t kMySqlResponseBytes = 32;
struct MySqlLogin {
  bool tls = false;             ///< It asks for TLS, or is within it.
  bool deprecates_eof = false;  ///< OK stands where EOF stood.
  bool attributes = false;      ///< Commands may have attributes.
};
/// Nothing: it is too short, of an older protocol, or what follows is compressed.
std::optional<MySqlLogin> read_mysql_login(std::string_view payload);
/// The text of a COM_QUERY, by its payload; empty: not known.
std::string_view mysql_query_text(std::string_view payload);
/// A statement that begins a transaction, by its text's beginning.
bool opens_mysql_transaction(std::string_view text);
/// Little-endian number of so many bytes; they must be there.
std::uint64_t mysql_number(std::string_view bytes, std::size_t size);

/// A server's greeting ("Protocol::HandshakeV10"), header and all, without compression and optional metadata, and
/// without TLS unless that is ended by the relay (`keeps_tls`), so that what follows can be read; its length stays.
/// Nothing: it is none.
std::optional<std::string> readable_greeting(std::string_view packet, bool keeps_tls);

/// An ERR packet ("ERR_Packet"). `state`: five characters; empty: left out, as before the handshake.
std::string mysql_error_packet(std::uint8_t sequence, int code, std::string_view state, std::string_view message);
/// A packet of a payload shorter than kMySqlFullPacket.
std::string mysql_packet(std::uint8_t sequence, std::string_view payload);

/// Where a COM_STMT_EXECUTE has the types of its parameters ("new_params_bind_flag"). A client sends them once; later
/// executions go by what the server has kept.
struct MySqlTypes {
  std::size_t flag = 0;  ///< Place of the flag in the payload.
  std::size_t end = 0;   ///< Behind the types, or behind the flag where it is 0.
  bool sent = false;
};
/// `parameters`: of the statement; `attributes`: the client may send kQueryAttributes. Nothing: there are none, or they
/// are not all in what was read.
std::optional<MySqlTypes> find_mysql_types(std::string_view payload, std::uint64_t parameters, bool attributes);

/// A packet of a server, as far as it was read.
struct MySqlHead {
  std::uint32_t length = 0;  ///< Of the payload.
  std::uint8_t sequence = 0;
  std::string payload;  ///< Its beginning: all of it, or kKept bytes.
  static constexpr std::size_t kKept = 32;
};

/// Cuts a way into packets, in any pieces.
class MySqlPackets {
 public:
  /// Takes bytes off the front, up to the end of a packet: true. False: all were taken.
  bool next(std::string_view& bytes);
  const MySqlHead& head() const { return head_; }
  /// The packet continues the one before.
  bool continues() const { return continues_; }
  bool at_start() const { return header_.empty(); }
  /// And the next packet does not continue the last.
  bool between() const { return at_start() && !full_; }

 private:
  MySqlHead head_;
  std::string header_;
  std::uint32_t left_ = 0;
  bool continues_ = false, full_ = false;
};

/// What kind of answer a command gets.
enum class MySqlAnswer : std::uint8_t {
  none,
  single,     ///< One packet.
  login,      ///< Until OK or ERR.
  result,     ///< OK, ERR, a request for a file, or rows.
  prepared,   ///< A statement's number, and definitions.
  rows,       ///< Definitions or rows, until EOF.
  unlimited,  ///< No such thing: the connection becomes something else.
};
MySqlAnswer answer_of_mysql_command(std::uint8_t command);

/// Finds the end of one answer.
class MySqlAnswerReader {
 public:
  /// `deprecates_eof`: lists of definitions have no EOF packet behind them; nothing: not known.
  explicit MySqlAnswerReader(MySqlAnswer kind, std::optional<bool> deprecates_eof = std::nullopt)
      : kind_(kind), deprecates_eof_(deprecates_eof) {}
  /// One more packet of it. True: it was the last.
  bool next(const MySqlHead& packet);
  /// The status flags that it told last; nothing: none.
  std::optional<std::uint16_t> status() const { return status_; }
  /// The number of a statement that was prepared.
  std::optional<std::uint32_t> statement() const { return statement_; }
  /// And how many parameters it has.
  std::uint64_t statement_parameters() const { return statement_parameters_; }
  std::optional<bool> deprecates_eof() const { return deprecates_eof_; }
  /// The server has begun to wait for a file from the program, and answers then. True once.
  bool take_file_request() { return std::exchange(asks_for_file_, false); }

 private:
  bool result(const MySqlHead& packet);
  bool rows(const MySqlHead& packet);
  bool prepared(const MySqlHead& packet);
  /// Reads the status flags. True: no further result follows.
  bool on_ok(std::string_view payload);
  bool on_eof(std::string_view payload);
  bool on_status(std::uint64_t flags);

  MySqlAnswer kind_;
  std::optional<bool> deprecates_eof_;
  std::optional<std::uint16_t> status_;
  std::optional<std::uint32_t> statement_;
  bool in_rows_ = false, defined_ = false, asks_for_file_ = false;
  std::uint64_t statement_parameters_ = 0;
  std::uint64_t parameters_ = 0, columns_ = 0;  ///< Of a statement that was prepared: definitions still to come.
  bool eof_due_ = false;                        ///< And the EOF packet behind them.
};

}  // namespace pl::proxy
