#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "scan/ask.h"

namespace pl::scan {

/// What an answer says to who reads it.
struct AnswerTexts {
  std::string form;  ///< "html", "json", "event stream" or "text".
  std::string text;  ///< Of JSON and event streams the texts, decoded and put together as a browser's script does.
};
AnswerTexts texts_of(const Asked& asked);
/// Texts and numbers of an answer in JSON, or of the events of a stream, by their names; of two with one name the
/// later.
std::vector<std::pair<std::string, Json>> values_of(const Asked& asked);

}  // namespace pl::scan
