#pragma once
#include <string>
#include <string_view>

#include "proxy/fault.h"
#include "wire/http1.h"

namespace pl::proxy {

/// Whether bytes can be the beginning of a request's head (RFC 9112 section 3). The parser tells only at a line's end,
/// which other protocols may never send. Methods are in capitals, with '-' and '_'.
bool may_be_request(std::string_view bytes);

/// How many answers are owed on a connection that speaks HTTP/1.1: counted from its beginning without acting on
/// anything, for a fault that comes when requests are under way. Only what says where messages end is read. A copy goes
/// on from the same place.
class Http1Count {
 public:
  /// What asked for an answer. That to HEAD has no body.
  static constexpr char kHead = 'H', kOther = 'Q';

  /// Bytes went by as they came.
  void passed(Way way, std::string_view bytes);
  /// A character for each answer that is owed, in order: kHead or kOther. The one that is on its way is among them.
  std::string_view owed() const { return owed_; }
  /// Where a way stands: in the middle of a message, or between two of them. An answer that is not owed is not read.
  const wire::Http1Parser& reader(Way way) const { return way == Way::up ? up_ : down_; }
  /// It is not this protocol, or has become another: nothing is counted any more.
  bool lost() const { return lost_; }

 private:
  using Event = wire::Http1Parser::Step;
  bool passed_plain(Way way, std::string_view& bytes);
  void on_request(Event event);
  void on_answer(Event event);

  wire::Http1Parser up_{wire::Http1Parser::Role::request, wire::Http1Parser::Keeps::framing};
  wire::Http1Parser down_{wire::Http1Parser::Role::response, wire::Http1Parser::Keeps::framing};
  std::string owed_;
  bool lost_ = false;
};

}  // namespace pl::proxy
