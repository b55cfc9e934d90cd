#pragma once
#include <string>
#include <string_view>

#include "scan/ask.h"

namespace pl::scan {

/// How markup that a model was made to answer came to the customer.
struct MarkupSeen {
  std::string form;  ///< "html", "json", "event stream", "text"; empty: it did not come.
  bool raw = false;  ///< As an element, unescaped, after JSON and events were decoded.
  std::string excerpt;
};

/// What asks the built-in model for markup (sandbox/services/model_text.h).
std::string markup_request(std::string_view token);
/// Looks for the markup of that token in an answer. In JSON and event streams texts are decoded and put together first,
/// as a browser's script does: a token may come in several pieces.
MarkupSeen find_markup(const Asked& asked, std::string_view token);

}  // namespace pl::scan
