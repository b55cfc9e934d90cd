#include "load/stream_texts.h"

#include <algorithm>

#include "base/limits.h"
#include "load/text.h"

namespace pl::load {

void StreamTexts::add(std::string_view type, const Json& document) {
  const std::string& own = document["type"].as_string();
  walk(document, start_of(own.empty() ? type : std::string_view(own), limits::kAnswerWordBytes) + " $");
}

void StreamTexts::add_text(std::string_view type, std::string_view text) {
  see(start_of(type, limits::kAnswerWordBytes) + " text", text);
}

void StreamTexts::walk(const Json& value, const std::string& place) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.members()) walk(member, place + "." + key);
  } else if (value.is_array()) {
    const std::size_t looked_at = std::min(value.size(), limits::kAnswerElements);
    for (std::size_t i = 0; i < looked_at; ++i) walk(value.at(i), place + "[]");
  } else if (value.is_string()) {
    see(place, value.as_string());
  }
}

void StreamTexts::see(const std::string& place, std::string_view text) {
  if (text.empty()) return;
  text = text.substr(0, limits::kAnswerWordBytes);
  const auto known = first_.find(place);
  if (known != first_.end()) {
    if (known->second != text) flowing_.insert(place);
    return;
  }
  if (first_.size() >= limits::kAnswerFeatures) return;
  first_.emplace(place, text);
  filled_.insert(place);
}

}  // namespace pl::load
