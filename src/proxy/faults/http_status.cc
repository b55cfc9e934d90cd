#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

/// "Name: value" lines; a line without a colon is left out.
wire::HttpHeaders fields_of(std::string_view lines) {
  wire::HttpHeaders fields;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    fields.push_back({std::string(line.substr(0, colon)), std::string(value)});
  }
  return fields;
}

struct HttpStatusSetting {
  explicit HttpStatusSetting(const Values& values)
      : status(static_cast<int>(values["status"])),
        body(values.text("body")),
        fields(fields_of(values.text("headers"))),
        delay(static_cast<Ns>(values["delay"] * kMs)) {
    if (!values.text("content_type").empty()) fields.push_back({"Content-Type", values.text("content_type")});
    const auto retry_after = static_cast<std::int64_t>(values["retry_after"]);
    if (retry_after >= 0) fields.push_back({"Retry-After", std::to_string(retry_after)});
  }
  HttpPlan plan(const HttpRequest& request, Rng&) const {
    return {.answer = own_answer(request, status, fields, body), .after = delay};
  }

  int status;
  std::string body;
  wire::HttpHeaders fields;
  Ns delay;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_http_status(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpStatusSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults
