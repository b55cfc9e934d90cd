#include <fmt/format.h>

#include "base/text.h"
#include "proxy/faults/http.h"
#include "wire/token.h"

namespace pl::proxy::faults {

Result<HttpMatch> HttpMatch::of(const Values& values) {
  const std::string& method = values.text("method");
  if (!method.empty() && !wire::is_token(method)) {
    return fail(Errc::config, fmt::format("method \"{}\" is none; it would be GET", method));
  }
  return HttpMatch(method, values.text("path"));
}

bool HttpMatch::matches(const HttpRequest& request) const {
  if (!method_.empty() && !wire::equal_ignoring_case(method_, request.head.method)) return false;
  if (path_.empty()) return true;
  std::string_view target = request.head.target;
  if (path_.find('?') == std::string::npos) target = target.substr(0, target.find('?'));
  return matches_pattern(target, path_);
}

std::string own_answer(const HttpRequest& request, int status, wire::HttpHeaders fields, std::string_view body) {
  // RFC 9110 sections 8.6, 15.3.6 and 15.4.5.
  const bool bodiless = status == 204 || status == 304;
  if (bodiless || status == 205) body = {};
  if (!bodiless) fields.push_back({"Content-Length", std::to_string(body.size())});
  if (asks_to_close(request.head)) fields.push_back({"Connection", "close"});
  std::string answer = wire::encode_response_head(status, {}, fields);
  if (request.head.method != "HEAD") answer += body;
  return answer;
}

}  // namespace pl::proxy::faults
