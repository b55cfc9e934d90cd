#include <fmt/format.h>

#include "cli/commands.h"
#include "conf/load.h"

namespace pl::cli {

int config(bool schema) {
  fmt::print("{}", schema ? conf::json_schema() : conf::config_help());
  return 0;
}

}  // namespace pl::cli
