#pragma once
#include <map>
#include <string>
#include <string_view>

#include "load/features.h"

namespace pl::load {

/// The texts that an event stream carries, by where they stand in its events: what tells the stream's data from its
/// frame. Memory is bounded by limits::kAnswerFeatures. One owner, one thread.
class StreamTexts {
 public:
  /// Adds an event of this type (empty where it has none) with a JSON document as its data.
  void add(std::string_view type, const Json& document);
  /// Adds an event whose data is plain text.
  void add_text(std::string_view type, std::string_view text);

  /// Places that had a text in some event. Places of events of different types differ: "delta $.text".
  const TextSet& filled() const { return filled_; }
  /// Places whose text changed from event to event, as pieces of an answer do and names and models do not.
  const TextSet& flowing() const { return flowing_; }

 private:
  void walk(const Json& value, const std::string& place);
  void see(const std::string& place, std::string_view text);

  std::map<std::string, std::string, std::less<>> first_;  ///< The first text of each place, its beginning.
  TextSet filled_, flowing_;
};

}  // namespace pl::load
