#include "proxy/starttls.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kHeaderBytes = 4;    ///< Three of the payload's length, low byte first, and a sequence number.
constexpr std::size_t kRequestBytes = 32;  ///< Payload of "Protocol::SSLRequest".
constexpr unsigned char kSslHighByte = 8;  ///< CLIENT_SSL, 1 << 11, in the second byte of the capabilities.
constexpr std::size_t kFlagsAt = kHeaderBytes + 1;

/// The server greets first, and says whether it has TLS. Whether there is any is the program's choice: what it says to
/// the greeting is said to the server too, so that the packets on both sides have the same numbers.
class MysqlStartTls : public StartTls {
 public:
  bool listens(Way) const override { return true; }
  Result<Heard> hear(Way way, std::string_view bytes) override {
    if (way == Way::down) return Heard{.plain = std::string(bytes)};
    heard_ += bytes;
    if (!may_ask()) {
      for (const Way each : kWays) settle(each, Side::clear);
      return Heard{.plain = std::move(heard_)};
    }
    if (heard_.size() < kHeaderBytes + kRequestBytes) return Heard{};
    for (const Way each : kWays) settle(each, Side::tls);
    std::string rest = heard_.substr(kHeaderBytes + kRequestBytes);
    heard_.resize(kHeaderBytes + kRequestBytes);
    return Heard{.request = std::move(heard_), .cipher = std::move(rest)};
  }

 private:
  /// What was heard is, or may become, the request.
  bool may_ask() const {
    constexpr std::string_view kHeader{"\x20\0\0\x01", kHeaderBytes};
    if (!kHeader.starts_with(std::string_view(heard_).substr(0, kHeaderBytes))) return false;
    return heard_.size() <= kFlagsAt || (static_cast<unsigned char>(heard_[kFlagsAt]) & kSslHighByte) != 0;
  }

  std::string heard_;
};

}  // namespace

const StartTlsRow kMysqlStartTls = {
    .name = "mysql", .needs_both = true, .make = [](bool, bool) -> std::unique_ptr<StartTls> {
      return std::make_unique<MysqlStartTls>();
    }};

}  // namespace pl::proxy
