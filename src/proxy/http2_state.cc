#include "proxy/http2_state.h"

#include "base/limits.h"

namespace pl::proxy {

using wire::Http2Type;
using Event = wire::Http2Reader::Step;

void Http2State::note(Way way) {
  wire::Http2Reader& from = reader[index(way)];
  const wire::Http2Frame& frame = from.frame();
  const std::size_t back = index(other(way));
  if (frame.is(Http2Type::settings) && (frame.flags & wire::kHttp2Ack) == 0) {
    for (const auto& [setting, value] : wire::read_http2_settings(from.payload())) {
      if (setting == static_cast<std::uint16_t>(wire::Http2Setting::initial_window_size)) initial[back] = value;
      if (setting == static_cast<std::uint16_t>(wire::Http2Setting::header_table_size)) {
        reader[back].decoder().allow_table(value);
      }
    }
  }
  if (frame.is(Http2Type::window_update) && frame.stream == 0) window[back] += wire::read_http2_number(from.payload());
  if (way == Way::up && frame.is(Http2Type::headers) && frame.stream > last_stream) {
    last_stream = frame.stream;
    if (open.size() < limits::kHttpPending) open.insert(frame.stream);
  }
  const bool answered = way == Way::down && frame.ends_stream();
  if (answered || frame.is(Http2Type::rst_stream)) open.erase(frame.stream);
}

bool Http2State::passed(Way way, std::string_view bytes) {
  wire::Http2Reader& from = reader[index(way)];
  for (;;) {
    const Event event = from.next(bytes);
    if (event == Event::more) return true;
    if (event == Event::error) return false;
    if (event == Event::preface) continue;
    greeted[index(way)] = true;
    if (event != Event::part) {
      note(way);
    } else if (from.frame().is(Http2Type::data)) {
      spend(way, from.counted());
      if (way == Way::down && from.ends() && from.frame().ends_stream()) open.erase(from.frame().stream);
    }
  }
}

}  // namespace pl::proxy
