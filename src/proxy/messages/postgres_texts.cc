#include "proxy/messages/postgres_texts.h"

#include <utility>

#include "base/limits.h"
#include "wire/postgres_message.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kMostBytes = 64 * limits::kPgTextBytes;

}  // namespace

PgTexts::Change PgTexts::remember(std::string_view name, std::string_view text) {
  Change change{.number = ++prepared_};
  if (name.size() > limits::kPgNameBytes) return change;
  change.name = name;
  if (const auto found = texts_.find(name); found != texts_.end()) {
    bytes_ -= found->second.text.size();
    change.before = std::move(found->second.text);
    texts_.erase(found);
  }
  if (texts_.size() >= limits::kPgNames || bytes_ + text.size() > kMostBytes) return change;
  bytes_ += text.size();
  texts_.emplace(name, Text{change.number, std::string(text)});
  return change;
}

void PgTexts::take_back(Change change) {
  const auto found = texts_.find(change.name);
  if (found == texts_.end() || found->second.number != change.number) return;
  forget(change.name);
  if (change.before) remember(change.name, *change.before);
}

void PgTexts::forget(std::string_view name) {
  const auto found = texts_.find(name);
  if (found == texts_.end()) return;
  bytes_ -= found->second.text.size();
  texts_.erase(found);
}

void PgTexts::clear() {
  texts_.clear();
  bytes_ = 0;
}

void PgTexts::note(std::string_view statement) {
  using Kind = wire::PgPrepared::Kind;
  const wire::PgPrepared prepared = wire::pg_prepared(statement);
  // Copies: the statement that prepares may have the name itself.
  if (prepared.kind == Kind::prepare) remember(std::string(prepared.name), std::string(prepared.text));
  if (prepared.kind != Kind::deallocate) return;
  prepared.name.empty() ? clear() : forget(prepared.name);
}

const std::string* PgTexts::find(std::string_view name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? nullptr : &found->second.text;
}

std::string_view PgTexts::executed(std::string_view statement) const {
  const wire::PgPrepared prepared = wire::pg_prepared(statement);
  if (prepared.kind != wire::PgPrepared::Kind::execute) return statement;
  const std::string* text = find(prepared.name);
  return text ? std::string_view(*text) : statement;
}

}  // namespace pl::proxy
