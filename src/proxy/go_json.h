#pragma once
#include <string>
#include <string_view>

#include "base/json.h"

/// JSON as Go's encoding/json has it, which Toxiproxy's clients compare with: for the control API alone.
namespace pl::proxy {

/// One line. A fraction is the shortest text that reads back the same, with an exponent below 1e-6 and from 1e21; what
/// could end a script or a line of one is escaped.
std::string go_json(const Json& json);
/// Reads a request as json.Decoder does: what follows the first value is ignored, and U+FFFD stands for what is no
/// Unicode: bytes that are no UTF-8, and escapes of one half of a surrogate pair.
Result<Json> read_go_json(std::string_view text);
/// A number as it is written there.
std::string go_number(double value);

}  // namespace pl::proxy
