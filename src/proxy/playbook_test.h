#pragma once
#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "os/clock.h"
#include "proxy/chain.h"
#include "proxy/mysql_count.h"
#include "proxy/resp_count.h"

/// A dialogue with a chain of faults, as text, under simulated time. Each line begins with the time in ms:
///   0 fault latency {"delay": 100}     puts a fault into force (numbered from 1)
///   0 toxic up timeout {"timeout": 5}  puts a fault on one stream into force, numbered with the others
///   5 update 1 {"delay": 50}           gives it other parameters, all of them
///   5 remove 1                         takes it out
///   0 up ask                           the program says "ask"
///   10 down answer                     the destination says "answer"
///   20 fin up, 20 rst down             a way ends
/// and what must be sent, in that order, no sooner and no later (to 1 us):
///   110 > down answer
///   110 > fin down
///   110 > rst                          both sides are reset
/// A repeat count may follow a text: `up x*1000`. Bytes that are no text stand as \r, \n and \x00, a backslash as \\.
namespace pl::proxy {

class Playbook {
 public:
  explicit Playbook(bool fresh = true) : fresh_(fresh) {}
  /// A connection that is followed from its beginning: a fault that comes later knows what was said.
  struct Followed {};
  explicit Playbook(Followed) : fresh_(true), followed_(true) {}

  /// Plays it; every difference is a failed check.
  void play(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      double at_ms;
      std::string verb;
      if (!(words >> at_ms >> verb)) continue;
      std::string rest;
      std::getline(words >> std::ws, rest);
      until(static_cast<Ns>(at_ms * kMs));
      if (verb == ">") {
        expected_ += line_of(rest) + "\n";
        continue;
      }
      act(verb, rest);
      settle();
    }
    until(clock_.now() + kSec);
    CHECK(sent_ == expected_);
  }
  const Measure& measure(std::size_t fault) const { return *measures_.at(fault - 1); }
  void set_usual(Ns usual) { usual_ = usual; }

 private:
  std::string at() const { return std::to_string(clock_.now() / kUs) + " "; }
  std::string line_of(const std::string& rest) const { return at() + repeat(rest); }
  static std::string repeat(const std::string& text) {
    const std::size_t star = text.rfind('*');
    if (star == text.npos || text.find_first_not_of("0123456789", star + 1) != text.npos) return text;
    const std::size_t space = text.rfind(' ', star) + 1;
    std::string out = text.substr(0, space);
    for (int i = std::stoi(text.substr(star + 1)); i > 0; --i) out += text.substr(space, star - space);
    return out;
  }

