#include "load/journey.h"

#include <algorithm>
#include <set>

#include "load/text.h"

namespace pl::load {
namespace {

/// The names known so far in a journey, and where we are, for errors.
struct Scope {
  std::set<std::string, std::less<>> known{"user", "n"};
  std::string place;

  std::unexpected<Error> wrong(const Error& error, const std::string& field) const {
    return fail(Errc::config, place + ", " + field + ": " + error.detail);
  }
  std::string known_names() const {
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "${" : ", ${") + name + "}";
    return names;
  }
};

Result<Template> checked(Result<Template> parsed, const Scope& scope, const std::string& field) {
  if (!parsed) return scope.wrong(parsed.error(), field);
  for (const std::string& name : parsed->names()) {
    if (scope.known.contains(name)) continue;
    return scope.wrong({Errc::config, "${" + name + "} is not known here; known are " + scope.known_names()}, field);
  }
  return parsed;
}

Result<Template> text_at(std::string_view text, const Scope& scope, const std::string& field) {
  return checked(Template::parse(text), scope, field);
}

Result<HeaderTemplates> headers_at(const std::vector<conf::NameValue>& headers, const Scope& scope,
                                   const std::string& field) {
  HeaderTemplates out;
  for (const auto& [name, value] : headers) {
    Template parsed = PL_TRY(text_at(value, scope, field + "." + name));
    out.emplace_back(name, std::move(parsed));
  }
  return out;
}

Result<JsonPath> path_at(const std::string& text, const Scope& scope, const std::string& field) {
  Result<JsonPath> path = JsonPath::parse(text);
  if (!path) return scope.wrong(path.error(), field);
  return path;
}

Result<Template> target_at(const std::string& path, const Scope& scope, const std::string& field) {
  if (!path.starts_with('/') && !path.starts_with("${")) {
    return scope.wrong({Errc::config, "\"" + path + "\" is not a path: it begins with /"}, field);
  }
  return text_at(path, scope, field);
}

Result<void> compile_body(const conf::Step& step, const Scope& scope, StepPlan& plan) {
  plan.body_kind = step.body_kind;
  if (step.body_kind == conf::Step::Body::json)
    plan.body = PL_TRY(checked(Template::of_json(step.json), scope, "json"));
  if (step.body_kind == conf::Step::Body::text) plan.body = PL_TRY(text_at(step.text, scope, "body"));
  if (step.body_kind != conf::Step::Body::form) return {};
  for (const auto& [name, value] : step.form) {
    Template key = PL_TRY(text_at(name, scope, "form"));
    Template parsed = PL_TRY(text_at(value, scope, "form." + name));
    plan.form.emplace_back(std::move(key), std::move(parsed));
  }
  return {};
}

Result<void> compile_answer(const conf::Step& step, Scope& scope, StepPlan& plan) {
  for (const conf::Capture& capture : step.capture) {
    JsonPath path = PL_TRY(path_at(capture.path, scope, "capture." + capture.name));
    plan.capture.emplace_back(capture.name, std::move(path));
    scope.known.insert(capture.name);
  }
  if (step.expect) {
    plan.expects = true;
    plan.expect_status = step.expect->status;
    if (!step.expect->json.empty()) plan.expect_json = PL_TRY(path_at(step.expect->json, scope, "expect.json"));
    if (!step.expect->contains.empty()) {
      plan.expect_contains = PL_TRY(text_at(step.expect->contains, scope, "expect.contains"));
    }
  }
  if (step.verify) {
    VerifyPlan verify;
    verify.path = PL_TRY(target_at(step.verify->get, scope, "verify.get"));
    verify.headers = PL_TRY(headers_at(step.verify->headers, scope, "verify.headers"));
    verify.contains = PL_TRY(text_at(step.verify->contains, scope, "verify.contains"));
    if (verify.contains.names().empty()) {
      return scope.wrong({Errc::config, "it must name the write it looks for: use ${n} or a captured variable"},
                         "verify.contains");
    }
    verify.of_one = verify.path.uses("n") || std::ranges::any_of(plan.capture, [&](const auto& captured) {
                      return verify.path.uses(captured.first);
                    });
    plan.verify = std::move(verify);
  }
  return {};
}

Result<StepPlan> compile_step(const conf::Step& step, Scope& scope) {
  StepPlan plan;
  plan.method = step.method;
  plan.think = step.think;
  plan.label = step.method + " " + step.path;
  plan.path = PL_TRY(target_at(step.path, scope, lower(step.method)));
  plan.headers = PL_TRY(headers_at(step.headers, scope, "headers"));
  PL_TRY(compile_body(step, scope, plan));
  PL_TRY(compile_answer(step, scope, plan));
  return plan;
}

wire::HttpHeaders render_headers(const HeaderTemplates& headers, const Variables& variables) {
  wire::HttpHeaders out;
  for (const auto& [name, value] : headers) out.push_back({name, value.render(variables, Place::header)});
  return out;
}

void add_default(wire::HttpHeaders& headers, const char* name, const char* value) {
  if (wire::find_header(headers, name) == nullptr) headers.push_back({name, value});
}

void add_usual_headers(wire::HttpHeaders& headers) {
  add_default(headers, "Accept", "*/*");
  add_default(headers, "User-Agent", "proofload");
}

}  // namespace

