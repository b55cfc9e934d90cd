#include "proxy/messages/mysql_tap.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace pl::proxy {
namespace {

namespace command = mysql_command;

constexpr std::uint32_t kLastPrepared = 0xffffffff;  ///< MariaDB: the statement prepared last.

constexpr Ns kGreetingPatience = kSec;  ///< What a server has begun to say is no greeting if it is not whole by then.

std::uint8_t first_byte(std::string_view payload) { return static_cast<std::uint8_t>(payload.front()); }

}  // namespace

Step MySqlTap::admit(Way way, const Waiting& waiting, Ns now) {
  if (way == Way::down) {
    Step step = down(waiting, now);
    // What the server has not answered it never will: nothing may wait for it.
    if (waiting.end != End::none && step.pass + step.drop == waiting.bytes.size()) {
      ended_ = ended_ || phase_ != Phase::untouched;
      phase_ = Phase::untouched;
    }
    return step;
  }
  if (phase_ == Phase::untouched) return pass_all(waiting);
  Step step = up(waiting, now);
  const bool stuck = step.pass + step.drop == 0 && !decision_ && !step.close;
  if (waiting.end == End::none || !stuck) return step;
  // Half a packet and then the end.
  return rest_state_ == Rest::swallowed ? Step{.drop = waiting.bytes.size()} : pass_all(waiting);
}

Step MySqlTap::leave(Ns) {
  left_ = true;
  decision_.reset();
  return {};
}

/// Half of a statement is gone, or an answer that the program did not ask for is under way.
bool MySqlTap::stays() const { return rest_state_ == Rest::swallowed || std::ranges::any_of(owed_, &Owed::replaced); }

Step MySqlTap::touch_no_more(const Waiting& waiting) {
  phase_ = Phase::untouched;
  decision_.reset();
  return pass_all(waiting);
}

/// Goes on from where the connection was followed to. False: that is in the middle of a command, or not known.
bool MySqlTap::takes_over() {
  if (!count_->between()) return false;
  for (const auto& [kind, reader] : count_->owed()) owed_.push_back({kind, reader, {}, {}});
  packets_ = count_->packets();
  deprecates_eof_ = count_->deprecates_eof();
  attributes_ = count_->attributes();
  in_transaction_ = count_->in_transaction();
  sends_file_ = count_->sends_file();
  count_.reset();
  return true;
}

/// What comes before it falls into step.
Step MySqlTap::go_by(Way way, const Waiting& waiting) {
  if (count_) count_->passed(way, waiting.bytes);
  if (count_ && count_->lost()) phase_ = Phase::untouched;
  return pass_all(waiting);
}

/// Whole packets in one piece, of which the first is a command: no other protocol's, and not encrypted.
bool MySqlTap::falls_into_step(std::string_view bytes) const {
  if (awaiting_ || bytes.size() <= kMySqlHeaderBytes || bytes[3] != 0) return false;
  const std::uint8_t code = first_byte(bytes.substr(kMySqlHeaderBytes));
  if (code == 0 || (code > command::kLast && code != command::kBulkExecute)) return false;
  while (bytes.size() >= kMySqlHeaderBytes) {
    const std::size_t size = kMySqlHeaderBytes + mysql_number(bytes, 3);
    if (size > bytes.size()) return false;
    bytes.remove_prefix(size);
  }
  return bytes.empty();
}

Step MySqlTap::up(const Waiting& waiting, Ns now) {
  if (phase_ == Phase::unknown) {
    if (!(count_ ? takes_over() : falls_into_step(waiting.bytes))) {
      awaiting_ = awaiting_ || !waiting.bytes.empty();
      return go_by(Way::up, waiting);
    }
    phase_ = Phase::commands;
  }
  if (phase_ == Phase::greeting && !waiting.bytes.empty()) return touch_no_more(waiting);  // here the server begins
  std::size_t pass = 0;
  for (;;) {
    const std::string_view bytes = waiting.bytes.substr(pass);
    if (bytes.empty()) return {.pass = pass};
    const auto step = rest_state_ != Rest::none ? rest_of_packet(bytes, pass) : packet(waiting, pass, now);
    if (step) return *step;
    if (phase_ == Phase::untouched) return pass_all(waiting);
  }
}

