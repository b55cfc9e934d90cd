#include <fmt/format.h>

#include "proxy/faults/http.h"
#include "wire/token.h"

namespace pl::proxy::faults {
namespace {

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

Result<wire::HttpHeader> field_of(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  const auto is = [&](std::string_view other) { return wire::equal_ignoring_case(name, other); };
  if (colon == std::string_view::npos || !wire::is_token(name)) {
    return fail(Errc::config, fmt::format("headers: \"{}\" is no field; each line would be Name: value", line));
  }
  if (is("Content-Length") || is("Transfer-Encoding")) {
    return fail(Errc::config, fmt::format("headers: {} follows from the body and cannot be given", name));
  }
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  if (std::ranges::any_of(value, is_control)) {
    return fail(Errc::config, fmt::format("headers: the value of {} has control characters", name));
  }
  return wire::HttpHeader{std::string(name), std::string(value)};
}

/// "Name: value" lines; the last may end too.
Result<wire::HttpHeaders> fields_of(std::string_view lines) {
  wire::HttpHeaders fields;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    fields.push_back(PL_TRY(field_of(line)));
  }
  return fields;
}

struct HttpStatusSetting {
  static Result<HttpStatusSetting> of(const Values& values) {
    HttpStatusSetting setting{.status = static_cast<int>(values["status"]),
                              .body = values.text("body"),
                              .fields = PL_TRY(fields_of(values.text("headers"))),
                              .delay = static_cast<Ns>(values["delay"] * kMs)};
    const std::string& type = values.text("content_type");
    if (std::ranges::any_of(type, is_control)) return fail(Errc::config, "content_type has control characters");
    const bool typed = wire::find_header(setting.fields, "Content-Type") != nullptr;
    const bool bodiless = setting.status == 204 || setting.status == 304;
    if (!type.empty() && !typed && !bodiless) setting.fields.push_back({"Content-Type", type});
    const auto retry_after = static_cast<std::int64_t>(values["retry_after"]);
    if (retry_after >= 0) setting.fields.push_back({"Retry-After", std::to_string(retry_after)});
    return setting;
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
