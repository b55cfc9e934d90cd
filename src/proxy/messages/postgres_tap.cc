#include "proxy/messages/postgres_tap.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace pl::proxy {
namespace {

constexpr Ns kLook = kMs;  ///< What waits for its turn looks again after this much.
constexpr std::size_t kReadyBytes = 6;
constexpr std::uint64_t kFirstMost = 16 << 20;  ///< First message of a connection that was open already.
/// Goes up in place of a statement that is to fail, and says in the server's log why. It is SQL, so that a transaction
/// that has failed before is noticed first.
constexpr std::string_view kRefused = "SELECT proofload.a_fault_made_this_statement_fail()";
constexpr std::string_view kInFailedTransaction = "25P02";
constexpr std::size_t kErrorBytes = 256;  ///< Of an error: the SQLSTATE stands there.
/// It is parsed under a name, which it does not get, since it fails: so the unnamed statement stays.
constexpr std::string_view kRefusedName = "proofload";

/// How many bytes of a message of the program are looked at, its head included.
std::size_t looked_at(char type) {
  if (type == 'Q' || type == 'P') return wire::kPgHeadBytes + limits::kPgTextBytes + 2 * limits::kPgNameBytes;
  if (type == 'B') return wire::kPgHeadBytes + 2 * limits::kPgNameBytes;
  return wire::kPgHeadBytes + (type == 'C' ? limits::kPgNameBytes : 0);
}

/// A statement's text; `body` begins with it.
std::string_view statement_text(std::string_view body) {
  return wire::pg_take_text(body).substr(0, limits::kPgTextBytes);
}

/// Of the messages that answer those of the extended protocol, the last of each (chapter 55.2.3).
bool ends_answer(char type) { return std::string_view("123TnCIs").find(type) != std::string_view::npos; }

bool is_status(char c) { return c == 'I' || c == 'T' || c == 'E'; }

bool ends_transaction(wire::PgVerb verb) { return verb == wire::PgVerb::commit || verb == wire::PgVerb::rollback; }

std::string parse_message(std::string_view name, std::string_view text) {
  return wire::pg_message('P', std::string(name) + '\0' + std::string(text) + '\0' + std::string(2, '\0'));
}

/// ROLLBACK by the extended protocol: Parse, Bind and Execute.
std::string rollback_run() {
  return parse_message("", "ROLLBACK") + wire::pg_message('B', std::string(2 + 3 * 2, '\0')) +
         wire::pg_message('E', std::string(1 + 4, '\0'));
}

}  // namespace

Step PgTap::begin(Ns now) {
  PgPlan plan = planner_.meet(fresh_, now);
  keep_ = std::move(plan.keep);
  if (fresh_ || plan.then == PgPlan::Then::pass) return {};
  if (!count_ || count_->lost()) {
    untouched_ = true;  // another protocol, or encrypted
    return {};
  }
  ++measure_.acted;
  if (plan.then == PgPlan::Then::reset) return {.reset = true};
  if (count_->in_message(Way::down)) return {.close = true};  // nothing can be said within one
  return {.answer = wire::pg_error(true, plan.sqlstate, plan.message), .close = true};
}

Step PgTap::admit(Way way, const Waiting& waiting, Ns now) {
  if (untouched_ || (count_ && !falls_into_step(way, waiting))) return pass_all(waiting);
  return way == Way::up ? up(waiting, now) : down(waiting);
}

/// Whether what waits begins with a message of the program's, and what is owed before it is known; else it is counted.
bool PgTap::falls_into_step(Way way, const Waiting& waiting) {
  if (way == Way::up && !waiting.bytes.empty() && count_->between()) {
    typed_ = settled_ = true;
    for (const char asked : count_->owed()) owe({.sync = asked == PgCount::kSync});
    if (owed_.empty()) transaction_ = count_->transaction();
    flow_[index(Way::down)].left = count_->left();
    count_.reset();
    return true;
  }
  count_->passed(way, waiting.bytes);
  untouched_ = count_->lost();
  return false;
}

bool PgTap::owes_errors() const {
  const auto own = [](const Owed& one) { return !one.instead.error.empty(); };
  return !run_.instead.error.empty() || flow_[0].drop || flow_[1].drop || std::ranges::any_of(owed_, own);
}