std::optional<Step> MySqlTap::rest_of_packet(std::string_view bytes, std::size_t& pass) {
  const std::size_t taken = std::min(rest_, bytes.size());
  rest_ -= taken;
  const bool swallowed = rest_state_ == Rest::swallowed;
  if (!swallowed) pass += taken;
  Step step{.pass = pass, .drop = swallowed ? taken : 0};
  if (rest_ > 0) return step;
  if (continues_) {
    const std::string_view next = bytes.substr(taken);
    if (next.size() < kMySqlHeaderBytes) return step;
    const std::uint64_t length = mysql_number(next, 3);
    continues_ = length == kMySqlFullPacket;
    sequence_ = static_cast<std::uint8_t>(next[3]);
    rest_ = kMySqlHeaderBytes + length;
    return swallowed ? std::optional(step) : std::nullopt;
  }
  rest_state_ = Rest::none;
  return swallowed ? std::optional(behind_swallowed(std::move(step))) : std::nullopt;
}

/// The statement is gone whole: its answer, or what makes the server do what the error says.
Step MySqlTap::behind_swallowed(Step step) {
  const MySqlPlan plan = std::exchange(own_, {});
  const auto sequence = static_cast<std::uint8_t>(sequence_ + 1);
  std::string error = mysql_error_packet(sequence, plan.error, plan.state, plan.message);
  const auto send_up = [&](std::string command) {
    step.insert += mysql_packet(0, std::move(command));
    owed_.push_back({MySqlAnswer::single, MySqlAnswerReader(MySqlAnswer::single), {}, {}, true});
  };
  if (const auto number = std::exchange(resets_, std::nullopt)) {
    std::string reset(1, static_cast<char>(command::kStatementReset));
    for (int i = 0; i < 4; ++i) reset += static_cast<char>(*number >> 8 * i);
    send_up(std::move(reset));
  }
  if (plan.rolls_back && in_transaction_) send_up(static_cast<char>(command::kQuery) + std::string("ROLLBACK"));
  if (!step.insert.empty()) {
    owed_.back().instead = std::move(error);
  } else {
    step.answer = std::move(error);
    step.answered = true;
  }
  return step;
}

std::optional<Step> MySqlTap::packet(const Waiting& waiting, std::size_t& pass, Ns now) {
  const std::string_view bytes = waiting.bytes.substr(pass);
  if (bytes.size() < kMySqlHeaderBytes) return Step{.pass = pass};
  const std::size_t length = mysql_number(bytes, 3);
  const std::size_t wanted = std::min(length, limits::kMySqlTextBytes);
  const std::string_view payload = bytes.substr(kMySqlHeaderBytes, length);
  sequence_ = static_cast<std::uint8_t>(bytes[3]);
  const bool logs_in = phase_ == Phase::commands && !owed_.empty() && owed_.front().kind == MySqlAnswer::login;
  const bool is_command = phase_ == Phase::commands && !logs_in && !sends_file_;
  const bool unread = phase_ == Phase::greeting || (is_command && (sequence_ != 0 || length == 0));
  if (unread) {
    phase_ = Phase::untouched;
    return std::nullopt;
  }
  if ((is_command || phase_ == Phase::response) && payload.size() < wanted) return Step{.pass = pass};
  rest_ = kMySqlHeaderBytes + length;
  continues_ = length == kMySqlFullPacket;
  if (is_command) return command(payload, pass, now);
  if (phase_ == Phase::response && !login(payload)) {
    phase_ = Phase::untouched;
    return std::nullopt;
  }
  if (sends_file_ && length == 0) sends_file_ = false;
  rest_state_ = Rest::passing;
  return std::nullopt;
}

/// Reads the program's answer to the greeting ("Protocol::HandshakeResponse41").
bool MySqlTap::login(std::string_view payload) {
  // The request for TLS, which is not seen here, was the first.
  const auto login = read_mysql_login(payload);
  if (!login || sequence_ == 0 || sequence_ > (tls_ended_ ? 2 : 1)) return false;
  if (login->tls && !tls_ended_) return false;
  deprecates_eof_ = login->deprecates_eof;
  attributes_ = login->attributes;
  phase_ = Phase::commands;
  owed_.push_back({MySqlAnswer::login, MySqlAnswerReader(MySqlAnswer::login), {}, {}});
  return true;
}

/// The text of a statement that is carried out, where it is known.
std::string_view MySqlTap::text_of(std::string_view payload) {
  const std::uint8_t code = first_byte(payload);
  std::string_view text = payload.substr(1, limits::kMySqlTextBytes);
  if (code == command::kQuery) return mysql_query_text(payload.substr(0, 1 + limits::kMySqlTextBytes));
  if (text.size() < 4) return {};
  if (mysql_number(text, 4) == kLastPrepared) return last_prepared_;
  const Prepared* found = find_prepared(payload);
  return found ? std::string_view(found->text) : std::string_view();
}

