#include <charconv>
#include <cmath>

#include "base/json.h"
#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

constexpr std::string_view kKey = "\"usage\"";
constexpr double kMostTokens = 9e15;  ///< Whole numbers that a double holds.

/// The end of the text that begins with this quote, in JSON (RFC 8259 section 7).
std::size_t string_end(std::string_view json, std::size_t quote) {
  std::size_t at = quote + 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return std::min(at + 1, json.size());
}

std::string scaled_number(std::string_view number, double factor) {
  double value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  if (read.ec != std::errc() || read.ptr != number.data() + number.size()) return std::string(number);
  const double scaled = std::clamp(value * factor, -kMostTokens, kMostTokens);
  const bool whole = number.find_first_of(".eE") == number.npos;
  return whole ? std::to_string(std::llround(scaled)) : format_number(scaled);
}

/// Copies the object that begins here with its numbers multiplied; returns its end.
std::size_t scale_object(std::string_view json, std::size_t at, double factor, std::string& out) {
  std::size_t depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    std::size_t end = at + 1;
    if (c == '"') end = string_end(json, at);
    const bool number = c == '-' || (c >= '0' && c <= '9');
    if (number) end = std::min(json.find_first_not_of("+-.eE0123456789", at), json.size());
    const std::string_view token = json.substr(at, end - at);
    out += number ? scaled_number(token, factor) : std::string(token);
    at = end;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) break;
  }
  return at;
}

/// Where a provider tells the usage: at the top, or in these, of the Responses API's events and of "message_start".
bool has_usage(std::size_t depth, std::string_view within) {
  return depth == 1 || (depth == 2 && (within == R"("response")" || within == R"("message")"));
}

/// The JSON with the numbers of its "usage" multiplied; all else byte for byte as it was.
std::string scaled_usage(std::string_view json, double factor) {
  std::string out;
  std::string_view within;  // the outermost object's last key
  std::size_t at = 0, depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if (c != '"') {
      out += json[at++];
      continue;
    }
    const std::size_t end = string_end(json, at);
    const std::string_view text = json.substr(at, end - at);
    out += text;
    at = end;
    const std::size_t colon = json.find_first_not_of(" \t\r\n", at);
    if (colon == json.npos || json[colon] != ':') continue;
    if (depth == 1) within = text;
    const std::size_t value = json.find_first_not_of(" \t\r\n:", at);
    if (text != kKey || !has_usage(depth, within) || value == json.npos || json[value] != '{') continue;
    out += json.substr(at, value - at);
    at = scale_object(json, value, factor, out);
  }
  return out;
}

struct ModelUsageSetting {
  explicit ModelUsageSetting(const Values& values) : factor(values["factor"]) {}
  HttpPlan plan(const HttpRequest&, Rng&) const;

  double factor;
};

class WrongUsage : public EventStream {
 public:
  explicit WrongUsage(const ModelUsageSetting& setting) : setting_(setting) {}

 private:
  Reaction event(const StreamEvent& event) override {
    return {.piece = {.out = scaled_usage(event.bytes, setting_.factor)}};
  }
  bool reads_documents() const override { return true; }
  std::string document(std::string body) override { return scaled_usage(body, setting_.factor); }

  const ModelUsageSetting& setting_;
};

HttpPlan ModelUsageSetting::plan(const HttpRequest&, Rng&) const {
  return {.filter = std::make_unique<WrongUsage>(*this), .plain = true};
}

}  // namespace

Result<std::unique_ptr<Fault>> make_model_usage(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelUsageSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