  static std::string bytes_of(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char next = text[i] == '\\' && i + 1 < text.size() ? text[++i] : '\0';
      if (next == 'x') {
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        out += next == 'r' ? '\r' : next == 'n' ? '\n' : next == '\\' ? '\\' : text[i];
      }
    }
    return out;
  }
  static std::string text_of(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
      const bool plain = static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
      if (c == '\r' || c == '\n') {
        out += c == '\r' ? "\\r" : "\\n";
      } else if (plain) {
        out += c == '\\' ? "\\\\" : std::string(1, c);
      } else {
        constexpr char kDigits[] = "0123456789abcdef";
        out += std::string("\\x") + kDigits[static_cast<unsigned char>(c) >> 4] + kDigits[c & 15];
      }
    }
    return out;
  }

  void act(const std::string& verb, const std::string& rest) {
    const Ns now = clock_.now();
    if (verb == "up" || verb == "down") {
      begun_ = true;
      chain_.arrive(verb == "up" ? Way::up : Way::down, bytes_of(repeat(rest)), now);
    } else if (verb == "fin" || verb == "rst") {
      chain_.end(rest == "up" ? Way::up : Way::down, verb == "fin" ? End::fin : End::reset, now);
    } else if (verb == "remove") {
      chain_.remove(std::stoi(rest), now);
    } else if (verb == "update") {
      const std::size_t number = std::stoul(rest);
      faults_.at(number - 1)->update(values_of(*rows_.at(number - 1), rest.substr(rest.find(' '))));
      chain_.changed(static_cast<std::int64_t>(number), now);
    } else if (verb == "toxic") {
      const std::size_t space = rest.find(' ');
      const std::string name = first_word(rest.substr(space + 1));
      put(*find_toxic(name), rest.substr(space + 1 + name.size()), rest.starts_with("up") ? Ways::up : Ways::down);
    } else {
      REQUIRE(verb == "fault");
      put(**find_fault(first_word(rest)), rest.substr(first_word(rest).size()), Ways::both);
    }
  }

  static std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }
  static Values values_of(const FaultRow& row, const std::string& json) {
    return *read_values(row, json.empty() ? Json() : *Json::parse(json));
  }
  void put(const FaultRow& row, const std::string& json, Ways ways) {
    rows_.push_back(&row);
    measures_.push_back(std::make_shared<Measure>());
    faults_.push_back(*row.make(values_of(row, json), {Rng(faults_.size()), usual_, measures_.back().get()}));
    chain_.add(static_cast<std::int64_t>(faults_.size()),
               faults_.back()->attach({.fresh = fresh_ && !(followed_ && begun_),
                                       .awaiting = chain_.awaiting(),
                                       .resp = followed_ ? &resp_ : nullptr,
                                       .mysql = followed_ ? &mysql_ : nullptr}),
               measures_.back(), clock_.now(), ways);
  }

  void settle() {
    if (over_) return;
    chain_.run(clock_.now());
    if (chain_.wants_reset()) {
      over_ = true;
      sent_ += line_of("rst") + "\n";
      return;
    }
    for (const Way way : kWays) {
      const std::string name = way == Way::up ? "up" : "down";
      ByteQueue& out = chain_.out(way);
      if (!out.empty()) sent_ += at() + name + " " + text_of(out.view()) + "\n";
      resp_.passed(way, out.view());
      mysql_.passed(way, out.view());
      out.consume(out.size());
      if (chain_.out_end(way) == End::none || ended_[index(way)]) continue;
      ended_[index(way)] = true;
      sent_ += line_of((chain_.out_end(way) == End::fin ? "fin " : "rst ") + name) + "\n";
    }
  }

  /// Lets time pass to a point, as the relay's timers would.
  void until(Ns when) {
    for (int turn = 0; turn < 100'000 && !over_ && chain_.next() <= when; ++turn) {
      if (chain_.next() > clock_.now()) clock_.advance(chain_.next() - clock_.now());
      settle();
    }
    if (when > clock_.now()) clock_.advance(when - clock_.now());
  }

  bool fresh_, followed_ = false, begun_ = false;
  RespCount resp_;
  MySqlCount mysql_;
  Ns usual_ = 0;
  os::SimulatedClock clock_;
  std::vector<const FaultRow*> rows_;
  std::vector<std::shared_ptr<Measure>> measures_;
  std::vector<std::unique_ptr<Fault>> faults_;
  Chain chain_;
  std::string sent_, expected_;
  bool ended_[2] = {};
  bool over_ = false;
};

/// What comes out of a chain with one fault, both ways, when each side's bytes come in pieces of a size.
inline std::pair<std::string, std::string> dialogue(const char* name, const char* json, std::size_t piece,
                                                    const std::vector<std::pair<Way, std::string>>& said) {
  const FaultRow* row = *find_fault(name);
  Measure measure;
  const auto fault = *row->make(*read_values(*row, *Json::parse(json)), {Rng(1), 0, &measure});
  Chain chain;
  chain.add(1, fault->attach({}), std::make_shared<Measure>(), 0);
  for (const auto& [way, text] : said) {
    for (std::size_t at = 0; at < text.size(); at += piece) {
      chain.arrive(way, std::string_view(text).substr(at, piece), 0);
      chain.run(0);
    }
  }
  return {std::string(chain.out(Way::up).view()), std::string(chain.out(Way::down).view())};
}

}  // namespace pl::proxy
