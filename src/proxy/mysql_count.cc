#include "proxy/mysql_count.h"

#include "base/limits.h"

namespace pl::proxy {

bool may_be_mysql_greeting(std::string_view bytes) {
  return bytes.size() > kMySqlHeaderBytes && bytes[3] == 0 && bytes[kMySqlHeaderBytes] == kMySqlHandshake10;
}

void MySqlCount::passed(Way way, std::string_view bytes) {
  MySqlPackets& packets = way == Way::up ? up_ : down_;
  while (!lost_ && packets.next(bytes)) {
    if (packets.continues()) continue;
    lost_ = !(way == Way::up ? on_program(packets.head()) : on_server(packets.head()));
  }
  if (lost_) owed_.clear();
}

void MySqlCount::answered() {
  if (!owed_.empty() && down_.at_start()) owed_.pop_front();
}

bool MySqlCount::on_program(const MySqlHead& packet) {
  if (!greeted_) return false;
  if (!logged_in_) return on_login(packet);
  if (sends_file_) {
    sends_file_ = packet.length > 0;
    return true;
  }
  // What the program says while it logs in is no command.
  return (!owed_.empty() && owed_.front().kind == MySqlAnswer::login) || on_command(packet);
}

bool MySqlCount::on_login(const MySqlHead& packet) {
  const auto login = read_mysql_login(packet.payload);
  if (!login || packet.sequence == 0 || packet.sequence > 2) return false;
  if (login->tls && packet.length == kMySqlResponseBytes) return false;
  deprecates_eof_ = login->deprecates_eof;
  attributes_ = login->attributes;
  logged_in_ = true;
  owed_.push_back({MySqlAnswer::login, MySqlAnswerReader(MySqlAnswer::login)});
  return true;
}

bool MySqlCount::on_command(const MySqlHead& packet) {
  if (packet.sequence != 0 || packet.length == 0) return false;
  const auto code = static_cast<std::uint8_t>(packet.payload.front());
  const MySqlAnswer kind = answer_of_mysql_command(code);
  if (kind == MySqlAnswer::unlimited || owed_.size() >= limits::kMySqlPending) return false;
  if (kind == MySqlAnswer::none) return true;
  const bool begins = code == mysql_command::kQuery && opens_mysql_transaction(mysql_query_text(packet.payload));
  in_transaction_ = in_transaction_ || begins;
  owed_.push_back({kind, MySqlAnswerReader(kind, deprecates_eof_)});
  return true;
}

bool MySqlCount::on_server(const MySqlHead& packet) {
  if (!greeted_) {
    greeted_ = packet.sequence == 0 && packet.payload.starts_with(kMySqlHandshake10);
    return greeted_;
  }
  if (owed_.empty()) return true;  // what nobody asked for is a fault's own, before this place
  MySqlAnswerReader& reader = owed_.front().reader;
  const bool over = reader.next(packet);
  sends_file_ = reader.take_file_request() || sends_file_;
  if (!over) return true;
  if (const auto status = reader.status()) in_transaction_ = (*status & kMySqlInTransaction) != 0;
  if (const auto deprecates = reader.deprecates_eof()) deprecates_eof_ = deprecates;
  owed_.pop_front();
  return true;
}

}  // namespace pl::proxy
