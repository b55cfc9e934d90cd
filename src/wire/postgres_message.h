#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Messages of PostgreSQL's protocol 3 as they stand on the wire (PostgreSQL 15 documentation, 55.7 "Message Formats"),
/// for those who read and write single ones.
namespace pl::wire {

inline constexpr std::size_t kPgHeadBytes = 5;  ///< A message's type and length.

/// The beginning of a message: a type byte and the length of what follows.
struct PgHead {
  char type = 0;
  std::uint64_t size = 0;  ///< Of the whole message, the type byte included.
};

/// Whether a message of that side may begin with this byte.
bool pg_knows(char type, bool from_program);
/// Reads a head of at least kPgHeadBytes bytes. Nothing where the type is unknown for that side, or the length is less
/// than its own four bytes or more than 1 GiB, which is the server's own bound.
std::optional<PgHead> pg_head(std::string_view bytes, bool from_program);

/// What a start-up packet says: a length and a code (55.7 StartupMessage, SSLRequest, GSSENCRequest, CancelRequest).
struct PgStartUp {
  enum class Kind : std::uint8_t { log_in, encrypt, other };
  Kind kind = Kind::other;  ///< `other`: a cancel request, another version, or another protocol.
  std::size_t size = 0;
};
inline constexpr std::size_t kPgStartUpHeadBytes = 8;
/// Reads the beginning of a start-up packet, kPgStartUpHeadBytes at least.
PgStartUp pg_start_up(std::string_view bytes);

/// Takes a text that ends with NUL off the front; one without NUL is all there is.
std::string_view pg_take_text(std::string_view& bytes);

std::string pg_message(char type, std::string_view body);
std::string pg_query(std::string_view text);
std::string pg_ready(char transaction);
/// ErrorResponse with severity, SQLSTATE and message (55.8 "Error and Notice Message Fields").
std::string pg_error(bool fatal, std::string_view sqlstate, std::string_view message);
/// The SQLSTATE of an ErrorResponse that begins so; empty: it is not there.
std::string_view pg_sqlstate(std::string_view message);

/// What a statement does to the transaction it is in, by its first words.
enum class PgVerb : std::uint8_t {
  none,
  begin,
  commit,       ///< COMMIT, END, PREPARE TRANSACTION.
  rollback,     ///< ROLLBACK, ABORT.
  rollback_to,  ///< ROLLBACK TO a savepoint: a failed transaction goes on.
};
PgVerb pg_verb(std::string_view statement);
/// What a statement does about prepared ones.
struct PgPrepared {
  enum class Kind : std::uint8_t {
    none,
    prepare,     ///< `text` gets a name.
    execute,     ///< EXECUTE, or EXPLAIN ANALYZE EXECUTE.
    deallocate,  ///< An empty name: all of them.
  };
  Kind kind = Kind::none;
  std::string name{};
  std::string_view text{};
};
PgPrepared pg_prepared(std::string_view statement);
/// The first word of a statement, in capitals; empty where it has none.
std::string pg_first_word(std::string_view statement);

}  // namespace pl::wire