/// The statement whose number follows the command.
MySqlTap::Prepared* MySqlTap::find_prepared(std::string_view payload) {
  if (payload.size() < 5) return nullptr;
  const auto found = prepared_.find(static_cast<std::uint32_t>(mysql_number(payload.substr(1), 4)));
  return found == prepared_.end() ? nullptr : &found->second;
}

std::optional<Step> MySqlTap::types(std::string_view payload, std::size_t pass) {
  Prepared* statement = attributes_ ? find_prepared(payload) : nullptr;
  const std::string_view read = payload.substr(0, limits::kMySqlTextBytes);
  const auto place = statement ? find_mysql_types(read, statement->parameters, *attributes_) : std::nullopt;
  if (!place) return std::nullopt;
  if (rest_state_ == Rest::swallowed) {
    if (place->sent) statement->types = read.substr(place->flag, place->end - place->flag);
    return std::nullopt;
  }
  const std::string told = std::exchange(statement->types, {});
  const std::size_t length = rest_ - kMySqlHeaderBytes + told.size();
  if (place->sent || told.empty() || continues_ || length > kMySqlFullPacket) return std::nullopt;
  Step step{.pass = pass, .drop = kMySqlHeaderBytes + place->end};
  step.insert = mysql_packet(sequence_, std::string(read.substr(0, place->flag)) + told);
  // The packet has one byte less in its flag, and the types more.
  for (std::size_t i = 0; i < 3; ++i) step.insert[i] = static_cast<char>((length - 1) >> 8 * i);
  rest_ -= step.drop;
  rest_state_ = rest_ > 0 ? Rest::passing : Rest::none;
  return step;
}

std::optional<Step> MySqlTap::command(std::string_view payload, std::size_t& pass, Ns now) {
  const std::uint8_t code = first_byte(payload);
  const bool runs = code == command::kQuery || code == command::kExecute || code == command::kBulkExecute;
  if (runs) {
    if (auto step = act(text_of(payload), pass, now)) return step;
  }
  const bool swallowed = rest_state_ == Rest::swallowed;
  note_long_data(code, payload);
  if (!swallowed) note_passing(payload);
  if (!swallowed) rest_state_ = Rest::passing;
  return code == command::kExecute ? types(payload, pass) : std::nullopt;
}

/// Data that is sent ahead is added to what the server has, until an execution uses it or a reset clears it.
void MySqlTap::note_long_data(std::uint8_t code, std::string_view payload) {
  if (payload.size() < 5) return;
  const auto number = static_cast<std::uint32_t>(mysql_number(payload.substr(1), 4));
  if (code == command::kSendLongData && long_data_.size() < limits::kMySqlPrepared) long_data_.insert(number);
  const bool clears = code == command::kExecute || code == command::kStatementClose || code == command::kStatementReset;
  const bool had = clears && long_data_.erase(number) > 0;
  if (had && rest_state_ == Rest::swallowed) resets_ = number;
}

std::optional<Step> MySqlTap::act(std::string_view text, std::size_t& pass, Ns now) {
  if (!decision_) {
    MySqlPlan plan = left_ ? MySqlPlan{} : planner_.plan({.text = text, .in_transaction = in_transaction_}, rng_);
    if (plan.acts()) ++measure_.acted;
    decision_ = Decision{std::move(plan), now};
  }
  Ns& delay = decision_->plan.delay;
  if (delay > 0) delay = planner_.delay().value_or(delay);
  const Ns due = decision_->since + delay;
  if (now < due) return Step{.pass = pass, .again = due};
  const End end = decision_->plan.end;
  const bool owes = !owed_.empty() || !packets_.at_start();
  // An error, or FIN, comes behind the answers that are owed before it.
  if (owes && (decision_->plan.error != 0 || end == End::fin)) return Step{.pass = pass};
  if (end != End::none) return Step{.pass = pass, .close = end == End::fin, .reset = end == End::reset};
  Decision decision = *std::exchange(decision_, std::nullopt);
  if (decision.plan.delay > 0) measure_.delay(decision.plan.delay, now - decision.since);
  if (decision.plan.error != 0) {
    own_ = std::move(decision.plan);
    rest_state_ = Rest::swallowed;
  }
  return std::nullopt;
}

