#pragma once
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"

namespace pl::load {

/// A set of texts that keeps at most limits::kAnswerFeatures members.
using TextSet = std::set<std::string, std::less<>>;

/// What an answer's body is made of, for comparing answers with each other.
struct Features {
  TextSet parts;        ///< JSON key paths with arrays collapsed ("$.items[].id"), or words.
  TextSet filled;       ///< Arrays outside arrays that have elements, or a stream's texts: for "no data left".
  TextSet envelopes;    ///< "$.data" and its like, where there is an object with members: the same, without arrays.
  TextSet flowing;      ///< Of a stream: the texts that change from event to event (StreamTexts).
  TextSet error_words;  ///< Error keys with something in them, and error words and phrases in texts.
  std::size_t looked_at = 0;  ///< Bytes of text that were searched for error words.
  bool hollow = false;        ///< Nothing in it: no bytes, white space, or JSON null, "", [] or {}.
};

/// "application/json; charset=utf-8" to "application/json", lower case.
std::string media_of(std::string_view content_type);
bool is_json(std::string_view media);
bool is_event_stream(std::string_view media);

/// The features of a whole body, or of its kept beginning where it was `cut` (JSON that cannot be parsed then counts as
/// words). Broken JSON has no features.
Features features_of(std::string_view media, std::string_view body, bool cut);
/// Adds a JSON document's features: one event of a stream, for instance.
void add_json(Features& features, const Json& document);
/// Adds where a redirect leads: its path, with what looks like an identifier collapsed.
void add_location(Features& features, std::string_view location);
/// Whether both lead elsewhere: the place that is usual is not where this one leads.
bool leads_elsewhere(const TextSet& usual, const TextSet& seen);
/// Adds the words of plain text or HTML.
void add_text(Features& features, std::string_view text);
/// Whether a document says of itself that it is an error: `error` or `errors` with something in it, or type "error".
bool is_error_document(const Json& document);

}  // namespace pl::load
