#include "proxy/dns_stream.h"

#include <deque>
#include <optional>

#include "base/limits.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kLengthBytes = 2;  ///< Before each message, high byte first (RFC 1035 section 4.2.2).

/// The size of the message that bytes begin with, its length included; nothing: it has not come as a whole.
std::optional<std::size_t> whole_message(std::string_view bytes) {
  if (bytes.size() < kLengthBytes) return std::nullopt;
  const auto high = static_cast<unsigned char>(bytes[0]), low = static_cast<unsigned char>(bytes[1]);
  const std::size_t size = kLengthBytes + (std::size_t{high} << 8 | low);
  return bytes.size() < size ? std::nullopt : std::optional(size);
}

std::string as_stream(const std::string& message) {
  const std::size_t size = message.size();
  return std::string{static_cast<char>(size >> 8), static_cast<char>(size)} + message;
}

}  // namespace

/// Its part in one connection.
class DnsStreamFault::StreamTap : public Tap {
 public:
  StreamTap(DnsStreamFault& fault, bool fresh) : fault_(fault), fresh_(fresh) {}
  void arrive(Way way, std::string_view bytes, Ns now) override {
    if (way == Way::down || !fresh_) return;
    arrived_ += bytes.size();
    pieces_.push_back({arrived_, now});
  }
  Step admit(Way way, const Waiting& waiting, Ns now) override {
    if (!fresh_) return pass_all(waiting);
    return way == Way::up ? queries(waiting, now) : answers_whole(waiting);
  }
  bool answers() const override { return true; }
  bool opaque() const override { return !fresh_; }
  /// The longest message, which has to come as a whole.
  std::size_t room() const override { return kLengthBytes + limits::kDnsMessageBytes; }

 private:
  struct Decision {
    DnsPlan plan;
    Ns since;
  };
  struct Piece {
    std::uint64_t end;  ///< Of the stream, behind it.
    Ns at;
  };

  Step queries(const Waiting& waiting, Ns now) {
    std::size_t pass = 0;
    while (const auto size = whole_message(waiting.bytes.substr(pass))) {
      if (!decision_) decision_ = decide(waiting.bytes.substr(pass + kLengthBytes, *size - kLengthBytes), *size);
      const DnsPlan& plan = decision_->plan;
      const Ns wanted = plan.after > 0 ? fault_.fault_.delay() : 0;
      const Ns due = decision_->since + wanted;
      if (now < due) return {.pass = pass, .again = due};
      if (wanted > 0) fault_.measure_.delay(wanted, now - decision_->since);
      const std::string answer = plan.answer.empty() ? std::string() : as_stream(plan.answer);
      const bool swallowed = plan.lost || !answer.empty();
      decision_.reset();
      gone_ += *size;
      if (swallowed) return {.pass = pass, .drop = *size, .answer = answer};
      pass += *size;
    }
    return waiting.end == End::none ? Step{.pass = pass} : pass_all(waiting);
  }

  Decision decide(std::string_view message, std::size_t size) {
    while (pieces_.size() > 1 && pieces_.front().end < gone_ + size) pieces_.pop_front();
    Decision decision{{}, pieces_.empty() ? 0 : pieces_.front().at};
    const auto query = wire::is_dns_query(message) ? wire::read_dns_query(message) : std::nullopt;
    if (query) decision.plan = fault_.fault_.plan(*query, fault_.queries_++);
    if (!decision.plan.acts) decision.plan = {};
    return decision;
  }

  static Step answers_whole(const Waiting& waiting) {
    std::size_t pass = 0;
    while (const auto size = whole_message(waiting.bytes.substr(pass))) pass += *size;
    return waiting.end == End::none ? Step{.pass = pass} : pass_all(waiting);
  }

  DnsStreamFault& fault_;
  bool fresh_;
  std::deque<Piece> pieces_;  ///< From the program, of queries that are not decided.
  std::uint64_t arrived_ = 0, gone_ = 0;
  std::optional<Decision> decision_;
};

std::unique_ptr<Tap> DnsStreamFault::attach(const ConnectionView& view) {
  return std::make_unique<StreamTap>(*this, view.fresh);
}

}  // namespace pl::proxy