Step PgTap::leave(Ns) {
  leaving_ = true;
  // What is the planner's goes with it.
  keep_.reset();
  held_.reset();
  ending_.reset();
  run_.place.reset();
  for (Owed& one : owed_) one.place.reset();
  return {};
}

Step PgTap::touch_no_more(const Waiting& waiting) {
  const bool half_done = owes_errors();
  untouched_ = true;
  owed_.clear();
  run_ = {};
  held_.reset();
  texts_.clear();
  if (half_done) return {.drop = waiting.bytes.size(), .close = true};
  return pass_all(waiting);
}

Step PgTap::up(const Waiting& waiting, Ns now) {
  if (owed_.size() > limits::kPgPending) return touch_no_more(waiting);
  if (ending_) return ending(waiting, now);
  Flow& flow = flow_[index(Way::up)];
  std::size_t at = 0;
  while (at < waiting.bytes.size()) {
    const std::string_view rest = waiting.bytes.substr(at);
    if (flow.left > 0) {
      if (flow.drop) return at > 0 ? Step{.pass = at} : drop_flow(flow, rest);
      const std::size_t taken = flow.here(rest);
      flow.left -= taken;
      at += taken;
      continue;
    }
    if (!typed_ && (fresh_ || rest.front() == '\0')) return start_up(waiting, now);
    if (!wire::pg_knows(rest.front(), true)) return touch_no_more(waiting);
    if (rest.size() < wire::kPgHeadBytes) return {.pass = waiting.end == End::none ? at : waiting.bytes.size()};
    const std::optional<wire::PgHead> head = wire::pg_head(rest, true);
    if (!head || (!typed_ && head->size > kFirstMost)) return touch_no_more(waiting);
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(looked_at(head->type), head->size));
    if (rest.size() < wanted) return {.pass = waiting.end == End::none ? at : waiting.bytes.size()};
    typed_ = true;
    const std::size_t here = static_cast<std::size_t>(std::min<std::uint64_t>(head->size, rest.size()));
    const std::string_view body = rest.substr(wire::kPgHeadBytes, wanted - wire::kPgHeadBytes);
    std::optional<Step> step = on_message({head->type, head->size, here, body, wanted == head->size}, now);
    if (step) {
      step->pass = at;
      return std::move(*step);
    }
    flow.left = head->size;
  }
  return {.pass = at};
}

Step PgTap::start_up(const Waiting& waiting, Ns now) {
  if (waiting.bytes.front() != '\0') return touch_no_more(waiting);
  if (waiting.bytes.size() < wire::kPgStartUpHeadBytes) {
    return {.pass = waiting.end == End::none ? 0 : waiting.bytes.size()};
  }
  const wire::PgStartUp packet = wire::pg_start_up(waiting.bytes);
  if (packet.kind == wire::PgStartUp::Kind::other) return touch_no_more(waiting);
  if (packet.kind == wire::PgStartUp::Kind::encrypt) return {.drop = packet.size, .answer = "N"};
  if (waiting.bytes.size() < packet.size) return {.pass = waiting.end == End::none ? 0 : waiting.bytes.size()};
  PgPlan plan = planner_.log_in(now);
  if (plan.keep) keep_ = std::move(plan.keep);
  typed_ = settled_ = true;
  if (plan.then == PgPlan::Then::pass) {
    owe({});
    return {.pass = packet.size};
  }
  ++measure_.acted;
  if (plan.then == PgPlan::Then::reset) return {.reset = true};
  return {.drop = waiting.bytes.size(), .answer = wire::pg_error(true, plan.sqlstate, plan.message), .close = true};
}

Step PgTap::ending(const Waiting& waiting, Ns now) {
  if (ending_->error.empty()) return {.reset = true};
  const bool turn = (owed_.empty() && flow_[index(Way::down)].left == 0) || down_over_;
  if (!turn) return {.hold_end = true, .again = now + kLook};
  return {.drop = waiting.bytes.size(), .answer = std::move(ending_->error), .close = true};
}

