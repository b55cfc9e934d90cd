#pragma once
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/mysql.h"
#include "wire/http1.h"
#include "wire/postgres_for_test.h"

/// Programs and servers of each protocol that faults on messages understand, for random conversations.
namespace pl::proxy::stacks {

using std::string_literals::operator""s;

inline constexpr int kOwn = -1;      ///< An answer of the fault's own.
inline constexpr int kOpening = -2;  ///< What is said before the first request.

/// Both ends of a protocol. Each takes one whole message out of the front of what it heard, if there is one.
struct Protocol {
  std::string name;
  std::string first_up, first_down;                            ///< Said unasked, when the connection is new.
  std::string (*request)(int number);                          ///< What the program asks.
  std::optional<std::string> (*serve)(std::string& heard);     ///< What the server answers.
  std::optional<int> (*understand)(std::string& heard);        ///< Which answer the program got.
  std::vector<std::pair<const char*, const char*>> holding;    ///< Faults that keep every byte.
  std::vector<std::pair<const char*, const char*>> answering;  ///< Faults that answer themselves.
};

inline int number_in(std::string_view text) {
  int number = kOwn;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Takes so many bytes; nothing where there are not so many.
inline std::optional<std::string> cut(std::string& heard, std::size_t count) {
  if (heard.size() < count) return std::nullopt;
  std::string front = heard.substr(0, count);
  heard.erase(0, count);
  return front;
}

// --- HTTP/1.1

inline constexpr std::string_view kPosted = "GET /9 HTTP/1.1\r\n\r\n";

inline std::string ask_http(int number) {
  if (number % 4 != 0) return fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", number);
  return fmt::format("POST /{} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", number, kPosted.size(), kPosted);
}

inline std::optional<std::string> serve_http(std::string& heard, bool in_chunks) {
  const bool posts = heard.starts_with("POST");
  const std::size_t end = heard.find("\r\n\r\n");
  const auto head = end == heard.npos ? std::nullopt : cut(heard, end + 4 + (posts ? kPosted.size() : 0));
  if (!head) return std::nullopt;
  const int number = number_in(std::string_view(*head).substr(head->find('/') + 1));
  const std::string body = fmt::format("{{\"n\":{}}}", number);
  const std::string begin = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  if (in_chunks && number % 3 == 0) {
    return fmt::format("{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", begin, body.size(), body);
  }
  return fmt::format("{}Content-Length: {}\r\n\r\n{}", begin, body.size(), body);
}

inline std::optional<std::string> serve_counted(std::string& heard) { return serve_http(heard, false); }
inline std::optional<std::string> serve_in_chunks(std::string& heard) { return serve_http(heard, true); }

inline std::optional<int> understand_http(std::string& heard) {
  wire::Http1Parser parser(wire::Http1Parser::Role::response);
  std::string_view rest = heard;
  std::string body;
  for (;;) {
    const wire::Http1Parser::Step step = parser.next(rest);
    REQUIRE(step != wire::Http1Parser::Step::error);
    if (step == wire::Http1Parser::Step::more) return std::nullopt;
    if (step == wire::Http1Parser::Step::body) body += parser.body();
    if (step == wire::Http1Parser::Step::end) break;
  }
  heard.erase(0, heard.size() - rest.size());
  return parser.head().status == 200 ? number_in(std::string_view(body).substr(std::string_view("{\"n\":").size()))
                                     : kOwn;
}

// --- PostgreSQL

inline std::optional<std::string> take_postgres(std::string& heard, bool typed) {
  const std::size_t head = typed ? 5 : 4;
  if (heard.size() < head) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = head - 4; i < head; ++i) length = length << 8 | static_cast<unsigned char>(heard[i]);
  return cut(heard, length + head - 4);
}

inline constexpr char kPasses = '\1';  ///< Before what a server has heard that passes over all up to a Sync.

/// Behind a statement that failed. Nothing: there is no whole message.
inline std::optional<std::string> pass_over_postgres(std::string& heard) {
  std::string rest = heard.substr(1);
  const auto message = take_postgres(rest, true);
  if (!message) return std::nullopt;
  const bool ends = message->starts_with('S');
  heard = (ends ? "" : std::string(1, kPasses)) + rest;
  return ends ? wire::pg::ready() : "";
}

inline std::optional<std::string> serve_postgres(std::string& heard) {
  if (heard.starts_with(kPasses)) return pass_over_postgres(heard);
  const auto message = take_postgres(heard, !heard.starts_with('\0'));
  if (!message) return std::nullopt;
  const bool refused = message->find("proofload.") != message->npos;
  if (refused && message->starts_with('P')) heard.insert(0, 1, kPasses);
  if (refused) return wire::pg::error("3F000") + (message->starts_with('P') ? "" : wire::pg::ready());
  if (message->starts_with('\0')) return wire::pg::greeting();
  if (message->starts_with('S')) return wire::pg::ready();
  if (message->starts_with('P')) return wire::pg::message('1');
  if (message->starts_with('B')) return wire::pg::message('2');
  if (message->starts_with('H')) return "";
  const std::string statement = message->substr(5, message->find('\0', 5) - 5);  // a portal has the statement's name
  return wire::pg::complete(statement) + (message->starts_with('E') ? "" : wire::pg::ready());
}

/// By the simple protocol, or the extended one, or that with a Flush before its Sync.
inline std::string ask_postgres(int number) {
  const std::string statement = fmt::format("SELECT {}", number);
  if (number % 3 == 0) return wire::pg::query(statement);
  return wire::pg::parse("", statement) + wire::pg::bound(statement, "") + wire::pg::execute(statement) +
         (number % 3 == 1 ? wire::pg::message('H') : "") + wire::pg::synced();
}

inline std::optional<int> understand_postgres(std::string& heard) {
  std::string rest = heard;
  int number = kOpening;
  while (const auto message = take_postgres(rest, true)) {
    if (message->starts_with('E')) number = kOwn;
    CHECK(message->find("3F000") == message->npos);  // what the server says of what stood in a statement's place
    if (message->starts_with('C')) number = number_in(message->substr(5 + std::string_view("SELECT ").size()));
    if (!message->starts_with('Z')) continue;
    heard = rest;
    return number;
  }
  return std::nullopt;
}

// --- Redis

inline std::optional<std::string> serve_redis(std::string& heard) {
  constexpr int kLines = 5;  // *2, $3, GET, $n, the key
  std::size_t end = 0;
  for (int line = 0; line < kLines; ++line) {
    end = heard.find("\r\n", end);
    if (end == heard.npos) return std::nullopt;
    end += 2;
  }
  const std::string command = *cut(heard, end);
  const std::string number = std::to_string(number_in(std::string_view(command).substr(command.find("key") + 3)));
  return fmt::format("${}\r\n{}\r\n", number.size(), number);
}

inline std::optional<int> understand_redis(std::string& heard) {
  const std::size_t line = heard.find("\r\n");
  if (line == heard.npos) return std::nullopt;
  const bool value = heard.starts_with('$') && !heard.starts_with("$-1");
  const std::size_t body = value ? static_cast<std::size_t>(number_in(heard.substr(1))) + 2 : 0;
  const auto whole = cut(heard, line + 2 + body);
  if (!whole) return std::nullopt;
  return value ? number_in(std::string_view(*whole).substr(line + 2)) : kOwn;
}

// --- MySQL

inline std::optional<std::string> take_mysql(std::string& heard) {
  if (heard.size() < 4) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(heard[at])); };
  const auto packet = cut(heard, 4 + (byte(0) | byte(1) << 8 | byte(2) << 16));
  return packet ? std::optional(packet->substr(3)) : std::nullopt;
}

