#include "load/answer.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "load/text.h"

namespace pl::load {
namespace {

/// Types of events, as fields or inside the data, that end a stream in common model and chat interfaces.
constexpr std::array<std::string_view, 8> kFinalTypes = {"done",     "end",          "complete",           "completed",
                                                         "finished", "message_stop", "response.completed", "close"};

bool is_final_type(std::string_view type) { return std::ranges::find(kFinalTypes, type) != kFinalTypes.end(); }

bool is_final_document(const Json& document) {
  if (!document.is_object()) return false;
  return is_final_type(document["type"].as_string()) || document["done"].as_bool() || document["finished"].as_bool();
}

}  // namespace

void Answer::on_head(const wire::HttpHead& head, Ns at) {
  status_ = head.status;
  headers_ = head.headers;
  media_ = media_of(head.value("content-type"));
  stream_ = is_event_stream(media_) && status_ >= 200 && status_ < 300;
  last_event_ = at;
}

void Answer::on_body(std::string_view bytes, Ns at) {
  bytes_ += static_cast<std::int64_t>(bytes.size());
  const std::size_t room = limits::kAnswerBytes - body_.size();
  body_ += bytes.substr(0, std::min(room, bytes.size()));
  if (!stream_) return;
  while (parser_.next(bytes) == wire::SseParser::Step::event) on_event(parser_.event(), at);
}

void Answer::on_event(const wire::SseEvent& event, Ns at) {
  ++events_;
  longest_gap_ = std::max(longest_gap_, at - last_event_);
  last_event_ = at;
  const bool marker = trim(event.data) == "[DONE]";
  stream_done_ = marker || is_final_type(event.type);
  stream_features_.parts.insert("event " + start_of(event.type, limits::kAnswerWordBytes));
  if (event.type == "error") {
    stream_error_ = true;
    stream_features_.error_words.insert("error");
  }
  if (event.data.empty() || event.data.front() != '{') {
    if (!marker) stream_texts_.add_text(event.type, event.data);
    return;
  }
  Result<Json> document = Json::parse(event.data);
  if (!document) return;
  stream_error_ = stream_error_ || is_error_document(*document);
  stream_done_ = stream_done_ || is_final_document(*document);
  if (documents_.size() >= limits::kStreamDocuments) return;
  add_json(stream_features_, *document);
  stream_texts_.add(event.type, *document);
  documents_.push_back(std::move(*document));
}

void Answer::on_end(Ns at) {
  if (stream_) longest_gap_ = std::max(longest_gap_, at - last_event_);
}

Features Answer::features() const {
  if (!stream_) {
    Features features = features_of(media_, body_, cut());
    const std::string* location = wire::find_header(headers_, "location");
    if (status_ >= 300 && status_ < 400 && location != nullptr) add_location(features, *location);
    return features;
  }
  Features features = stream_features_;
  features.hollow = events_ == 0;
  features.filled = stream_texts_.filled();
  features.flowing = stream_texts_.flowing();
  return features;
}

const Json* Answer::find(const JsonPath& path) const {
  if (stream_) {
    for (const Json& document : documents_) {
      if (const Json* value = path.find(document)) return value;
    }
    return nullptr;
  }
  if (!parsed_) {
    parsed_ = true;
    Result<Json> document = Json::parse(body_);
    if (document) document_ = std::move(*document);
  }
  return path.find(document_);
}

}  // namespace pl::load
