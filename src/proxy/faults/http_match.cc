#include "base/text.h"
#include "proxy/faults/http.h"

namespace pl::proxy::faults {

bool HttpMatch::matches(const HttpRequest& request) const {
  if (!method_.empty() && !wire::equal_ignoring_case(method_, request.head.method)) return false;
  if (path_.empty()) return true;
  std::string_view target = request.head.target;
  if (path_.find('?') == std::string::npos) target = target.substr(0, target.find('?'));
  return matches_pattern(target, path_);
}

std::string own_answer(const HttpRequest& request, int status, wire::HttpHeaders fields, std::string_view body) {
  fields.push_back({"Content-Length", std::to_string(body.size())});
  std::string answer = wire::encode_response_head(status, {}, fields);
  if (request.head.method != "HEAD") answer += body;
  return answer;
}

}  // namespace pl::proxy::faults
