#include <doctest/doctest.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "base/rng.h"
#include "proxy/chain.h"
#include "proxy/http2_state.h"

using namespace pl;
using namespace pl::proxy;

namespace {

struct Exchange {
  std::string path, status, told;
  std::string sent, got;  ///< Body, as one side sends it and as it came.
  std::size_t at = 0;     ///< Of `sent`, said already.
  bool over = false;
  std::uint32_t error = 0;
};

/// One end of a connection as nghttp2 is it, strict about windows, tables and states. The server answers with the
/// request's body, twice.
class Peer {
 public:
  explicit Peer(bool client, std::uint32_t window) : client_(client) {
    nghttp2_session_callbacks* callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
    client ? nghttp2_session_client_new(&session_, callbacks, this)
           : nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
                                               {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, window % 8192}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 2);
  }
  ~Peer() { nghttp2_session_del(session_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::int32_t ask(const std::string& path, std::string body) {
    const nghttp2_nv fields[] = {
        field(":method", "POST"),           field(":scheme", "http"),         field(":path", path),
        field(":authority", "example.com"), field("accept-encoding", "gzip"), field("x-path", path)};
    const nghttp2_data_provider provider{{0}, on_read};
    const std::int32_t id = nghttp2_submit_request(session_, nullptr, fields, 6, &provider, nullptr);
    REQUIRE(id > 0);
    exchanges[id] = {.path = path, .sent = std::move(body)};
    return id;
  }
  std::string say() {
    std::string out;
    const std::uint8_t* bytes;
    for (ssize_t size = nghttp2_session_mem_send(session_, &bytes); size > 0;
         size = nghttp2_session_mem_send(session_, &bytes)) {
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
      if (out.size() > 100'000) break;
    }
    return out;
  }
  void hear(std::string_view bytes) {
    const ssize_t taken =
        nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    CHECK(taken == static_cast<ssize_t>(bytes.size()));
  }
  bool wants() const { return nghttp2_session_want_read(session_) != 0; }

  std::map<std::int32_t, Exchange> exchanges;
  bool goaway = false;

 private:
  static nghttp2_nv field(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {
      return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }
  static ssize_t on_read(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t room, std::uint32_t* flags,
                         nghttp2_data_source*, void* self) {
    Exchange& one = static_cast<Peer*>(self)->exchanges[id];
    const std::size_t count = std::min(room, one.sent.size() - one.at);
    std::copy_n(one.sent.data() + one.at, count, into);
    one.at += count;
    if (one.at == one.sent.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
  static int on_begin(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    static_cast<Peer*>(self)->exchanges[frame->hd.stream_id];
    return 0;
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
    Exchange& one = static_cast<Peer*>(self)->exchanges[frame->hd.stream_id];
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status") one.status = text;
    if (key == "x-path") one.told = text;
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                     void* self) {
    static_cast<Peer*>(self)->exchanges[id].got.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    Peer& peer = *static_cast<Peer*>(self);
    if (frame->hd.type == NGHTTP2_GOAWAY) peer.goaway = true;
    if (peer.client_ || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0 || frame->hd.stream_id == 0) return 0;
    Exchange& one = peer.exchanges[frame->hd.stream_id];
    one.sent = one.got + one.got;
    const nghttp2_nv fields[] = {field(":status", "200"), field("x-path", one.told), field("server", "nghttp2")};
    const nghttp2_data_provider provider{{0}, on_read};
    CHECK(nghttp2_submit_response(session, frame->hd.stream_id, fields, 3, &provider) == 0);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* self) {
    Exchange& one = static_cast<Peer*>(self)->exchanges[id];
    one.over = true;
    one.error = error;
    return 0;
  }

  nghttp2_session* session_ = nullptr;
  bool client_;
};

struct Row {
  const char* name;
  const char* parameters;
};
constexpr Row kRows[] = {
    {"http_status", R"({"path": "/acted/*", "body": "own own own"})"},
    {"http_status", R"({"path": "/acted/*", "delay": 5})"},
    {"http_delay", R"({"path": "/acted/*", "head": 3, "between": 1})"},
    {"http_truncate", R"({"path": "/acted/*", "bytes": 100})"},
    {"http_malformed", R"({"path": "/acted/*"})"},
    {"http_length", R"({"path": "/acted/*", "by": 0})"},
    {"model_error", "{}"},
    {"model_empty", "{}"},
};

/// Two peers, with a chain of faults between them that come and go.
class Wire {
 public:
  explicit Wire(std::uint64_t seed) : rng_(seed), client_(true, window()), server_(false, window()) {}

  void run() {
    for (int step = 0; step < 400; ++step) {
      if (step % 8 == 0 && step < 300) add_or_remove();
      if (step % 5 == 0 && step < 300) ask();
      carry();
      now_ += static_cast<Ns>(rng_.below(2'000'000));
    }
    for (const Row& row : kRows) remove(row);
    for (int step = 0; step < 20'000 && !done(); ++step, now_ += kMs) carry();
    judge();
  }

 private:
  std::uint32_t window() { return static_cast<std::uint32_t>(2000 + rng_.below(rng_.below(2) ? 1'000'000 : 3000)); }
  void ask() {
    const bool chat = rng_.below(4) == 0;
    const std::string path =
        chat ? "/v1/chat/completions" : (rng_.below(2) ? "/acted/" : "/other/") + std::to_string(rng_.below(9));
    std::string body = chat ? R"({"model":"m"})" : std::string(rng_.below(rng_.below(8) == 0 ? 200'000 : 2000), 'x');
    for (char& c : body) c = chat ? c : static_cast<char>('a' + rng_.below(20));
    client_.ask(path, std::move(body));
  }
  void add_or_remove() {
    const Row& row = kRows[rng_.below(std::size(kRows))];
    if (in_force_.contains(row.parameters)) return remove(row);
    auto measure = std::make_shared<Measure>();
    const FaultRow& found = **find_fault(row.name);
    auto fault = *found.make(*read_values(found, *Json::parse(row.parameters)), {Rng(rng_.next()), 0, measure.get()});
    const Http2State state = state_;
    const ConnectionView view{.fresh = false, .http2 = state.begun() ? &state : nullptr, .meeting = &meeting_};
    chain_.add(++last_, fault->attach(view), measure, now_);
    in_force_[row.parameters] = {last_, std::move(fault)};
  }
  void remove(const Row& row) {
    const auto found = in_force_.find(row.parameters);
    if (found == in_force_.end()) return;
    chain_.remove(found->second.first, now_);
    in_force_.erase(found);
  }
  void carry() {
    for (const Way way : kWays) {
      std::string& queue = queues_[index(way)];
      queue += way == Way::up ? client_.say() : server_.say();
      const std::size_t count = std::min(queue.size(), rng_.below(2) ? queue.size() : rng_.below(300));
      chain_.arrive(way, std::string_view(queue).substr(0, count), now_);
      queue.erase(0, count);
    }
    chain_.run(now_);
    for (const Way way : kWays) {
      ByteQueue& out = chain_.out(way);
      const std::string bytes(out.view());
      out.consume(bytes.size());
      REQUIRE(state_.passed(way, bytes));
      (way == Way::up ? server_ : client_).hear(bytes);
    }
  }
  bool done() const {
    return std::ranges::all_of(client_.exchanges, [](const auto& one) { return one.second.over; });
  }
  void judge() {
    CHECK_FALSE(client_.goaway);
    CHECK_FALSE(server_.goaway);
    CHECK(done());
    for (const auto& [id, one] : client_.exchanges) {
      CAPTURE(one.path);
      CAPTURE(one.status);
      CAPTURE(one.error);
      CAPTURE(one.sent.size());
      CAPTURE(one.got.size());
      CAPTURE(one.told);
      const bool whole =
          one.status == "200" && one.error == 0 && one.got == one.sent + one.sent && one.told == one.path;
      if (one.path.starts_with("/other/")) {
        CHECK(whole);
      } else {
        CHECK((one.error != 0 || !one.status.empty()));
      }
    }
  }

  Rng rng_;
  Peer client_, server_;
  Http2Meeting meeting_;
  Chain chain_;
  Http2State state_;
  std::string queues_[2];
  std::map<std::string, std::pair<std::int64_t, std::unique_ptr<Fault>>> in_force_;
  std::int64_t last_ = 0;
  Ns now_ = 0;
};

}  // namespace

TEST_CASE("faults over HTTP/2: strict peers agree to all of it, whatever faults come and go, and others are served") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Wire(seed).run();
  }
}
