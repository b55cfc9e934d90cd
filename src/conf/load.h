#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "conf/config.h"

namespace pl::conf {

/// Reads proofload.yaml. Errc::config in one line: file, line, column, where in the document, what is wrong and what
/// would be right. `filename` is for these lines only.
Result<Config> load(std::string_view text, const std::string& filename);

/// The configuration in the shape of the file, defaults filled in. With a hash key, for the log: values whose names
/// look like secrets are "sha256:<16 digits of a hash keyed by it>…<last two characters>".
Json to_json(const Config& config, std::optional<std::string_view> hash_key = {});

/// The same as YAML that load() reads back to the same configuration: for --print-config.
std::string print_config(const Config& config);

/// Keys, their meaning, ranges, defaults and examples as text, from the schema table.
std::string config_help();

/// JSON Schema (2020-12) of proofload.yaml, from the schema table: docs/schema/proofload.schema.json.
std::string json_schema();

}  // namespace pl::conf
