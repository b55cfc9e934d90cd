#include "proxy/messages/event_stream.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"

namespace {

using namespace pl;
using namespace pl::proxy;

/// Passes everything, and counts.
class Passing : public EventStream {
 public:
  std::int64_t events = 0;

 protected:
  Reaction event(const StreamEvent& event) override {
    PL_ASSERT(event.number == ++events);
    return pass(event);
  }
  bool reads_documents() const override { return true; }
};

/// What comes out of an answer of this type whose body comes in pieces of at most so many bytes, and how many events.
std::string told(const char* type, std::string_view bytes, std::size_t most) {
  Passing filter;
  wire::HttpHead head;
  head.status = 200;
  head.headers = {{"Content-Type", type}};
  filter.head(head);
  std::string out;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, most);
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      const std::size_t before = piece.size();
      const auto given = filter.body(piece);
      PL_ASSERT(piece.size() < before || !given.out.empty());
      out += given.out;
    }
  }
  for (;;) {
    const auto given = filter.end();
    if (given.out.empty()) break;
    out += given.out;
  }
  return out + "\n" + std::to_string(filter.events);
}

}  // namespace

/// What passes keeps every byte, however it is split, and the events are the same; the first byte chooses where.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const char* type : {"text/event-stream", "application/json", "text/html"}) {
    const std::string whole = told(type, bytes, bytes.size() + 1);
    PL_ASSERT(whole.starts_with(bytes));
    PL_ASSERT(whole == told(type, bytes, 1u + data[0] % 16));
  }
  return 0;
}
