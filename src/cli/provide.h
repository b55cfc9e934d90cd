#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "conf/config.h"

namespace pl::cli {

/// Adds services to what the configuration provides, without options; one that it names already keeps its own. The
/// names are those of the table of services, and auto.
Result<void> add_services(conf::Config& config, const std::vector<std::string>& names);
/// The names in a configuration's `provide:` as a run's log has it.
std::vector<std::string> service_names(const Json& provide);

}  // namespace pl::cli
