#include "wire/postgres_message.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/text.h"
#include "wire/sql_read_only.h"
#include "wire/sql_tokens.h"

namespace pl::wire {
namespace {

using Token = SqlToken;

constexpr std::string_view kProgramTypes = "QPBEDCSHFdcfpX";
constexpr std::string_view kServerTypes = "RSKZTDCIENA123sntGHdcVv";  ///< CopyBoth (W) is a replication's.
constexpr std::uint32_t kMessageMost = 1u << 30;
constexpr std::uint32_t kStartUpMost = 10'000;  ///< MAX_STARTUP_PACKET_LENGTH of the server.
constexpr std::uint32_t kTls = 80'877'103, kGss = 80'877'104;
constexpr std::size_t kFirstBytes = 256;  ///< Of a statement, that its first words are looked for in.

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return number;
}

std::string number(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// The first tokens of a statement; empty statements before it are passed over.
std::vector<Token> first_tokens(std::string_view statement) {
  std::vector<Token> tokens;
  sql_tokens(statement.substr(0, kFirstBytes), tokens);  // cut or not: what stands before the cut is good
  const auto begins = std::ranges::find_if(tokens, [](const Token& one) { return !one.is(";"); });
  tokens.erase(tokens.begin(), begins);
  return tokens;
}

std::string word_at(const std::vector<Token>& tokens, std::size_t i) {
  return i < tokens.size() && tokens[i].kind == Token::Kind::word ? lower(tokens[i].text) : std::string();
}

constexpr std::string_view kOfTransactions[] = {"begin", "start", "commit", "end", "prepare", "abort", "rollback"};
constexpr std::string_view kOfPrepared[] = {"prepare", "execute", "deallocate", "explain"};

/// Whether a statement may begin with one of these words: most do not, and need no closer look.
bool may_begin_with(std::span<const std::string_view> words, std::string_view statement) {
  statement.remove_prefix(std::min(statement.find_first_not_of(" \t\r\n"), statement.size()));
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto end = std::ranges::find_if_not(statement, is_letter);
  const std::string_view word(statement.begin(), end);
  if (word.empty()) return true;  // a comment, say
  return std::ranges::any_of(words, [&](std::string_view one) {
    return std::ranges::equal(one, word, [](char a, char b) { return a == (b | 0x20); });
  });
}

void add_field(std::string& body, char type, std::string_view value) {
  body += type;
  body += value.substr(0, value.find('\0'));
  body += '\0';
}

}  // namespace

bool pg_knows(char type, bool from_program) {
  return (from_program ? kProgramTypes : kServerTypes).find(type) != std::string_view::npos;
}

std::optional<PgHead> pg_head(std::string_view bytes, bool from_program) {
  const std::uint32_t length = number_at(bytes, 1);
  if (!pg_knows(bytes[0], from_program) || length < 4 || length > kMessageMost) return std::nullopt;
  return PgHead{bytes[0], std::uint64_t{length} + 1};
}

PgStartUp pg_start_up(std::string_view bytes) {
  const std::uint32_t length = number_at(bytes, 0), code = number_at(bytes, 4);
  if (length == kPgStartUpHeadBytes && (code == kTls || code == kGss)) return {PgStartUp::Kind::encrypt, length};
  if (code >> 16 != 3 || length < kPgStartUpHeadBytes || length > kStartUpMost) return {};
  return {PgStartUp::Kind::log_in, length};
}

std::string_view pg_take_text(std::string_view& bytes) {
  const std::string_view text = bytes.substr(0, bytes.find('\0'));
  bytes.remove_prefix(std::min(text.size() + 1, bytes.size()));
  return text;
}

std::string pg_message(char type, std::string_view body) {
  std::string message(1, type);
  message += number(static_cast<std::uint32_t>(body.size()) + 4);
  return message += body;
}

std::string pg_query(std::string_view text) { return pg_message('Q', std::string(text) + '\0'); }

std::string pg_ready(char transaction) { return pg_message('Z', std::string_view(&transaction, 1)); }

std::string pg_error(bool fatal, std::string_view sqlstate, std::string_view message) {
  std::string body;
  add_field(body, 'S', fatal ? "FATAL" : "ERROR");
  add_field(body, 'V', fatal ? "FATAL" : "ERROR");
  add_field(body, 'C', sqlstate);
  add_field(body, 'M', message);
  body += '\0';
  return pg_message('E', body);
}

std::string_view pg_sqlstate(std::string_view message) {
  message.remove_prefix(std::min(kPgHeadBytes, message.size()));
  while (!message.empty() && message.front() != '\0') {
    const char field = message.front();
    message.remove_prefix(1);
    const std::string_view text = pg_take_text(message);
    if (field == 'C') return text;
  }
  return {};
}

PgVerb pg_verb(std::string_view statement) {
  if (!may_begin_with(kOfTransactions, statement)) return PgVerb::none;
  const std::vector<Token> tokens = first_tokens(statement);
  const std::string first = word_at(tokens, 0);
  if (first == "begin" || (first == "start" && word_at(tokens, 1) == "transaction")) return PgVerb::begin;
  if (first == "commit" || first == "end") return PgVerb::commit;
  if (first == "prepare" && word_at(tokens, 1) == "transaction") return PgVerb::commit;
  if (first == "abort") return PgVerb::rollback;
  if (first != "rollback") return PgVerb::none;
  const std::string second = word_at(tokens, 1);
  const bool noise = second == "work" || second == "transaction";
  return word_at(tokens, noise ? 2 : 1) == "to" ? PgVerb::rollback_to : PgVerb::rollback;
}

PgPrepared pg_prepared(std::string_view statement) {
  using Kind = PgPrepared::Kind;
  if (!may_begin_with(kOfPrepared, statement)) return {};
  const std::vector<Token> tokens = first_tokens(sql_carried_out(statement));
  const std::string first = word_at(tokens, 0);
  const bool noise = first == "deallocate" && word_at(tokens, 1) == "prepare" && tokens.size() > 2;
  const std::size_t at = noise ? 2 : 1;
  std::string name = word_at(tokens, at);
  if (name.empty() && at < tokens.size() && tokens[at].kind == Token::Kind::quoted && tokens[at].text.size() > 1) {
    name = tokens[at].text.substr(1, tokens[at].text.size() - 2);
  } else if (name.empty() || (first == "prepare" && name == "transaction")) {
    return {};
  }
  if (first == "execute") return {.kind = Kind::execute, .name = std::move(name)};
  if (first == "deallocate") return {.kind = Kind::deallocate, .name = name == "all" ? std::string() : std::move(name)};
  if (first != "prepare") return {};
  // Its parameters' types may stand before AS.
  const auto as = std::ranges::find_if(tokens, [](const Token& one) { return lower(one.text) == "as"; });
  if (as == tokens.end()) return {};
  const auto begin = static_cast<std::size_t>(as->text.data() - statement.data()) + as->text.size();
  return {.kind = Kind::prepare, .name = std::move(name), .text = statement.substr(begin)};
}

std::string pg_first_word(std::string_view statement) { return upper(word_at(first_tokens(statement), 0)); }

}  // namespace pl::wire
