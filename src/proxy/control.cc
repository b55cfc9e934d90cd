#include "proxy/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "proxy/go_json.h"
#include "proxy/hub.h"
#include "proxy/metrics.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kMostFields = 64;  ///< Of an object in a request.
constexpr const char* kText = "text/plain; charset=utf-8";

Json error_json(const ApiError& error) { return Json::object().set("error", error.text).set("status", error.status); }

/// Go takes the name of a field in any case. Here all are lower-case; one that is written so wins. Objects of more
/// members than any that is meant stay as they are.
Json lower_fields(const Json& json) {
  if (json.is_array()) {
    Json list = Json::array();
    for (const Json& item : json.items()) list.push(lower_fields(item));
    return list;
  }
  if (!json.is_object() || json.members().size() > kMostFields) return json;
  Json object = Json::object();
  for (const auto& [name, value] : json.members()) {
    const std::string field = lower(name);
    if (field == name || !json.has(field)) object.set(field, lower_fields(value));
  }
  return object;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::from_chars(&text[i + 1], &text[i + 3], value, 16).ptr == &text[i + 3];
    out += escape ? static_cast<char>(value) : text[i];
    if (escape) i += 2;
  }
  return out;
}

/// Parts of a path, decoded; "/" has none.
std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0 || !parts.empty() || end < path.size()) parts.push_back(decode(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return parts;
}

/// Empty, or why a request that a browser may have sent for a web page is refused.
std::string_view browser_born(const wire::HttpHead& head) {
  if (head.value("User-Agent").starts_with("Mozilla/")) return "User agent not allowed\n";
  if (head.find("Origin") || head.find("Sec-Fetch-Site")) return "Requests of web pages are not allowed\n";
  return {};
}

}  // namespace

/// One row of the API: "*" stands for a name.
struct Control::Route {
  std::string_view methods;  ///< With spaces between.
  std::vector<std::string_view> path;
  Handler handler;
};

namespace {

bool matches(const std::vector<std::string_view>& pattern, const std::vector<std::string>& path) {
  return std::ranges::equal(pattern, path, [](std::string_view part, const std::string& given) {
    return part == "*" ? !given.empty() : part == given;
  });
}

}  // namespace

const Control::Route* Control::find_route(const Call& call, bool& path_known) {
  static const Route kRoutes[] = {
      {"GET", {"version"}, &Control::version},
      {"GET", {"proxies"}, &Control::list},
      {"POST", {"proxies"}, &Control::create},
      {"GET", {"proxies", "*"}, &Control::show},
      {"POST PATCH", {"proxies", "*"}, &Control::update},
      {"DELETE", {"proxies", "*"}, &Control::remove},
      {"GET", {"proxies", "*", "connections"}, &Control::connections},
      {"GET", {"proxies", "*", "toxics"}, &Control::list_toxics},
      {"POST", {"proxies", "*", "toxics"}, &Control::add_toxic},
      {"GET", {"proxies", "*", "toxics", "*"}, &Control::show_toxic},
      {"POST PATCH", {"proxies", "*", "toxics", "*"}, &Control::update_toxic},
      {"DELETE", {"proxies", "*", "toxics", "*"}, &Control::remove_toxic},
      {"GET", {"proxies", "*", "toxics", "*", "effect"}, &Control::effect},
      {"POST", {"populate"}, &Control::populate},
      {"POST", {"reset"}, &Control::reset},
      {"GET", {"metrics"}, &Control::metrics},
      {"GET", {"tls", "authority"}, &Control::authority},
  };
  path_known = false;
  for (const Route& route : kRoutes) {
    if (!matches(route.path, call.path)) continue;
    path_known = true;
    if (route.methods.find(call.method) != std::string_view::npos) return &route;
  }
  return nullptr;
}

void Control::serve(const http::ServerRequest& request, http::Responder responder) {
  if (const std::string_view why = browser_born(request.head); !why.empty()) {
    return send(responder, {403, kText, std::string(why)});
  }
  auto call = std::make_shared<Call>();
  call->method = request.head.method;
  call->path = split_path(request.path);
  bool path_known = false;
  const Route* route = find_route(*call, path_known);
  if (!route) {
    return send(responder, path_known ? Answer{405, "", ""} : Answer{404, kText, "404 page not found\n"});
  }
  if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) {
    call->bad_body = std::make_unique<ApiError>(bad_body("EOF").error());
  } else if (Result<Json> body = read_go_json(request.body)) {
    call->body = lower_fields(*body);
  } else {
    call->bad_body = std::make_unique<ApiError>(bad_body(body.error().detail).error());
  }
  const Handler handler = route->handler;
  look_up(call->body, [this, call, handler, responder](const Names& names) {
    call->names = names;
    send(responder, (this->*handler)(*call));
  });
}

void Control::look_up(const Json& body, std::function<void(const Names&)> done) {
  std::vector<std::string> hosts = hosts_of(body);
  for (const auto& [name, proxy] : proxies_.all()) {
    const std::string host = proxy->enabled() ? "" : host_of(proxy->spec().listen);
    if (!host.empty()) hosts.push_back(host);
  }
  struct Search {
    Names names;
    std::size_t missing;
    std::function<void(const Names&)> done;
  };
  if (hosts.empty()) return done({});
  auto search = std::make_shared<Search>(Search{{}, hosts.size(), std::move(done)});
  for (const std::string& host : hosts) {
    world_.resolver.resolve(host, [search, host](const Result<std::vector<Endpoint>>& found) {
      if (found) search->names[host] = *found;
      if (--search->missing == 0) search->done(search->names);
    });
  }
}

