#pragma once
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "proxy/chain.h"
#include "wire/http1.h"
#include "wire/sse.h"

/// Exchanges with a model provider on one connection with one fault, in simulated time.
namespace pl::proxy {

class ModelDialogue {
 public:
  explicit ModelDialogue(std::string_view fault, std::string_view parameters = "{}") {
    row_ = *find_fault(fault);
    fault_ = *row_->make(*read_values(*row_, *Json::parse(parameters)), {Rng(1), 0, &measure});
    chain_.add(1, fault_->attach({}), std::make_shared<Measure>(), 0);
  }

  /// The program asks; true: the server is asked too.
  bool ask(std::string_view path, std::string_view body, std::string_view method = "POST") {
    std::string text = wire::encode_request_head(method, path, {{"Content-Length", std::to_string(body.size())}});
    text += body;
    chain_.arrive(Way::up, text, now_);
    until(now_);
    const bool passed = chain_.out(Way::up).view() == text;
    CHECK((passed || chain_.out(Way::up).empty()));
    chain_.out(Way::up).consume(chain_.out(Way::up).size());
    return passed;
  }
  /// The server answers, in parts of so many bytes.
  void answer(std::string_view type, std::string_view body, std::size_t part = std::string_view::npos,
              std::string_view coding = {}) {
    wire::HttpHeaders fields{{"Content-Type", std::string(type)}, {"Content-Length", std::to_string(body.size())}};
    if (!coding.empty()) fields.push_back({"Content-Encoding", std::string(coding)});
    std::string text = wire::encode_response_head(200, {}, fields);
    text += body;
    for (std::size_t at = 0; at < text.size(); at += std::min(part, text.size() - at)) {
      chain_.arrive(Way::down, std::string_view(text).substr(at, part), now_);
      until(now_);
    }
  }
  void stream(std::string_view events) { answer("text/event-stream", events); }

  /// Gives the fault other parameters, all of them.
  void change(std::string_view parameters) {
    fault_->update(*read_values(*row_, *Json::parse(parameters)));
    chain_.changed(1, now_);
    until(now_);
  }
  /// Takes the fault out.
  void remove() {
    chain_.remove(1, now_);
    until(now_);
  }
  /// Lets time pass to this point.
  void until(Ns when) {
    chain_.run(now_);
    while (chain_.next() <= when) {
      now_ = std::max(now_, chain_.next());
      chain_.run(now_);
      read();
    }
    now_ = when;
    read();
  }

  /// What the program has seen of the last answer.
  const std::string& body() const { return body_; }
  const wire::HttpHead& head() const { return parser_.head(); }
  Json json() const {
    const auto read = Json::parse(body_);
    CHECK(read.has_value());
    return read ? *read : Json();
  }
  /// The data of its events, in one list; what is no JSON as a text.
  Json events() const {
    Json out = Json::array();
    wire::SseParser parser;
    std::string_view rest = body_;
    while (parser.next(rest) == wire::SseParser::Step::event) {
      const auto data = Json::parse(parser.event().data);
      out.push(data ? *data : Json(parser.event().data));
    }
    return out;
  }
  bool whole() const { return whole_; }
  bool opaque() const { return chain_.opaque(1); }
  bool ended() const { return chain_.out_end(Way::down) == End::fin; }
  std::size_t waiting() const { return chain_.waiting(Way::down); }

  Measure measure;

 private:
  void read() {
    std::string_view rest = chain_.out(Way::down).view();
    using Event = wire::Http1Parser::Step;
    for (Event event = parser_.next(rest); event != Event::more; event = parser_.next(rest)) {
      REQUIRE(event != Event::error);
      if (event == Event::head) body_.clear();
      if (event == Event::body) body_ += parser_.body();
      whole_ = event == Event::end;
    }
    chain_.out(Way::down).consume(chain_.out(Way::down).size());
  }

  const FaultRow* row_ = nullptr;
  std::unique_ptr<Fault> fault_;
  Chain chain_;
  Ns now_ = 0;
  wire::Http1Parser parser_{wire::Http1Parser::Role::response};
  std::string body_;
  bool whole_ = false;
};

inline constexpr std::string_view kChatPath = "/v1/chat/completions";
inline constexpr std::string_view kChat = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]})";
inline constexpr std::string_view kChatStream = R"({"model":"gpt-4o","messages":[],"stream":true})";
inline constexpr std::string_view kResponsesPath = "/base/v1/responses?x=y";
inline constexpr std::string_view kResponses = R"({"model":"gpt-4o","input":"Hi"})";
inline constexpr std::string_view kResponsesStream = R"({"model":"gpt-4o","input":"Hi","stream":true})";
inline constexpr std::string_view kEmbeddingsPath = "/v1/embeddings";
inline constexpr std::string_view kEmbeddings = R"({"model":"text-embedding-3-small","input":["a","b"]})";
inline constexpr std::string_view kMessagesPath = "/v1/messages";
inline constexpr std::string_view kMessages = R"({"model":"claude-x","messages":[],"max_tokens":9})";
inline constexpr std::string_view kMessagesStream = R"({"model":"claude-x","messages":[],"stream":true})";

/// Streams as the providers send them, with less in each event.
inline constexpr std::string_view kChatEvents =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n"
    ": comment\n\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":null}]}\n\n"
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"total_tokens\":7}}\n\n"
    "data: [DONE]\n\n";
inline constexpr std::string_view kResponsesEvents =
    "event: response.created\r\ndata: {\"type\":\"response.created\"}\r\n\r\n"
    "event: response.output_text.delta\r\ndata: {\"delta\":\"a\"}\r\n\r\n"
    "event: response.output_text.done\r\ndata: {\"text\":\"a\"}\r\n\r\n"
    "event: response.completed\r\ndata: {\"response\":{\"usage\":{\"input_tokens\":3}}}\r\n\r\n";
inline constexpr std::string_view kMessagesEvents =
    "event: message_start\ndata: {\"message\":{\"usage\":{\"input_tokens\":3}}}\n\n"
    "event: ping\ndata: {\"type\": \"ping\"}\n\n"
    "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n"
    "event: content_block_stop\ndata: {\"index\":0}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

}  // namespace pl::proxy
