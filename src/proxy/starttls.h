#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "proxy/flows.h"

namespace pl::proxy {

/// What is said in clear before TLS begins inside another protocol, which both peers have to ask for and to agree to.
/// The relay speaks for each of them with the other. One connection; one thread.
class StartTls {
 public:
  enum class Side : std::uint8_t {
    waits,  ///< It has not said yet what it wants.
    clear,  ///< It is spoken to in clear.
    tls,    ///< Its TLS begins.
  };
  /// What becomes of bytes that were heard.
  struct Heard {
    std::string answer{};   ///< To whom said them.
    std::string request{};  ///< To the other side, in clear, past all faults.
    std::string plain{};    ///< They go on, as what was said.
    std::string cipher{};   ///< They belong to the handshake.
  };
  virtual ~StartTls() = default;

  /// What the upstream is told when it is connected.
  virtual std::string opening() const { return {}; }
  /// The source of a way is to be heard now.
  virtual bool listens(Way way) const = 0;
  /// Its source's bytes come here.
  bool waits(Way way) const { return side(way) == Side::waits; }
  Side side(Way way) const { return sides_[index(way)]; }
  /// Bytes of a source that waits, split anyhow. Errc::protocol: no TLS can come of it.
  virtual Result<Heard> hear(Way way, std::string_view bytes) = 0;
  /// Once both sides are settled: what the upstream says, as the program may hear it. What is not understood yet is
  /// kept for the next call.
  virtual std::string edit(std::string_view said) { return std::string(said); }
  /// There is nothing more to hear or to edit.
  virtual bool over() const { return !waits(Way::up) && !waits(Way::down); }

 protected:
  void settle(Way way, Side side) { sides_[index(way)] = side; }

 private:
  Side sides_[2] = {Side::waits, Side::waits};
};

/// One protocol. `make` is told where TLS is wanted: towards the program (`listens`), the upstream (`connects`).
struct StartTlsRow {
  std::string_view name;
  bool needs_both;  ///< It works only with TLS on both sides.
  std::unique_ptr<StartTls> (*make)(bool listens, bool connects);
};

/// PostgreSQL: SSLRequest and its answer of one byte (manual, section "Message Flow", "SSL Session Encryption").
extern const StartTlsRow kPostgresStartTls;
/// MySQL and MariaDB: SSLRequest instead of the response to the greeting (manual, "Protocol::SSLRequest").
extern const StartTlsRow kMysqlStartTls;

/// All of them, by name.
std::span<const StartTlsRow* const> starttls_rows();
/// nullptr: there is none of this name.
const StartTlsRow* find_starttls(std::string_view name);

}  // namespace pl::proxy