void MySqlTap::note_passing(std::string_view payload) {
  const std::uint8_t code = first_byte(payload);
  const MySqlAnswer kind = answer_of_mysql_command(code);
  if (kind == MySqlAnswer::unlimited || owed_.size() >= limits::kMySqlPending) phase_ = Phase::untouched;
  if (code == command::kStatementClose && payload.size() >= 5) {
    prepared_.erase(static_cast<std::uint32_t>(mysql_number(payload.substr(1), 4)));
  }
  if (kind == MySqlAnswer::none || phase_ == Phase::untouched) return;
  Owed owed{kind, MySqlAnswerReader(kind, deprecates_eof_), {}, {}};
  if (code == command::kPrepare) owed.prepares = last_prepared_ = payload.substr(1, limits::kMySqlPreparedBytes);
  if (code == command::kQuery && opens_mysql_transaction(text_of(payload))) in_transaction_ = true;
  owed_.push_back(std::move(owed));
}

void MySqlTap::answered_behind() {
  if (phase_ == Phase::unknown) awaiting_ = false;
  if (count_) count_->answered();
  if (!owed_.empty() && packets_.at_start()) owed_.pop_front();
}

Step MySqlTap::greeting(const Waiting& waiting, Ns now) {
  const std::string_view bytes = waiting.bytes;
  if (begun_ == kNever) begun_ = now;
  const std::size_t size = bytes.size() < kMySqlHeaderBytes ? 0 : kMySqlHeaderBytes + mysql_number(bytes, 3);
  // Of the length the second byte tells already whether it can be a greeting's.
  const bool too_long = bytes.size() > 1 && static_cast<std::uint8_t>(bytes[1]) > limits::kMySqlGreetingBytes >> 8;
  if (too_long || size > limits::kMySqlGreetingBytes || (size > 0 && bytes[3] != 0)) return touch_no_more(waiting);
  if (size == 0 || bytes.size() < size) {
    if (now >= begun_ + kGreetingPatience) return touch_no_more(waiting);
    return waiting.end == End::none ? Step{.again = begun_ + kGreetingPatience} : pass_all(waiting);
  }
  auto readable = readable_greeting(bytes.substr(0, size), tls_ended_);
  if (!readable) return touch_no_more(waiting);
  const std::string refusal = planner_.refusal(rng_);
  if (!refusal.empty()) {
    ++measure_.acted;
    return {.drop = bytes.size(), .insert = refusal, .close = true};
  }
  phase_ = Phase::response;
  return {.drop = size, .insert = std::move(*readable)};
}

Step MySqlTap::down(const Waiting& waiting, Ns now) {
  if (phase_ == Phase::unknown) {
    awaiting_ = awaiting_ && waiting.bytes.empty();
    return go_by(Way::down, waiting);
  }
  if (phase_ == Phase::greeting && !waiting.bytes.empty()) return greeting(waiting, now);
  if (phase_ == Phase::greeting || phase_ == Phase::untouched) return pass_all(waiting);
  std::string_view rest = waiting.bytes;
  std::size_t pass = 0;
  while (!rest.empty()) {
    const bool replaced = !owed_.empty() && owed_.front().replaced();
    if (replaced && pass > 0) break;
    const bool whole = packets_.next(rest);
    const std::size_t read = waiting.bytes.size() - rest.size();
    const bool over = whole && !owed_.empty() && !packets_.continues() && owed_.front().reader.next(packets_.head());
    std::string instead;
    if (whole && !owed_.empty() && owed_.front().reader.take_file_request()) sends_file_ = true;
    if (over) {
      instead = std::move(owed_.front().instead);
      on_answer(owed_.front());
      owed_.pop_front();
    }
    if (replaced) return {.drop = read, .insert = std::move(instead)};
    pass = read;
  }
  return {.pass = pass};
}

void MySqlTap::on_answer(Owed& owed) {
  if (const auto status = owed.reader.status()) in_transaction_ = (*status & kMySqlInTransaction) != 0;
  if (const auto deprecates = owed.reader.deprecates_eof()) deprecates_eof_ = deprecates;
  if (const auto number = owed.reader.statement(); number && prepared_.size() < limits::kMySqlPrepared) {
    prepared_[*number] = {std::move(owed.prepares), owed.reader.statement_parameters(), {}};
  }
}

}  // namespace pl::proxy