Request VerifyPlan::request(const Variables& variables) const {
  Request request{"GET", path.render(variables, Place::path), render_headers(headers, variables), {}};
  add_usual_headers(request.headers);
  add_default(request.headers, "Cache-Control", "no-cache, no-store");
  add_default(request.headers, "Pragma", "no-cache");
  return request;
}

Request StepPlan::request(const Variables& variables) const {
  Request request{method, path.render(variables, Place::path), render_headers(headers, variables), {}};
  switch (body_kind) {
    case conf::Step::Body::none:
      break;
    case conf::Step::Body::json:
      request.body = body.render(variables, Place::json);
      add_default(request.headers, "Content-Type", "application/json");
      break;
    case conf::Step::Body::text:
      request.body = body.render(variables, Place::text);
      add_default(request.headers, "Content-Type", "text/plain; charset=utf-8");
      break;
    case conf::Step::Body::form:
      for (const auto& [name, value] : form) {
        if (!request.body.empty()) request.body += '&';
        request.body += name.render(variables, Place::form) + "=" + value.render(variables, Place::form);
      }
      add_default(request.headers, "Content-Type", "application/x-www-form-urlencoded");
      break;
  }
  add_usual_headers(request.headers);
  return request;
}

bool JourneyPlan::verifies() const {
  return std::ranges::any_of(steps, [](const StepPlan& step) { return step.verify.has_value(); });
}

bool names_liveness(std::string_view text) {
  bool found = false;
  for_each_word(text, [&](const std::string& word) {
    found = found || word == "live" || word == "livez" || word == "liveness" || word == "ping" || word == "alive";
  });
  return found;
}

bool names_health(std::string_view text) {
  bool found = names_liveness(text);
  for_each_word(text, [&](const std::string& word) {
    found = found || word.starts_with("health") || word == "ready" || word == "readyz" || word == "readiness" ||
            word == "heartbeat";
  });
  return found;
}

record::JourneyDeclared JourneyPlan::declared(std::size_t id, bool crawled) const {
  record::JourneyDeclared declared{static_cast<std::int64_t>(id), name, {}, weight, crawled};
  for (const StepPlan& step : steps) declared.steps.push_back(step.label);
  const bool single_get = steps.size() == 1 && steps.front().method == "GET";
  const std::string_view label = steps.front().label;
  const std::string_view path = label.substr(0, label.find('?'));
  declared.health = single_get && (names_health(path) || names_health(name));
  declared.live = declared.health && (names_liveness(path) || names_liveness(name));
  declared.verifies = verifies();
  return declared;
}

Result<JourneyPlan> compile(const conf::Journey& journey) {
  JourneyPlan plan{journey.name, journey.weight, {}};
  Scope scope;
  if (journey.steps.empty()) return fail(Errc::config, "journey \"" + journey.name + "\" has no steps");
  for (std::size_t i = 0; i < journey.steps.size(); ++i) {
    scope.place = "journey \"" + journey.name + "\", step " + std::to_string(i + 1);
    plan.steps.push_back(PL_TRY(compile_step(journey.steps[i], scope)));
  }
  return plan;
}

}  // namespace pl::load
