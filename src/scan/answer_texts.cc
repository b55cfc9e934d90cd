#include "scan/answer_texts.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>

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

bool is_json(std::string_view media) { return media == "application/json" || media.ends_with("+json"); }

/// Each document of an answer: the whole of it, or an event's data.
void each_document(const Asked& asked, const std::function<void(std::string_view)>& take) {
  if (media_of(asked.head) != "text/event-stream") return take(asked.body);
  std::string_view rest = asked.body;
  wire::SseParser parser;
  while (parser.next(rest) == wire::SseParser::Step::event) take(parser.event().data);
}

void put_values(const Json& document, std::vector<std::pair<std::string, Json>>& out) {
  for (const auto& [name, value] : document.members()) {
    put_values(value, out);
    if (!value.is_string() && !value.is_number()) continue;
    const auto known = std::ranges::find(out, name, &std::pair<std::string, Json>::first);
    if (known == out.end()) {
      out.emplace_back(name, value);
    } else {
      known->second = value;
    }
  }
}

}  // namespace

AnswerTexts texts_of(const Asked& asked) {
  const std::string media = media_of(asked.head);
  if (media == "text/html" || media == "application/xhtml+xml") return {"html", asked.body};
  const bool stream = media == "text/event-stream";
  if (!stream && !is_json(media)) return {"text", asked.body};
  Texts texts;
  each_document(asked, [&](std::string_view data) { put_data(data, texts); });
  return {stream ? "event stream" : "json", joined(texts)};
}

std::vector<std::pair<std::string, Json>> values_of(const Asked& asked) {
  std::vector<std::pair<std::string, Json>> out;
  each_document(asked, [&](std::string_view data) {
    if (const auto document = Json::parse(data)) put_values(*document, out);
  });
  return out;
}

}  // namespace pl::scan