void Control::send(const http::Responder& responder, Answer answer) {
  wire::HttpHeaders headers;
  if (!answer.type.empty() && answer.status != 204) headers.push_back({"Content-Type", answer.type});
  if (answer.type == kText && answer.status >= 400) headers.push_back({"X-Content-Type-Options", "nosniff"});
  headers.push_back({"X-Toxiproxy-Request-Id", fmt::format("{:020}", ++requests_)});
  responder.send(answer.status, std::move(headers), answer.body);
}

namespace {

template <class Answer>
Answer refused(const ApiError& error) {
  return {error.status, kText, go_json(error_json(error)) + "\n"};
}

template <class Answer, class Value, class Print>
Answer answer_of(const ApiResult<Value>& result, int status, Print print) {
  if (!result) return refused<Answer>(result.error());
  return {status, "application/json", go_json(print(*result))};
}

}  // namespace

Control::Answer Control::list(const Call&) {
  Json all = Json::object();
  for (const auto& [name, proxy] : proxies_.all()) all.set(name, proxy->to_json());
  return {200, "application/json", go_json(all)};
}

Control::Answer Control::create(const Call& call) {
  if (call.bad_body) return refused<Answer>(*call.bad_body);
  return answer_of<Answer>(proxies_.create(call.body, call.names), 201, [](const auto* one) { return one->to_json(); });
}

Control::Answer Control::show(const Call& call) {
  return answer_of<Answer>(proxies_.find(call.path[1]), 200, [](const auto* one) { return one->to_json(); });
}

Control::Answer Control::update(const Call& call) {
  const auto found = proxies_.find(call.path[1]);
  if (found && call.bad_body) return refused<Answer>(*call.bad_body);
  return answer_of<Answer>(proxies_.update(call.path[1], call.body, call.names), 200,
                           [](const auto* one) { return one->to_json(); });
}

Control::Answer Control::remove(const Call& call) {
  const ApiResult<void> done = proxies_.remove(call.path[1]);
  return done ? Answer{204, "", ""} : refused<Answer>(done.error());
}

Control::Answer Control::connections(const Call& call) {
  return answer_of<Answer>(proxies_.find(call.path[1]), 200, [](const auto* one) { return one->connections_json(); });
}

Control::Answer Control::list_toxics(const Call& call) {
  return answer_of<Answer>(proxies_.find(call.path[1]), 200, [](const auto* one) { return one->toxics_json(); });
}

Control::Answer Control::add_toxic(const Call& call) {
  const auto found = proxies_.find(call.path[1]);
  if (!found) return refused<Answer>(found.error());
  if (call.bad_body) return refused<Answer>(*call.bad_body);
  const ApiResult<ToxicSpec> spec = read_toxic(call.body, Reading::lenient);
  if (!spec) return refused<Answer>(spec.error());
  return answer_of<Answer>((*found)->add_toxic(*spec), 200, [](const auto* one) { return to_json(one->spec); });
}

Control::Answer Control::show_toxic(const Call& call) {
  const auto found = proxies_.find(call.path[1]);
  if (!found) return refused<Answer>(found.error());
  const Toxic* toxic = (*found)->toxic(call.path[3]);
  if (!toxic) return refused<Answer>({404, "toxic not found"});
  return {200, "application/json", go_json(to_json(toxic->spec))};
}

Control::Answer Control::update_toxic(const Call& call) {
  const auto found = proxies_.find(call.path[1]);
  if (!found) return refused<Answer>(found.error());
  if (call.bad_body && (*found)->toxic(call.path[3])) return refused<Answer>(*call.bad_body);
  return answer_of<Answer>((*found)->update_toxic(call.path[3], call.body), 200,
                           [](const auto* one) { return to_json(one->spec); });
}

Control::Answer Control::remove_toxic(const Call& call) {
  const auto found = proxies_.find(call.path[1]);
  if (!found) return refused<Answer>(found.error());
  const ApiResult<void> done = (*found)->remove_toxic(call.path[3]);
  return done ? Answer{204, "", ""} : refused<Answer>(done.error());
}

Control::Answer Control::effect(const Call& call) {
  const auto found = proxies_.find(call.path[1]);
  if (!found) return refused<Answer>(found.error());
  const Toxic* toxic = (*found)->toxic(call.path[3]);
  if (!toxic) return refused<Answer>({404, "toxic not found"});
  const FaultEffect effect = describe(*toxic->spec.row, toxic->spec.values.to_json(), *toxic->measure);
  return {200, "application/json", go_json(effect.to_json())};
}

Control::Answer Control::populate(const Call& call) {
  Proxies::Populated done;
  if (call.bad_body) {
    done.error = std::make_unique<ApiError>(*call.bad_body);
  } else {
    done = proxies_.populate(call.body, call.names, Reading::lenient);
  }
  Json made = done.made.empty() ? Json() : Json::array();
  for (const ListeningProxy* proxy : done.made) made.push(proxy->to_json());
  Json body = done.error ? error_json(*done.error) : Json::object();
  return {done.error ? done.error->status : 201, "application/json", go_json(body.set("proxies", std::move(made)))};
}

Control::Answer Control::reset(const Call& call) {
  const ApiResult<void> done = proxies_.reset(call.names);
  return done ? Answer{204, "", ""} : refused<Answer>(done.error());
}

Control::Answer Control::version(const Call&) {
  return {200, "application/json;charset=utf-8", fmt::format("{{\"version\": \"{}\"}}\n", kToxiproxyVersion)};
}

Control::Answer Control::authority(const Call&) {
  const Result<const TlsAuthority*> authority = world_.tls.authority();
  if (!authority) return refused<Answer>({500, authority.error().message()});
  return {200, "application/x-pem-file", (*authority)->pem()};
}

Control::Answer Control::metrics(const Call&) {
  return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(proxies_, world_.held)};
}

}  // namespace pl::proxy
