#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "os/clock.h"
#include "proxy/chain.h"
#include "proxy/http1_count.h"
#include "proxy/mysql.h"
#include "proxy/mysql_count.h"
#include "proxy/postgres_count.h"
#include "proxy/resp_count.h"
#include "wire/http1.h"
#include "wire/postgres_for_test.h"

/// Faults on messages, in any stack, under any split of the bytes, switched on and off at any time: each request gets
/// one answer, in order, and where the faults only hold, every byte arrives as it was said.

using namespace pl;
using namespace pl::proxy;

namespace {

using std::string_literals::operator""s;

constexpr int kOwn = -1;      ///< An answer of the fault's own.
constexpr int kOpening = -2;  ///< What is said before the first request.

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

int number_in(std::string_view text) {
  int number = kOwn;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Takes so many bytes; nothing where there are not so many.
std::optional<std::string> cut(std::string& heard, std::size_t count) {
  if (heard.size() < count) return std::nullopt;
  std::string front = heard.substr(0, count);
  heard.erase(0, count);
  return front;
}

// --- HTTP/1.1

constexpr std::string_view kPosted = "GET /9 HTTP/1.1\r\n\r\n";

std::string ask_http(int number) {
  if (number % 4 != 0) return fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", number);
  return fmt::format("POST /{} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", number, kPosted.size(), kPosted);
}

std::optional<std::string> serve_http(std::string& heard, bool in_chunks) {
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

std::optional<std::string> serve_counted(std::string& heard) { return serve_http(heard, false); }
std::optional<std::string> serve_in_chunks(std::string& heard) { return serve_http(heard, true); }

std::optional<int> understand_http(std::string& heard) {
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

std::optional<std::string> take_postgres(std::string& heard, bool typed) {
  const std::size_t head = typed ? 5 : 4;
  if (heard.size() < head) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = head - 4; i < head; ++i) length = length << 8 | static_cast<unsigned char>(heard[i]);
  return cut(heard, length + head - 4);
}

std::optional<std::string> serve_postgres(std::string& heard) {
  const auto message = take_postgres(heard, !heard.starts_with('\0'));
  if (!message) return std::nullopt;
  if (message->starts_with('\0')) return wire::pg::greeting();
  if (message->starts_with('S')) return wire::pg::ready();
  if (message->starts_with('P')) return wire::pg::message('1');
  if (message->starts_with('B')) return wire::pg::message('2');
  if (message->starts_with('H')) return "";
  const std::string statement = message->substr(5, message->find('\0', 5) - 5);  // a portal has the statement's name
  return wire::pg::complete(statement) + (message->starts_with('E') ? "" : wire::pg::ready());
}

/// By the simple protocol, or the extended one, or that with a Flush before its Sync.
std::string ask_postgres(int number) {
  const std::string statement = fmt::format("SELECT {}", number);
  if (number % 3 == 0) return wire::pg::query(statement);
  return wire::pg::parse("", statement) + wire::pg::bound(statement, "") + wire::pg::execute(statement) +
         (number % 3 == 1 ? wire::pg::message('H') : "") + wire::pg::synced();
}

std::optional<int> understand_postgres(std::string& heard) {
  std::string rest = heard;
  int number = kOpening;
  while (const auto message = take_postgres(rest, true)) {
    if (message->starts_with('E')) number = kOwn;
    if (message->starts_with('C')) number = number_in(message->substr(5 + std::string_view("SELECT ").size()));
    if (!message->starts_with('Z')) continue;
    heard = rest;
    return number;
  }
  return std::nullopt;
}

// --- Redis

std::optional<std::string> serve_redis(std::string& heard) {
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

std::optional<int> understand_redis(std::string& heard) {
  const std::size_t line = heard.find("\r\n");
  if (line == heard.npos) return std::nullopt;
  const bool value = heard.starts_with('$') && !heard.starts_with("$-1");
  const std::size_t body = value ? static_cast<std::size_t>(number_in(heard.substr(1))) + 2 : 0;
  const auto whole = cut(heard, line + 2 + body);
  if (!whole) return std::nullopt;
  return value ? number_in(std::string_view(*whole).substr(line + 2)) : kOwn;
}

// --- MySQL

std::optional<std::string> take_mysql(std::string& heard) {
  if (heard.size() < 4) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(heard[at])); };
  const auto packet = cut(heard, 4 + (byte(0) | byte(1) << 8 | byte(2) << 16));
  return packet ? std::optional(packet->substr(3)) : std::nullopt;
}

std::optional<std::string> serve_mysql(std::string& heard) {
  const auto packet = take_mysql(heard);  // its number, and what it says
  if (!packet) return std::nullopt;
  const auto ok = [](std::uint8_t sequence, const std::string& info) {
    return mysql_packet(sequence, "\0\0\0\2\0\0\0"s + info);
  };
  if (packet->starts_with('\1')) return ok(2, "");
  return ok(1, packet->size() > 9 ? packet->substr(9) : "");
}

std::optional<int> understand_mysql(std::string& heard) {
  const auto packet = take_mysql(heard);
  if (!packet) return std::nullopt;
  if ((*packet)[0] != '\1') return kOpening;
  return (*packet)[1] == '\0' ? number_in(packet->substr(8)) : kOwn;
}

std::string mysql_greeting() {
  const std::uint32_t flags = mysql_capability::kProtocol41;
  const std::string low{static_cast<char>(flags), static_cast<char>(flags >> 8)};
  return mysql_packet(0, "\x0a"s + "8.0.1\0"s + "\1\0\0\0"s + "12345678\0"s + low + "\x08\2\0"s + "\0\0"s + "\x15"s +
                             std::string(10, '\0') + "123456789012\0"s);
}

std::string mysql_login() {
  std::string payload(32, '\0');
  payload[1] = static_cast<char>(mysql_capability::kProtocol41 >> 8);
  return mysql_packet(1, payload + "root\0"s);
}

const std::vector<Protocol>& protocols() {
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

/// Faults on bytes that keep them all.
constexpr std::pair<const char*, const char*> kBytes[] = {{"latency", R"({"delay": 15, "jitter": 10})"},
                                                          {"silent", "{}"},
                                                          {"stall", "{}"},
                                                          {"throttle", "{}"},
                                                          {"bandwidth", R"({"rate": 20000})"}};

/// Those of them that hold without end.
constexpr std::string_view kEndless[] = {"silent", "stall", "throttle"};

/// Every fault on messages, in each protocol's dialogue too that is not its own, acting on none.
std::vector<std::pair<const char*, const char*>> idle_faults() {
  std::vector<std::pair<const char*, const char*>> idle;
  for (const FaultRow& row : fault_rows()) {
    const bool chosen = std::ranges::any_of(row.parameters, [](const auto& one) { return one.name == "share"; });
    if (row.applies == "exchange" && chosen) idle.push_back({row.name.data(), R"({"share": 0})"});
  }
  return idle;
}

/// One connection of a protocol through a chain of faults that come and go.
class Conversation {
 public:
  /// `pipelined`: several requests are under way, of all but MySQL, whose clients wait for each answer.
  Conversation(const Protocol& protocol, std::uint64_t seed, bool answering, bool pipelined)
      : protocol_(protocol),
        rng_(seed),
        kinds_(protocol.holding),
        together_(pipelined && protocol.name != "MySQL" ? 3 + (seed % 5 == 0 ? 40 : 0) : 1) {
    kinds_.insert(kinds_.end(), std::begin(kBytes), std::end(kBytes));
    const auto idle = idle_faults();
    for (int i = 0; i < 3; ++i) kinds_.push_back(idle[rng_.below(idle.size())]);
    if (answering) kinds_.insert(kinds_.end(), protocol.answering.begin(), protocol.answering.end());
    for (int i = 0; pipelined && i < 4; ++i) add(kinds_[rng_.below(kinds_.size())]);
    say(Way::down, protocol.first_down);
    say(Way::up, protocol.first_up);
  }

  void step() {
    now_ += static_cast<Ns>(rng_.below(20 * kMs));
    const std::uint64_t choice = rng_.below(10);
    if (choice == 0 && active_.size() < 4) add(kinds_[rng_.below(kinds_.size())]);
    if (choice == 1 && !active_.empty()) remove(rng_.below(active_.size()));
    if (choice == 2) slow_ = !slow_;
    if (choice >= 5 && asked_ - answered_ < together_) ask();
    for (const Way way : kWays) carry(way, 1 + rng_.below(60));
  }

  /// Every answer comes though faults are in force, and what is left when they are taken out.
  void finish() {
    slow_ = false;
    const auto endless = [&](std::int64_t id) {
      return std::ranges::find(kEndless, kind_of_[id]) != std::end(kEndless);
    };
    for (std::size_t i = active_.size(); i-- > 0;) {
      if (endless(active_[i])) remove(i);
    }
    wait();
    std::string in_force;
    for (const std::int64_t id : active_) in_force.append(kind_of_[id]).append(" ");
    INFO(protocol_.name << ", in force: " << in_force << ", waiting: " << chain_.waiting(Way::up) << ", "
                        << chain_.waiting(Way::down));
    if (!ended()) CHECK(answered_ == asked_);
    while (!active_.empty()) remove(active_.size() - 1);
    wait();
    // A fault that is taken out while it owes answers that nobody else can give ends the connection.
    if (!ended()) CHECK(answered_ == asked_);
    for (const auto& measure : measures_) CHECK(measure->held == 0);
  }

  int asked() const { return asked_; }
  bool ended() const { return chain_.out_end(Way::down) != End::none; }
  int own() const { return own_; }
  const std::string& said(Way way) const { return said_[index(way)]; }
  const std::string& passed(Way way) const { return passed_[index(way)]; }

 private:
  void wait() {
    for (int turn = 0; turn < 10'000; ++turn) {
      for (const Way way : kWays) carry(way, 100);
      const bool said_all = unsent_[0].empty() && unsent_[1].empty();
      const bool sent_all = chain_.out(Way::up).empty() && chain_.out(Way::down).empty();
      if (said_all && sent_all && chain_.next() == kNever) return;
      now_ = std::max(now_ + 1, std::min(chain_.next(), now_ + kSec));
    }
  }
  void say(Way way, const std::string& bytes) {
    said_[index(way)] += bytes;
    unsent_[index(way)] += bytes;
  }
  void ask() {
    if (protocol_.name == "MySQL" && openings_ < 2) {
      // Its client logs in when it has been greeted, and asks when it is in.
      if (openings_ == 1 && !std::exchange(logs_in_, true)) say(Way::up, mysql_login());
      return;
    }
    say(Way::up, protocol_.request(asked_++));
  }
  void add(const std::pair<const char*, const char*>& kind) {
    const FaultRow* row = *find_fault(kind.first);
    measures_.push_back(std::make_shared<Measure>());
    const auto values = read_values(*row, *Json::parse(kind.second));
    REQUIRE_MESSAGE(values.has_value(), std::string(kind.first));
    faults_.push_back(*row->make(*values, {Rng(rng_.next()), 0, measures_.back().get()}));
    active_.push_back(static_cast<std::int64_t>(faults_.size()));
    kind_of_[active_.back()] = kind.first;
    const RespCount resp = behind_chain(resp_);
    const PgCount postgres = behind_chain(postgres_);
    const MySqlCount mysql = behind_chain(mysql_);
    const Http1Count http1 = behind_chain(http1_);
    chain_.add(active_.back(),
               faults_.back()->attach({.fresh = !begun_,
                                       .awaiting = chain_.awaiting(),
                                       .resp = protocol_.name == "Redis" ? &resp : nullptr,
                                       .postgres = protocol_.name == "PostgreSQL" ? &postgres : nullptr,
                                       .mysql = protocol_.name == "MySQL" ? &mysql : nullptr,
                                       .http1 = is_http() ? &http1 : nullptr,
                                       .not_http1 = begun_ && !is_http()}),
               measures_.back(), now_);
    names_ += fmt::format("{} {} ", kind.first, kind.second);
    hear();
  }
  void remove(std::size_t which) {
    chain_.remove(active_[which], now_);
    faults_[static_cast<std::size_t>(active_[which]) - 1].reset();
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(which));
    hear();
  }
  /// As a connection does it: what waits to be sent, the fault will not see.
  template <class Count>
  Count behind_chain(Count count) {
    for (const Way way : {Way::down, Way::up}) count.passed(way, chain_.out(way).view());
    return count;
  }
  bool is_http() const { return protocol_.name.starts_with("HTTP"); }
  void carry(Way way, std::size_t most) {
    std::string& bytes = unsent_[index(way)];
    if (!bytes.empty() && chain_.reads(way)) {
      const std::string piece = bytes.substr(0, most);
      bytes.erase(0, piece.size());
      begun_ = true;
      chain_.arrive(way, piece, now_);
    }
    hear();
  }
  void hear() {
    bool any = true;
    for (std::size_t turn = 0; any && turn <= limits::kRelayFaults; ++turn) {
      chain_.run(now_);
      any = take(Way::down);
      any = take(Way::up) || any;
    }
    while (const auto answer = protocol_.serve(heard_[index(Way::up)])) say(Way::down, *answer);
    understand();
  }
  /// What leaves the chain; false: nothing does.
  bool take(Way way) {
    if (!chain_.sends(way) || (way == Way::down && slow_)) return false;
    const std::string got(chain_.out(way).view());
    chain_.out(way).consume(got.size());
    passed_[index(way)] += got;
    if (protocol_.name == "Redis") resp_.passed(way, got);
    if (protocol_.name == "PostgreSQL") postgres_.passed(way, got);
    if (protocol_.name == "MySQL") mysql_.passed(way, got);
    if (is_http()) http1_.passed(way, got);
    heard_[index(way)] += got;
    return !got.empty();
  }
  void understand() {
    while (const auto number = protocol_.understand(heard_[index(Way::down)])) {
      openings_ += *number == kOpening ? 1 : 0;
      if (*number == kOpening) continue;
      INFO(protocol_.name << ", faults so far: " << names_);
      REQUIRE((*number == kOwn || *number == answered_));
      own_ += *number == kOwn ? 1 : 0;
      ++answered_;
    }
  }

  const Protocol& protocol_;
  Rng rng_;
  std::vector<std::pair<const char*, const char*>> kinds_;
  int together_;  ///< Requests under way at most.
  std::vector<std::shared_ptr<Measure>> measures_;
  std::vector<std::unique_ptr<Fault>> faults_;
  std::vector<std::int64_t> active_;
  std::map<std::int64_t, std::string_view> kind_of_;
  Chain chain_;
  std::string said_[2], unsent_[2], passed_[2], heard_[2], names_;
  RespCount resp_;
  PgCount postgres_;
  MySqlCount mysql_;
  Http1Count http1_;
  bool begun_ = false, logs_in_ = false;
  int openings_ = 0;   ///< What was said before the first answer: the greeting, and that the program is in.
  bool slow_ = false;  ///< The program does not read.
  int asked_ = 0, answered_ = 0, own_ = 0;
  Ns now_ = 0;
};

}  // namespace

TEST_CASE("faults on messages that hold or do nothing, in any stack: every byte arrives as it was said") {
  for (const Protocol& protocol : protocols()) {
    int asked = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      CAPTURE(protocol.name);
      CAPTURE(seed);
      Conversation conversation(protocol, seed, false, seed % 2 == 1);
      for (int step = 0; step < 400; ++step) conversation.step();
      conversation.finish();
      asked += conversation.asked();
      CHECK(conversation.own() == 0);
      for (const Way way : kWays) CHECK(conversation.passed(way) == conversation.said(way));
    }
    CHECK(asked > 1000);
  }
}

TEST_CASE("faults on messages that answer, in any stack: each request gets one answer, in order") {
  for (const Protocol& protocol : protocols()) {
    int own = 0, ended = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      CAPTURE(protocol.name);
      CAPTURE(seed);
      Conversation conversation(protocol, seed, true, seed % 2 == 1);
      for (int step = 0; step < 400; ++step) conversation.step();
      conversation.finish();
      own += conversation.own();
      ended += conversation.ended() ? 1 : 0;
    }
    CHECK(own > 100);
    CHECK(ended < 6);
  }
}
