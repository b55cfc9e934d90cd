#pragma once
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "proxy/chain.h"
#include "proxy/http2_state.h"
#include "wire/http2.h"

/// An HTTP/2 dialogue with one fault, frame by frame, under simulated time.
namespace pl::proxy {

inline std::string frame_of(wire::Http2Type type, int flags, std::uint32_t stream, std::string_view payload = {}) {
  return wire::encode_http2_frame({.type = type, .flags = static_cast<std::uint8_t>(flags), .stream = stream}, payload);
}

/// Frames as text, a line for each: "HEADERS 1 end :status=200 a=b", "DATA 1 end abc", "RST_STREAM 1 2", "GOAWAY 5 0",
/// "WINDOW 0 10". Parts of a frame are one.
class Http2Text {
 public:
  explicit Http2Text(bool client) : reader_(client) {}
  std::string of(std::string_view bytes) {
    std::string out;
    for (auto step = reader_.next(bytes); step != Step::more; step = reader_.next(bytes)) {
      if (step == Step::error) return out + "error\n";
      if (step == Step::part && !reader_.ends()) {
        data_ += reader_.body();
        continue;
      }
      out += line(step) + "\n";
    }
    return out;
  }

 private:
  using Step = wire::Http2Reader::Step;
  std::string line(Step step) {
    const wire::Http2Frame& frame = reader_.frame();
    const std::string of = " " + std::to_string(frame.stream);
    const std::string end = frame.ends_stream() ? " end" : "";
    if (step == Step::preface) return "PREFACE";
    if (step == Step::part) {
      data_ += reader_.body();
      return "DATA" + of + end + (data_.empty() ? "" : " " + std::exchange(data_, {}));
    }
    if (step == Step::headers) {
      std::string out = "HEADERS" + of + end;
      for (const auto& [name, value] : reader_.fields()) out += " " + name + "=" + value;
      return out;
    }
    const auto number = [&](std::size_t at) {
      return " " + std::to_string(wire::read_http2_number(reader_.payload().substr(at)));
    };
    if (frame.is(wire::Http2Type::settings)) return (frame.flags & wire::kHttp2Ack) != 0 ? "ACK" : "SETTINGS";
    if (frame.is(wire::Http2Type::rst_stream)) return "RST_STREAM" + of + number(0);
    if (frame.is(wire::Http2Type::goaway)) return "GOAWAY" + number(0) + number(4);
    if (frame.is(wire::Http2Type::window_update)) return "WINDOW" + of + number(0);
    return "FRAME" + std::to_string(static_cast<int>(frame.type)) + of;
  }

  wire::Http2Reader reader_;
  std::string data_;
};

/// One connection with a fault in it.
class Http2Talk {
 public:
  Http2Talk(const char* name, const char* parameters, bool greet = true) {
    row_ = *find_fault(name);
    fault_ = *row_->make(*read_values(*row_, *Json::parse(parameters)), {Rng(1), 0, measure_.get()});
    chain_.add(1, fault_->attach({}), measure_, now_);
    if (!greet) return;
    up(std::string(wire::kHttp2Preface) + frame_of(wire::Http2Type::settings, 0, 0));
    down(frame_of(wire::Http2Type::settings, 0, 0));
    CHECK(server() == "PREFACE\nSETTINGS\n");
    CHECK(client() == "SETTINGS\n");
  }
  void up(std::string_view bytes) { arrive(Way::up, bytes); }
  void down(std::string_view bytes) { arrive(Way::down, bytes); }
  void wait(Ns time) {
    const Ns until = now_ + time;
    while (chain_.next() <= until) {
      now_ = std::max(now_, chain_.next());
      turn();
      if (chain_.next() <= now_) ++now_;
    }
    now_ = until;
    turn();
  }
  /// Gives the fault other parameters, all of them.
  void change(const char* parameters) {
    fault_->update(*read_values(*row_, *Json::parse(parameters)));
    chain_.changed(1, now_);
    turn();
  }
  void remove() {
    chain_.remove(1, now_);
    turn();
  }
  /// What has been sent to each since the last question.
  std::string server() { return texts_[0].of(std::exchange(sent_[0], {})); }
  std::string client() { return texts_[1].of(std::exchange(sent_[1], {})); }
  std::string raw(Way way) { return std::exchange(sent_[index(way)], {}); }
  bool over() const { return chain_.out_end(Way::down) != End::none; }
  Chain& chain() { return chain_; }
  const Measure& measure() const { return *measure_; }
  void turn() {
    for (bool moved = true; moved;) {
      chain_.run(now_);
      moved = false;
      for (const Way way : kWays) {
        moved |= !chain_.out(way).empty();
        sent_[index(way)] += chain_.out(way).view();
        chain_.out(way).consume(chain_.out(way).size());
      }
    }
  }

 private:
  void arrive(Way way, std::string_view bytes) {
    chain_.arrive(way, bytes, now_);
    turn();
  }

  std::shared_ptr<Measure> measure_ = std::make_shared<Measure>();
  const FaultRow* row_ = nullptr;
  std::unique_ptr<Fault> fault_;
  Chain chain_;
  Ns now_ = 0;
  std::string sent_[2];
  Http2Text texts_[2] = {Http2Text(true), Http2Text(false)};
};

inline std::string get(std::uint32_t stream, const std::string& path) {
  return wire::encode_http2_headers(stream, {{":method", "GET"}, {":scheme", "http"}, {":path", path}}, true);
}
inline std::string post(std::uint32_t stream, const std::string& path) {
  return wire::encode_http2_headers(stream, {{":method", "POST"}, {":scheme", "http"}, {":path", path}}, false);
}
inline std::string ok(std::uint32_t stream, bool ends = false, wire::HttpHeaders more = {}) {
  more.insert(more.begin(), {":status", "200"});
  return wire::encode_http2_headers(stream, more, ends);
}

}  // namespace pl::proxy
