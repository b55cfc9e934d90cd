#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "load/features.h"
#include "load/json_path.h"
#include "load/stream_texts.h"
#include "wire/http1.h"
#include "wire/sse.h"

namespace pl::load {

/// One answer as it comes in: head, what is kept of the body, and, of an event stream, its events. Reads answers of any
/// size in bounded memory (limits::kAnswerBytes are kept). One owner, one thread.
class Answer {
 public:
  void on_head(const wire::HttpHead& head, Ns at);
  void on_body(std::string_view bytes, Ns at);
  /// The answer ended, whole or not, or observation of it stopped.
  void on_end(Ns at);

  int status() const { return status_; }
  const std::string& media() const { return media_; }
  const wire::HttpHeaders& headers() const { return headers_; }
  /// The kept beginning of the body.
  const std::string& body() const { return body_; }
  std::int64_t bytes() const { return bytes_; }
  bool cut() const { return bytes_ > static_cast<std::int64_t>(body_.size()); }

  /// A 2xx event stream that has begun.
  bool stream() const { return stream_; }
  std::int64_t events() const { return events_; }
  /// It said explicitly that it failed.
  bool stream_error() const { return stream_error_; }
  /// Its last event was a final one: "[DONE]", or of a type that says so.
  bool stream_done() const { return stream_done_; }
  /// Longest time between two events, head and end included.
  Ns longest_gap() const { return longest_gap_; }

  /// The features of what has come.
  Features features() const;
  /// The value at a path of the JSON document, or of the first event that has it; nullptr where there is none. Valid
  /// until the next call.
  const Json* find(const JsonPath& path) const;

 private:
  void on_event(const wire::SseEvent& event, Ns at);

  int status_ = 0;
  std::string media_;
  wire::HttpHeaders headers_;
  std::string body_;
  std::int64_t bytes_ = 0;
  bool stream_ = false;
  wire::SseParser parser_;
  std::int64_t events_ = 0;
  bool stream_error_ = false;
  bool stream_done_ = false;
  Ns last_event_ = 0;
  Ns longest_gap_ = 0;
  Features stream_features_;
  StreamTexts stream_texts_;
  std::vector<Json> documents_;  ///< Of events, limits::kStreamDocuments at most.
  mutable bool parsed_ = false;
  mutable Json document_;
};

}  // namespace pl::load
