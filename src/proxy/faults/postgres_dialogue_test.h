#pragma once
#include "proxy/playbook_test.h"
#include "proxy/postgres_count.h"
#include "wire/postgres_for_test.h"

/// Dialogues of PostgreSQL's protocol for tests of faults on it.
namespace pl::proxy {

namespace pg = wire::pg;

inline std::string failure(std::string_view severity, std::string_view state, std::string_view message) {
  return pg::message('E', "S" + pg::text(severity) + "V" + pg::text(severity) + "C" + pg::text(state) + "M" +
                              pg::text(message) + '\0');
}
inline const std::string kTimedOut = failure("ERROR", "57014", "canceling statement due to statement timeout");
inline const std::string kShutDown = failure("FATAL", "57P01", "terminating connection due to administrator command");
/// What stands in place of a statement that fails, and what a server says of it.
constexpr std::string_view kRefusedText = "SELECT proofload.a_fault_made_this_statement_fail()";
inline const std::string kRefusedQuery = pg::query(kRefusedText);
inline const std::string kRefusedRun = pg::parse("proofload", kRefusedText);
inline const std::string kRefusal = failure("ERROR", "3F000", "schema \"proofload\" does not exist");
inline const std::string kRollbackRun =
    pg::parse("", "ROLLBACK") + pg::message('B', std::string(8, '\0')) + pg::execute();

/// Bytes as a playbook writes them.
inline std::string shown(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(c);
    if (value >= 0x20 && value < 0x7f && c != '\\') {
      out += c;
    } else if (c == '\n' || c == '\r') {
      out += c == '\n' ? "\\n" : "\\r";
    } else {
      out += c == '\\' ? "\\\\" : std::string("\\x") + kDigits[value >> 4] + kDigits[value & 15];
    }
  }
  return out;
}

/// A playbook of messages. What passes untouched needs one line.
class Dialogue {
 public:
  Dialogue& line(const std::string& text) {
    text_ += text + "\n";
    return *this;
  }
  Dialogue& up(int at, std::string_view bytes) { return line(std::to_string(at) + " up " + shown(bytes)); }
  Dialogue& down(int at, std::string_view bytes) { return line(std::to_string(at) + " down " + shown(bytes)); }
  Dialogue& up_sent(int at, std::string_view bytes) { return line(std::to_string(at) + " > up " + shown(bytes)); }
  Dialogue& down_sent(int at, std::string_view bytes) { return line(std::to_string(at) + " > down " + shown(bytes)); }
  Dialogue& up_passes(int at, std::string_view bytes) { return up(at, bytes).up_sent(at, bytes); }
  Dialogue& down_passes(int at, std::string_view bytes) { return down(at, bytes).down_sent(at, bytes); }
  Dialogue& start() { return up_passes(0, pg::start_up()).down_passes(0, pg::greeting()); }
  /// The statement passes at a time and the answer comes 1 ms later.
  Dialogue& served(int at, std::string_view query, std::string_view tag, char state = 'I') {
    return up_passes(at, pg::query(query)).down_passes(at + 1, pg::complete(tag) + pg::ready(state));
  }
  /// The statement fails at a time: the server gets one that it refuses 1 ms later.
  Dialogue& fails(int at, std::string_view query, std::string_view error, char state = 'I') {
    return up(at, pg::query(query))
        .up_sent(at, kRefusedQuery)
        .down(at + 1, kRefusal + pg::ready(state))
        .down_sent(at + 1, std::string(error) + pg::ready(state));
  }
  Dialogue& ends(int at, std::string_view error) {
    const std::string when = std::to_string(at);
    return line(when + " > fin up").down_sent(at, error).line(when + " > fin down");
  }
  /// What the first fault achieved.
  Measure play(bool fresh = true) {
    Playbook book(fresh);
    book.play(text_);
    return book.measure(1);
  }

 private:
  std::string text_;
};

/// Connections of one fault; the time is told.
struct Fleet {
  explicit Fleet(const char* name, const char* json) : row(*find_fault(name)) {
    fault = *row->make(*read_values(*row, *Json::parse(json)), {Rng(1), 0, &measure});
  }
  /// `count`: what went by on one that is not fresh.
  Chain& join(bool fresh = true, Ns now = 0, const PgCount* count = nullptr) {
    chains.push_back(std::make_unique<Chain>());
    ConnectionView view{.fresh = fresh, .number = chains.size()};
    view.postgres = count;
    chains.back()->add(1, fault->attach(view), counted, now);
    return *chains.back();
  }
  /// What goes on one way after these bytes came this way.
  static std::string says(Chain& chain, Way way, std::string_view bytes, Ns now, Way seen) {
    if (!bytes.empty()) chain.arrive(way, bytes, now);
    chain.run(now);
    std::string out(chain.out(seen).view());
    for (const Way one : kWays) chain.out(one).consume(chain.out(one).size());
    return out;
  }
  static std::string up(Chain& chain, std::string_view bytes, Ns now) {
    return says(chain, Way::up, bytes, now, Way::up);
  }
  static std::string answer(Chain& chain, std::string_view bytes, Ns now) {
    return says(chain, Way::up, bytes, now, Way::down);
  }
  static std::string down(Chain& chain, std::string_view bytes, Ns now) {
    return says(chain, Way::down, bytes, now, Way::down);
  }

  const FaultRow* row;
  Measure measure;
  std::shared_ptr<Measure> counted = std::make_shared<Measure>();
  std::unique_ptr<Fault> fault;
  std::vector<std::unique_ptr<Chain>> chains;
};

}  // namespace pl::proxy
