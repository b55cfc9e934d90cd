#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "conf/config.h"
#include "load/json_path.h"
#include "load/template.h"
#include "record/kinds.h"
#include "wire/http1.h"

namespace pl::load {

/// A request as it is sent; `Host` and `Content-Length` are the client's.
struct Request {
  std::string method;
  std::string target;
  wire::HttpHeaders headers;
  std::string body;
};

using HeaderTemplates = std::vector<std::pair<std::string, Template>>;

/// How an acknowledged write is read back.
struct VerifyPlan {
  Template path;
  HeaderTemplates headers;
  Template contains;
  bool of_one = false;  ///< Its path names the write: by ${n}, or by what the write was answered. Else it is a list.

  Request request(const Variables& variables) const;
};

/// A step with its templates and paths parsed. Immutable.
struct StepPlan {
  std::string method;
  Template path;
  HeaderTemplates headers;
  conf::Step::Body body_kind = conf::Step::Body::none;
  Template body;  ///< Of JSON and text.
  std::vector<std::pair<Template, Template>> form;
  std::vector<std::pair<std::string, JsonPath>> capture;
  bool expects = false;  ///< `expect:` was declared.
  std::vector<int> expect_status;
  std::optional<JsonPath> expect_json;
  std::optional<Template> expect_contains;
  std::optional<VerifyPlan> verify;
  Ns think = 0;

  Request request(const Variables& variables) const;
  /// "POST /login": method and template as written.
  std::string label;
};

/// A journey ready to be made. Immutable, shared by all its virtual users.
struct JourneyPlan {
  std::string name;
  double weight = 1;
  std::vector<StepPlan> steps;

  bool verifies() const;
  /// What the log says of it.
  record::JourneyDeclared declared(std::size_t id, bool crawled) const;
};

/// Parses all templates and paths. Errc::config names journey, step and field, also for a variable that nothing before
/// it captures and for a step without method or path.
Result<JourneyPlan> compile(const conf::Journey& journey);

/// Whether a path names a health endpoint, and whether one that must stay good ("live" or "ping").
bool names_health(std::string_view text);
bool names_liveness(std::string_view text);

}  // namespace pl::load
