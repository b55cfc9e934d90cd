#include "scan/markup.h"

#include <fmt/format.h>

#include <map>

#include "base/internals.h"
#include "base/json.h"
#include "scan/answer_words.h"
#include "wire/sse.h"

namespace pl::scan {
namespace {

/// Texts by where they stand in their documents: the pieces of a streamed answer stand at the same place.
using Texts = std::map<std::string, std::string>;

void put_texts(const Json& document, const std::string& place, Texts& out) {
  if (document.is_string()) out[place] += document.as_string();
  for (const Json& item : document.items()) put_texts(item, place + "[]", out);
  for (const auto& [name, item] : document.members()) put_texts(item, place + "." + name, out);
}

/// The texts of JSON, or the data as it is.
void put_data(std::string_view data, Texts& out) {
  const auto document = Json::parse(data);
  if (document) {
    put_texts(*document, "", out);
  } else {
    out[""] += data;
  }
}

std::string joined(const Texts& texts) {
  std::string out;
  for (const auto& [place, text] : texts) out += text + "\n";
  return out;
}

std::string texts_of_stream(std::string_view body) {
  Texts out;
  wire::SseParser parser;
  while (parser.next(body) == wire::SseParser::Step::event) put_data(parser.event().data, out);
  return joined(out);
}

}  // namespace

std::string markup_request(std::string_view token) { return fmt::format("pl-markup-{}", token); }

MarkupSeen find_markup(const Asked& asked, std::string_view token) {
  const std::string media = media_of(asked.head);
  MarkupSeen seen;
  std::string text = asked.body, form = "text";
  if (media == "text/html" || media == "application/xhtml+xml") form = "html";
  if (media == "application/json" || media.ends_with("+json")) {
    form = "json";
    Texts texts;
    put_data(asked.body, texts);
    text = joined(texts);
  }
  if (media == "text/event-stream") {
    form = "event stream";
    text = texts_of_stream(asked.body);
  }
  const std::size_t raw = text.find(fmt::format("<b data-pl=\"{}\">", token));
  const std::size_t escaped = text.find(fmt::format("&lt;b data-pl=&quot;{}", token));
  const std::size_t bare = text.find(fmt::format("{}</b", token));
  seen.raw = raw != std::string::npos;
  const std::size_t place = seen.raw ? raw : escaped != std::string::npos ? escaped : bare;
  if (place == std::string::npos) return seen;
  seen.form = form;
  seen.excerpt = excerpt_at(text, place);
  return seen;
}

}  // namespace pl::scan
