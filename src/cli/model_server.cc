#include <fmt/format.h>

#include "base/values.h"
#include "cli/commands.h"
#include "sandbox/services/model.h"

namespace pl::cli {

Result<int> model_server(const ModelServerFlags& flags) {
  const auto first_token = parse_duration(flags.first_token);
  if (!first_token) {
    return fail(Errc::usage, fmt::format("--ttft {}: not a length of time; it would be 200ms", flags.first_token));
  }
  return pl::sandbox::model_server_main({.address = flags.host,
                                         .port = flags.port,
                                         .seed = flags.seed,
                                         .first_token = *first_token,
                                         .tokens_per_second = flags.tokens_per_second,
                                         .jitter = flags.jitter,
                                         .models = flags.models});
}

}  // namespace pl::cli
