#include "engine/verify.h"

#include <fmt/format.h>

#include <optional>

#include "cli/commands.h"
#include "os/file.h"

namespace pl::cli {

Result<int> verify(const std::string& run, const std::string& trust) {
  std::optional<sign::Key> trusted;
  if (!trust.empty()) {
    if (!os::file_exists(trust)) return fail(Errc::not_found, trust + ": no such key file");
    const auto key = sign::Key::from_public_pem(PL_TRY(os::read_file(trust)));
    if (!key) return in_context(key.error(), "--trust " + trust);
    trusted = *key;
  }
  const engine::Verified verified = PL_TRY(engine::verify(run, trusted));
  for (const std::string& line : verified.lines) fmt::print("{}\n", line);
  fmt::print("verdict      {}\n", verified.verdict);
  if (verified.trusted) {
    fmt::print("signer       {}, which you trust\n", verified.key_id);
  } else {
    fmt::print(
        "signer       unknown: nothing was altered since it was signed, but anybody could have signed it; "
        "--trust KEY checks who did\n");
  }
  return 0;
}

}  // namespace pl::cli