std::optional<Step> PgTap::on_message(const Message& message, Ns now) {
  if (message.type == 'S') return on_sync();
  if (skipping_) return std::nullopt;
  switch (message.type) {
    case 'Q':
      return on_query(message, now);
    case 'P':
      return on_parse(message);
    case 'B':
      return on_bind(message, now);
    case 'C':
      on_close(message);
      ++run_.sent;
      return std::nullopt;
    case 'D':
    case 'E':
      ++run_.sent;
      return std::nullopt;
    case 'F':
      owe({.instead = {.from = run_.sent}});
      return std::nullopt;
    case 'c':
    case 'f':
      ++copy_ends_;
      end_copy();
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

PgTap::Decision PgTap::decide(std::string_view text, bool known, Ns now) {
  if (held_) return wait(now);
  if (!settled_ || leaving_) return {};
  const bool in_transaction = transaction_ == 'T';
  return on_plan(planner_.plan({texts_.executed(text), known, in_transaction, run_.place != nullptr}, rng_, now), now);
}

PgTap::Decision PgTap::on_plan(PgPlan plan, Ns now) {
  using Then = PgPlan::Then;
  if (plan.then == Then::pass) {
    if (plan.delay <= 0 && !plan.place) return {};
    held_ = Held{now, plan.delay, std::move(plan.place)};
    return wait(now);
  }
  if (plan.then == Then::error) return {Fate::fail, wire::pg_error(false, plan.sqlstate, plan.message)};
  ++measure_.acted;
  ending_ = Ending{plan.then == Then::end ? wire::pg_error(true, plan.sqlstate, plan.message) : std::string()};
  return {.fate = Fate::end, .again = now};
}

/// A statement that waits: may it go on now?
PgTap::Decision PgTap::wait(Ns now) {
  held_->delay = planner_.delay().value_or(held_->delay);
  Ns again = held_->since + held_->delay;
  if (again <= now && held_->place) again = held_->place->take(now);
  if (again > now) {
    if (!std::exchange(held_->counted, true)) ++measure_.acted;
    return {.fate = Fate::hold, .again = again};
  }
  const Ns waited = now - held_->since;
  if (held_->counted) measure_.delay(held_->delay > 0 ? held_->delay : waited, waited);
  if (held_->place && !run_.place) run_.place = std::move(held_->place);
  held_.reset();
  return {};
}

std::optional<Step> PgTap::on_query(const Message& message, Ns now) {
  const std::string_view text = statement_text(message.body);
  if (text == kRefused) return pass_refused(message);
  Decision decision = decide(text, true, now);
  if (decision.fate == Fate::hold || decision.fate == Fate::end) return Step{.hold_end = true, .again = decision.again};
  const wire::PgVerb verb = wire::pg_verb(text);
  owe({.instead = {run_.sent, std::move(decision.error)},
       .parsed = std::move(run_.parsed),
       .place = std::move(run_.place)});
  run_ = {};
  if (decision.fate == Fate::fail) return drop(message, wire::pg_query(note_failure(verb) ? "ROLLBACK" : kRefused));
  note(verb);
  texts_.note(text);
  return std::nullopt;
}

/// What another fault has put in place of a statement.
std::optional<Step> PgTap::pass_refused(const Message& message) {
  note_failure(wire::PgVerb::none);
  if (message.type == 'Q') {
    owe({.instead = {.from = run_.sent}, .parsed = std::move(run_.parsed), .place = std::move(run_.place)});
    run_ = {};
  } else {
    ++run_.sent;
    skipping_ = true;
  }
  return std::nullopt;
}

/// Nothing fails before it is bound, so that a statement which is prepared once and executed often is asked about
/// often.
std::optional<Step> PgTap::on_parse(const Message& message) {
  std::string_view rest = message.body;
  const std::string_view name = wire::pg_take_text(rest);
  const std::string_view text = statement_text(rest);
  if (text == kRefused) return pass_refused(message);
  PgTexts::Change change = texts_.remember(name, text);
  if (run_.parsed.size() < limits::kPgNames) run_.parsed.push_back({run_.sent, std::move(change)});
  ++run_.sent;
  return std::nullopt;
}

std::optional<Step> PgTap::on_bind(const Message& message, Ns now) {
  std::string_view rest = message.body;
  wire::pg_take_text(rest);  // the portal
  const std::string_view name = wire::pg_take_text(rest);
  const std::string* known = texts_.find(name);
  const std::string_view text = known ? std::string_view(*known) : std::string_view();
  const wire::PgVerb verb = wire::pg_verb(text);
  Decision decision = decide(text, known != nullptr, now);
  if (decision.fate == Fate::hold || decision.fate == Fate::end) return Step{.hold_end = true, .again = decision.again};
  if (decision.fate == Fate::fail) return fail_run(message, std::move(decision.error), verb);
  ++run_.sent;
  note(verb);
  texts_.note(text);
  return std::nullopt;
}

/// A statement of the extended protocol fails, and with it the rest of its run.
std::optional<Step> PgTap::fail_run(const Message& message, std::string error, wire::PgVerb verb) {
  run_.instead = {run_.sent++, std::move(error)};
  skipping_ = true;
  const std::string before = note_failure(verb) ? rollback_run() : std::string();
  return drop(message, before + parse_message(kRefusedName, kRefused));
}

std::optional<Step> PgTap::on_sync() {
  skipping_ = false;
  if (copying_) return std::nullopt;  // the server drops it
  Run run = std::exchange(run_, {});
  owe({.instead = std::move(run.instead),
       .sync = true,
       .copy_ends = copy_ends_,
       .parsed = std::move(run.parsed),
       .place = std::move(run.place)});
  return std::nullopt;
}

void PgTap::on_close(const Message& message) {
  std::string_view name = message.body;
  if (!name.starts_with('S')) return;
  name.remove_prefix(1);
  texts_.forget(wire::pg_take_text(name));
}

/// What has come of a message that goes nowhere.
Step PgTap::drop_flow(Flow& flow, std::string_view bytes) {
  const std::size_t taken = flow.here(bytes);
  flow.left -= taken;
  flow.drop = flow.left > 0;
  return {.drop = taken};
}

/// What waits of the message goes nowhere, and the rest of it as it comes.
Step PgTap::drop(const Message& message, std::string instead) {
  const std::uint64_t left = message.size - message.here;
  flow_[index(Way::up)] = {left, left > 0};
  return {.drop = message.here, .insert = std::move(instead)};
}

/// A statement goes on: what will the transaction be?
void PgTap::note(wire::PgVerb verb) {
  if (verb == wire::PgVerb::begin && transaction_ == 'I') transaction_ = 'T';
  if (verb == wire::PgVerb::rollback_to && transaction_ == 'E') transaction_ = 'T';
  if (ends_transaction(verb) && transaction_ != 0) transaction_ = 'I';
}

/// A statement fails. True: it would have ended the transaction, which has to be rolled back; else that has failed.
bool PgTap::note_failure(wire::PgVerb verb) {
  if (transaction_ != 'T') return false;
  transaction_ = ends_transaction(verb) ? 'I' : 'E';
  return transaction_ == 'I';
}

void PgTap::owe(Owed owed) {
  if (settled_) owed_.push_back(std::move(owed));
}

/// The server takes the data of a COPY, of which the program may have sent the end already.
void PgTap::begin_copy() {
  copying_ = true;
  if (++copies_ <= copy_ends_) end_copy();
}

/// The server drops each Sync that comes while it takes the data of a COPY.
void PgTap::end_copy() {
  if (!std::exchange(copying_, false)) return;
  const auto dropped = [&](const Owed& one) { return one.sync && one.copy_ends < copies_; };
  for (Owed& one : owed_) {
    if (dropped(one) && one.place) run_.place = std::move(one.place);
  }
  std::erase_if(owed_, dropped);
}

Step PgTap::down(const Waiting& waiting) {
  down_over_ = down_over_ || waiting.end != End::none;
  if (!typed_) {
    look_at_tail(waiting.bytes);
    return pass_all(waiting);
  }
  Flow& flow = flow_[index(Way::down)];
  std::size_t at = 0;
  while (at < waiting.bytes.size()) {
    const std::string_view rest = waiting.bytes.substr(at);
    if (flow.left > 0) {
      if (flow.drop) return at > 0 ? Step{.pass = at} : drop_flow(flow, rest);
      const std::size_t taken = flow.here(rest);
      flow.left -= taken;
      at += taken;
      continue;
    }
    if (!wire::pg_knows(rest.front(), false)) return touch_no_more(waiting);
    const bool cut = rest.size() < wire::kPgHeadBytes || (rest[0] == 'Z' && rest.size() < kReadyBytes);
    if (cut) return {.pass = waiting.end == End::none ? at : waiting.bytes.size()};
    const std::optional<wire::PgHead> head = wire::pg_head(rest, false);
    const bool ready = head && head->type == 'Z';
    if (!head || (ready && (head->size != kReadyBytes || !is_status(rest[wire::kPgHeadBytes]))))
      return touch_no_more(waiting);
    const bool unknown = head->type == 'E' && rest.size() < std::min<std::uint64_t>(head->size, kErrorBytes);
    if (unknown && waiting.end == End::none && !instead().error.empty()) return {.pass = at};
    if (!ready) {
      std::string instead = on_server(*head, rest.substr(0, head->size));
      if (!instead.empty()) return {.pass = at, .insert = std::move(instead)};
    } else if (std::optional<Step> step = on_ready(rest[wire::kPgHeadBytes])) {
      step->pass = at;
      return std::move(*step);
    } else {
      flow.left = kReadyBytes;
    }
  }
  return {.pass = at};
}

/// A message of the server begins. What goes down before it, or in its place.
std::string PgTap::on_server(const wire::PgHead& head, std::string_view begin) {
  if (head.type == 'G') begin_copy();
  if (head.type == 'E') end_copy();
  Instead& own = instead();
  const bool asked_for = head.type != 'N' && head.type != 'S' && head.type != 'A';
  const bool error = head.type == 'E';
  bool replaced = asked_for && !own.error.empty() && answered_ >= own.from;
  if (error && wire::pg_sqlstate(begin) == kInFailedTransaction) replaced = false;
  flow_[index(Way::down)] = {head.size, replaced};
  if (ends_answer(head.type)) ++answered_;
  const bool executed = head.type == 'C' || head.type == 's' || head.type == 'I';
  if (executed && owed_.empty() && answered_ >= run_.sent) run_.place.reset();
  if (!error) return {};
  // Behind an error of the server's own there is no other.
  std::string instead = std::exchange(own.error, {});
  pass_over();
  if (!replaced) return {};
  ++measure_.acted;
  return instead;
}

/// The server has said an error. After one of the extended protocol it passes over everything up to the Sync, queries
/// too.
void PgTap::pass_over() {
  if (!settled_) return;
  bool passes = owed_.empty() && run_.sent > 0;
  take_back(std::exchange(owed_.empty() ? run_.parsed : owed_.front().parsed, {}));
  if (!owed_.empty() && !owed_.front().sync && answered_ < owed_.front().instead.from) {
    while (!owed_.empty() && !owed_.front().sync) owed_.pop_front();
    passes = owed_.empty();
    if (!passes) owed_.front().instead = {};
  }
  if (!passes) return;
  skipping_ = true;
  held_.reset();
  run_.place.reset();
  run_.instead = {};
}

/// Statements whose Parse failed, or was passed over, are not there.
void PgTap::take_back(std::vector<Parsed> parsed) {
  for (; !parsed.empty() && parsed.back().from >= answered_; parsed.pop_back()) {
    texts_.take_back(std::move(parsed.back().change));
  }
}

/// ReadyForQuery. Nothing: it passes as it is.
std::optional<Step> PgTap::on_ready(char transaction) {
  Owed owed;
  if (!owed_.empty()) {
    owed = std::move(owed_.front());
    owed_.pop_front();
  }
  answered_ = 0;
  if (owed_.empty()) copies_ = copy_ends_ = 0;
  if (!std::exchange(settled_, true)) run_ = {};
  if (owed_.empty() && run_.sent == 0) transaction_ = transaction;
  if (owed.instead.error.empty()) return std::nullopt;
  ++measure_.acted;
  return Step{.drop = kReadyBytes, .insert = owed.instead.error + wire::pg_ready(transaction)};
}

/// Down, before the program has said anything: whether an answer has come to its end.
void PgTap::look_at_tail(std::string_view bytes) {
  tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), kReadyBytes));
  tail_.erase(0, tail_.size() - std::min(tail_.size(), kReadyBytes));
  if (tail_.size() < kReadyBytes || !is_status(tail_.back()) || tail_ != wire::pg_ready(tail_.back())) return;
  transaction_ = tail_.back();
  settled_ = true;
}

}  // namespace pl::proxy
