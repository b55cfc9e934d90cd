#include "wire/postgres.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "wire/postgres_message.h"

namespace pl::wire {
namespace {

constexpr std::size_t kErrorBytes = 2048, kWordBytes = 64;

/// A statement's text came, that ends with NUL unless it was cut.
PgEvent statement_event(std::string_view body) {
  const std::size_t end = body.find('\0');
  const bool cut = end == body.npos || end > limits::kPgTextBytes;
  return {.kind = PgEvent::Kind::statement, .text = body.substr(0, std::min(end, limits::kPgTextBytes)), .cut = cut};
}

/// How many bytes of a message's body are looked at.
std::size_t kept_of(bool from_program, char type) {
  if (from_program) {
    if (type == 'Q' || type == 'P' || type == 'B') return limits::kPgTextBytes + 2 * limits::kPgNameBytes;
    return type == 'E' || type == 'C' ? limits::kPgNameBytes + kPgHeadBytes : 0;
  }
  if (type == 'E') return kErrorBytes;
  return type == 'Z' ? kWordBytes : 0;
}

/// The SQLSTATE of an ErrorResponse: fields of a type byte and a text (PostgreSQL 55.8).
std::string_view sqlstate_of(std::string_view fields) {
  while (!fields.empty() && fields.front() != '\0') {
    const char type = fields.front();
    fields.remove_prefix(1);
    const std::string_view value = pg_take_text(fields);
    if (type == 'C') return value.substr(0, 5);
  }
  return "?????";
}

}  // namespace

/// Becomes opaque; returns false, so that a caller can return that.
bool PgParser::give_up() {
  opaque_ = true;
  for (Reader& reader : readers_) reader = {};
  pending_ = {};
  statements_ = {};
  portals_ = {};
  return false;
}

PgParser::Step PgParser::next(bool from_program, std::string_view& input, Ns now) {
  Reader& reader = readers_[from_program ? 0 : 1];
  while (!opaque_ && !input.empty()) {
    if (!reader.in_body && !read_head(from_program, reader, input)) continue;  // no more input, or no message
    const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(reader.left, input.size()));
    const std::size_t keep = kept_of(from_program, reader.type);
    std::string_view body = input.substr(0, std::min(taken, keep));
    const bool whole = taken == reader.left;
    if (!whole || reader.left != reader.size) {
      reader.body.append(body.substr(0, keep - std::min(keep, reader.body.size())));
      body = reader.body;
    }
    input.remove_prefix(taken);
    reader.left -= taken;
    if (!whole) return Step::more;
    reader.in_body = false;
    const bool says = from_program ? on_program(reader.type, body, reader.size, now) : on_server(reader.type, body);
    if (opaque_) break;
    if (says) return Step::event;
  }
  if (!opaque_) return Step::more;
  input = {};
  return Step::opaque;
}

/// Reads the beginning of a message; false where it is not whole yet, or was all there is of it.
bool PgParser::read_head(bool from_program, Reader& reader, std::string_view& input) {
  reader.body = {};
  if (!from_program && !started_ && !encrypts_) return give_up();  // no PostgreSQL speaks first
  if (!from_program && encrypts_ && reader.head.empty() && encryption_answered(input)) return false;
  const bool typed = !from_program || started_;
  const std::size_t wanted = typed ? kPgHeadBytes : kPgStartUpHeadBytes;
  const std::size_t taken = std::min(wanted - reader.head.size(), input.size());
  reader.head.append(input.substr(0, taken));
  input.remove_prefix(taken);
  if (!typed && reader.head.front() != '\0') return give_up();  // another protocol
  if (reader.head.size() < wanted) return false;
  if (!typed) return read_start_up(reader);
  const std::optional<PgHead> head = pg_head(reader.head, from_program);
  reader.head.clear();
  if (!head) return give_up();
  reader.type = head->type;
  reader.size = reader.left = head->size - kPgHeadBytes;
  reader.in_body = true;
  return true;
}

bool PgParser::read_start_up(Reader& reader) {
  const PgStartUp packet = pg_start_up(reader.head);
  reader.head.clear();
  if (packet.kind == PgStartUp::Kind::other) return give_up();
  if (packet.kind == PgStartUp::Kind::encrypt) {
    encrypts_ = true;
    return false;
  }
  started_ = true;
  reader.type = 'p';  // like a password: not looked at
  reader.size = reader.left = packet.size - kPgStartUpHeadBytes;
  reader.in_body = true;
  return true;
}

/// The one byte that answers a request for encryption; false where an error message comes instead.
bool PgParser::encryption_answered(std::string_view& input) {
  encrypts_ = false;
  if (input.front() == 'E') return false;
  if (input.front() != 'N') give_up();
  input.remove_prefix(1);
  return true;
}

bool PgParser::on_program(char type, std::string_view body, std::uint64_t size, Ns now) {
  switch (type) {
    case 'Q':
      return on_query(body, now);
    case 'P':
      return on_parse(body, now);
    case 'B':
      return on_bind(body, body.size() < size);
    case 'E': {
      const std::string_view name = pg_take_text(body);
      const auto portal = portals_.find(name);
      push({.kind = Pending::Kind::execute,
            .label = portal == portals_.end() ? -1 : portal->second.label,
            .sent = now,
            .name = std::string(name)});
      return false;
    }
    case 'C':
      if (body.starts_with('S')) {
        body.remove_prefix(1);
        statements_.erase(std::string(pg_take_text(body)));
      }
      push({.kind = Pending::Kind::close});
      return false;
    case 'D':
      push({.kind = Pending::Kind::describe});
      return false;
    case 'F':
      push({.kind = Pending::Kind::function});
      return false;
    case 'S':
      skipping_ = false;
      push({.kind = Pending::Kind::sync});
      return false;
    case 'c':
    case 'f':
      end_copy();
      return false;
    default:
      return false;
  }
}