inline std::optional<std::string> serve_mysql(std::string& heard) {
  const auto packet = take_mysql(heard);  // its number, and what it says
  if (!packet) return std::nullopt;
  const auto ok = [](std::uint8_t sequence, const std::string& info) {
    return mysql_packet(sequence, "\0\0\0\2\0\0\0"s + info);
  };
  if (packet->starts_with('\1')) return ok(2, "");
  return ok(1, packet->size() > 9 ? packet->substr(9) : "");
}

inline std::optional<int> understand_mysql(std::string& heard) {
  const auto packet = take_mysql(heard);
  if (!packet) return std::nullopt;
  if ((*packet)[0] != '\1') return kOpening;
  return (*packet)[1] == '\0' ? number_in(packet->substr(8)) : kOwn;
}

inline std::string mysql_greeting() {
  const std::uint32_t flags = mysql_capability::kProtocol41;
  const std::string low{static_cast<char>(flags), static_cast<char>(flags >> 8)};
  return mysql_packet(0, "\x0a"s + "8.0.1\0"s + "\1\0\0\0"s + "12345678\0"s + low + "\x08\2\0"s + "\0\0"s + "\x15"s +
                             std::string(10, '\0') + "123456789012\0"s);
}

inline std::string mysql_login() {
  std::string payload(32, '\0');
  payload[1] = static_cast<char>(mysql_capability::kProtocol41 >> 8);
  return mysql_packet(1, payload + "root\0"s);
}

inline const std::vector<Protocol>& protocols() {
  static const std::vector<Protocol> all{
      {"HTTP",
       {},
       {},
       ask_http,
       serve_counted,
       understand_http,
       {{"http_delay", R"({"head": 30})"}, {"http_delay", R"({"head": 5, "between": 7})"}},
       {{"http_status", R"({"share": 0.5})"}, {"http_status", R"({"share": 0.3, "delay": 15})"}}},
      // A fault that holds a part of a chunk sends what it has as another.
      {"HTTP in chunks",
       {},
       {},
       ask_http,
       serve_in_chunks,
       understand_http,
       {},
       {{"http_delay", R"({"head": 5, "between": 7})"}, {"http_status", R"({"share": 0.5})"}}},
      {"PostgreSQL",
       wire::pg::start_up(),
       {},
       ask_postgres,
       serve_postgres,
       understand_postgres,
       {{"postgres_slow", R"({"delay": 30})"}, {"postgres_limit", R"({"at_once": 1})"}},
       {{"postgres_error", R"({"sqlstate": "57014", "share": 0.5})"}}},
      {"Redis",
       {},
       {},
       [](int number) {
         const std::string key = fmt::format("key{}", number);
         return fmt::format("*2\r\n$3\r\nGET\r\n${}\r\n{}\r\n", key.size(), key);
       },
       serve_redis,
       understand_redis,
       {{"redis_slow", R"({"delay": 30})"}},
       {{"redis_error", R"({"share": 0.5})"}, {"redis_nil", R"({"share": 0.5})"}}},
      {"MySQL",
       {},
       mysql_greeting(),
       [](int number) { return mysql_packet(0, fmt::format("\3SELECT {}", number)); },
       serve_mysql,
       understand_mysql,
       {{"mysql_slow", R"({"delay": 30})"}},
       {{"mysql_error", R"({"share": 0.5})"}}},
  };
  return all;
}

}  // namespace pl::proxy::stacks