bool PgParser::on_query(std::string_view body, Ns now) {
  if (skipping_) return false;
  push({.kind = Pending::Kind::query, .sent = now});
  event_ = statement_event(body);
  return true;
}

bool PgParser::on_parse(std::string_view body, Ns now) {
  if (skipping_) return false;
  const std::string_view name = pg_take_text(body);
  push({.kind = Pending::Kind::parse, .sent = now, .name = std::string(name.substr(0, limits::kPgNameBytes))});
  event_ = statement_event(body);
  return true;
}

bool PgParser::on_bind(std::string_view body, bool cut) {
  if (skipping_) return false;
  const std::string portal(pg_take_text(body).substr(0, limits::kPgNameBytes));
  const auto statement = statements_.find(pg_take_text(body));
  const std::int64_t label = statement == statements_.end() ? -1 : statement->second;
  if (portals_.size() >= limits::kPgNames) portals_.clear();
  portals_[portal] = {.label = label};
  push({.kind = Pending::Kind::bind, .label = label});
  event_ = {.kind = PgEvent::Kind::bound, .text = body.substr(0, limits::kPgTextBytes), .cut = cut, .label = label};
  return true;
}

bool PgParser::label(std::int64_t label) {
  event_.label = label;
  if (pending_.empty()) return true;
  Pending& last = pending_.back();
  last.label = label;
  if (last.kind != Pending::Kind::parse) return true;
  const bool room = statements_.size() < limits::kPgNames || statements_.contains(last.name);
  if (room) statements_[last.name] = label;
  return room;
}

void PgParser::push(Pending pending) {
  if (skipping_ && pending.kind != Pending::Kind::sync) return;
  pending_.push_back(std::move(pending));
  if (pending_.size() > limits::kPgPending) give_up();
}

/// A Sync that came while the server took a COPY's data was dropped by it.
void PgParser::end_copy() {
  if (!std::exchange(copying_in_, false) || pending_.empty()) return;
  const auto dropped = [](const Pending& one) { return one.kind == Pending::Kind::sync; };
  pending_.erase(std::remove_if(pending_.begin() + 1, pending_.end(), dropped), pending_.end());
}

/// The answer to a message of the extended protocol: nothing else can stand before it.
void PgParser::answered(Pending::Kind kind) {
  const bool expected = !pending_.empty() && pending_.front().kind == kind;
  expected ? pending_.pop_front() : static_cast<void>(give_up());
}

bool PgParser::on_server(char type, std::string_view body) {
  const bool answers_execute = !pending_.empty() && (pending_.front().kind == Pending::Kind::execute ||
                                                     pending_.front().kind == Pending::Kind::query);
  switch (type) {
    case 'D':
      if (answers_execute) ++pending_.front().rows;
      return false;
    case 'C':
    case 'I':
      return answers_execute ? on_complete() : give_up();
    case 's': {
      if (!answers_execute) return give_up();
      portals_[pending_.front().name].rows += pending_.front().rows;
      pending_.pop_front();
      return false;
    }
    case '1':
      return answered(Pending::Kind::parse), false;
    case '2':
      return answered(Pending::Kind::bind), false;
    case '3':
      return answered(Pending::Kind::close), false;
    case 'T':
    case 'n':
      if (!answers_execute) answered(Pending::Kind::describe);
      return false;
    case 'G':
      copying_in_ = true;
      return false;
    case 'E':
      return on_error(body);
    case 'Z':
      return on_ready(body);
    default:
      return false;
  }
}

bool PgParser::on_complete() {
  copying_in_ = false;
  if (pending_.front().kind == Pending::Kind::query) return false;  // its end is ReadyForQuery
  Pending done = std::move(pending_.front());
  pending_.pop_front();
  if (const auto portal = portals_.find(done.name); portal != portals_.end()) {
    done.rows += std::exchange(portal->second.rows, 0);
  }
  say_done(done, {});
  return true;
}

bool PgParser::on_error(std::string_view body) {
  copying_in_ = false;
  if (pending_.empty()) return false;
  Pending failed = pending_.front();
  if (failed.kind == Pending::Kind::query || failed.kind == Pending::Kind::function) {
    pending_.front().sqlstate = sqlstate_of(body);
    return false;
  }
  while (!pending_.empty() && pending_.front().kind != Pending::Kind::sync) pending_.pop_front();
  skipping_ = pending_.empty();
  if (failed.kind == Pending::Kind::parse) statements_.erase(failed.name);
  const bool executes = failed.kind == Pending::Kind::parse || failed.kind == Pending::Kind::bind ||
                        failed.kind == Pending::Kind::execute;
  if (!executes) return false;
  sqlstate_ = sqlstate_of(body);
  say_done(failed, sqlstate_);
  return true;
}

bool PgParser::on_ready(std::string_view body) {
  transaction_ = body.empty() ? '\0' : body.front();
  if (pending_.empty()) return false;
  const Pending ended = std::move(pending_.front());
  pending_.pop_front();
  if (ended.kind == Pending::Kind::sync || ended.kind == Pending::Kind::function) return false;
  if (ended.kind != Pending::Kind::query) return give_up();
  sqlstate_ = ended.sqlstate;
  say_done(ended, sqlstate_);
  return true;
}

void PgParser::say_done(const Pending& pending, std::string_view sqlstate) {
  event_ = {.kind = PgEvent::Kind::done,
            .label = pending.label,
            .rows = pending.rows,
            .sent = pending.sent,
            .sqlstate = sqlstate};
}

}  // namespace pl::wire
