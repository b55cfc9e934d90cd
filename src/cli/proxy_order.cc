#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/json.h"
#include "base/values.h"
#include "cli/commands.h"
#include "http/client.h"
#include "os/net.h"
#include "os/resolver.h"
#include "proxy/fault.h"

namespace pl::cli {
namespace {

constexpr Ns kPatience = 30 * kSec;  ///< For one answer of the API.

/// Where the API is, as "host:port".
std::string address_of(const ProxyFlags& flags) {
  std::string url = flags.host;
  const char* const named = std::getenv("TOXIPROXY_URL");
  if (!flags.host_given && named && *named) url = named;
  if (url.starts_with("http://")) url = url.substr(7);
  url = url.substr(0, url.find('/'));
  const bool has_port = url.find(':', url.starts_with("[") ? url.find(']') : 0) != std::string::npos;
  return has_port ? url : fmt::format("{}:{}", url, flags.port);
}

/// The API of a running proxy, asked one thing after the other.
class Api {
 public:
  static Result<std::unique_ptr<Api>> open(const os::Clock& clock, const ProxyFlags& flags) {
    auto api = std::make_unique<Api>();
    api->reactor_ = PL_TRY(os::Reactor::create(clock));
    api->address_ = address_of(flags);
    const std::size_t colon = api->address_.rfind(':');
    const auto port = parse_number(api->address_.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) {
      return fail(Errc::usage, fmt::format("{} is no address; it would be http://127.0.0.1:8474", api->address_));
    }
    std::string host = api->address_.substr(0, colon);
    if (host.starts_with("[")) host = host.substr(1, host.size() - 2);
    os::Resolver resolver(*api->reactor_);
    const auto found = resolver.wait_for(host);
    if (!found) return fail(Errc::usage, host + ": no such host");
    Endpoint where = found->front();
    where.port = static_cast<std::uint16_t>(*port);
    api->connection_ = std::make_unique<http::ClientConnection>(*api->reactor_, where);
    return api;
  }

  /// The answer's body; a refusal is an error with the API's words.
  Result<Json> ask(const char* method, const std::string& target, const Json& body = {}) {
    int status = 0;
    std::string text, failure;
    bool done = false;
    http::ClientRequest request{.method = method, .target = target, .headers = {{"User-Agent", "proofload"}}};
    if (!body.is_null()) request.body = body.dump();
    http::ClientEvents events;
    events.on_head = [&](const wire::HttpHead& head, Ns) { status = head.status; };
    events.on_body = [&](std::string_view bytes, Ns) { text += bytes; };
    events.on_end = [&](Ns) { done = true; };
    events.on_failure = [&](http::Failure, const std::string& why, Ns) {
      failure = why;
      done = true;
    };
    connection_->send(std::move(request), std::move(events));
    const Ns until = reactor_->now() + kPatience;
    while (!done && reactor_->now() < until) reactor_->run_once(until - reactor_->now());
    if (!done) connection_->cancel();
    if (status == 0) {
      return fail(Errc::not_found,
                  fmt::format("no proxy answers at http://{}; `proofload proxy` starts one", address_));
    }
    Result<Json> json = Json::parse(text);
    if (status < 300) return json ? *json : Json();
    return fail(Errc::usage,
                json && json->has("error") ? (*json)["error"].as_string() : fmt::format("status {}", status));
  }

 private:
  std::unique_ptr<os::Reactor> reactor_;
  std::unique_ptr<http::ClientConnection> connection_;
  std::string address_;
};

std::string escape(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-._~").find(c) != std::string::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string path_of(const ProxyOrder& order) { return "/proxies/" + escape(order.proxy); }

const char* enabled_text(const Json& proxy) { return proxy["enabled"].as_bool() ? "enabled" : "disabled"; }

Result<int> list(Api& api) {
  const Json proxies = PL_TRY(api.ask("GET", "/proxies"));
  for (const auto& [name, one] : proxies.members()) {
    fmt::print("{}\t{}\t{}\t{}\t{}\n", name, one["listen"].as_string(), one["upstream"].as_string(), enabled_text(one),
               one["toxics"].size());
  }
  return 0;
}

Result<int> inspect(Api& api, const ProxyOrder& order) {
  const Json proxy = PL_TRY(api.ask("GET", path_of(order)));
  // In a pipe the original prints the toxics alone.
  if (terminal().interactive) {
    fmt::print("{}\t{}\t{}\t{}\n", proxy["name"].as_string(), proxy["listen"].as_string(),
               proxy["upstream"].as_string(), enabled_text(proxy));
  }
  for (const Json& toxic : proxy["toxics"].items()) {
    fmt::print("{}\ttype={}\tstream={}\ttoxicity={:.2f}\tattributes=[", toxic["name"].as_string(),
               toxic["type"].as_string(), toxic["stream"].as_string(), toxic["toxicity"].as_double());
    std::map<std::string, std::string> attributes;
    for (const auto& [name, value] : toxic["attributes"].members()) attributes[name] = value.dump();
    for (const auto& [name, value] : attributes) fmt::print("\t{}={}", name, value);
    fmt::print("\t]\n");
  }
  return 0;
}

Result<int> toggle(Api& api, const ProxyOrder& order) {
  const Json proxy = PL_TRY(api.ask("GET", path_of(order)));
  const bool enable = !proxy["enabled"].as_bool();
  const Json now = PL_TRY(api.ask("POST", path_of(order), Json::object().set("enabled", enable)));
  fmt::print("Proxy {} is now {}\n", order.proxy, enabled_text(now));
  return 0;
}

/// What a parameter of this type of toxic is given as: a text as it was typed, else a number where it looks like one.
Json attribute_value(const std::string& type, const std::string& name, const std::string& typed) {
  const proxy::FaultRow* const row = proxy::find_toxic(type);
  if (row) {
    const auto found = std::ranges::find(row->parameters, name, &proxy::ParameterRow::name);
    if (found != row->parameters.end() && found->text) return typed;
  }
  const auto number = parse_number(typed);
  return number ? Json(*number) : Json(typed);
}

Result<Json> toxic_fields(const ProxyOrder& order, const std::string& type) {
  Json json = Json::object(), attributes = Json::object();
  if (const auto toxicity = parse_number(order.toxicity)) json.set("toxicity", *toxicity);
  for (const std::string& attribute : order.attributes) {
    const std::size_t mark = attribute.find('=');
    if (mark == std::string::npos || mark == 0) {
      return fail(Errc::usage, fmt::format("--attribute {}: it would be name=value", attribute));
    }
    const std::string name = attribute.substr(0, mark);
    attributes.set(name, attribute_value(type, name, attribute.substr(mark + 1)));
  }
  return json.set("attributes", std::move(attributes));
}

Result<int> add_toxic(Api& api, const ProxyOrder& order) {
  if (order.to_upstream && order.to_downstream) {
    return fail(Errc::usage, "Only one should be specified: upstream or downstream.");
  }
  Json json = PL_TRY(toxic_fields(order, order.type));
  json.set("name", order.toxic).set("type", order.type).set("stream", order.to_upstream ? "upstream" : "downstream");
  const Json toxic = PL_TRY(api.ask("POST", path_of(order) + "/toxics", json));
  fmt::print("Added {} {} toxic '{}' on proxy '{}'\n", toxic["stream"].as_string(), toxic["type"].as_string(),
             toxic["name"].as_string(), order.proxy);
  return 0;
}

Result<int> update_toxic(Api& api, const ProxyOrder& order, const std::string& path) {
  const Json toxic = PL_TRY(api.ask("GET", path));
  const Json fields = PL_TRY(toxic_fields(order, toxic["type"].as_string()));
  PL_TRY(api.ask("POST", path, fields));
  fmt::print("Updated toxic '{}' on proxy '{}'\n", order.toxic, order.proxy);
  return 0;
}

Result<int> create(Api& api, const ProxyOrder& order) {
  Json json = Json::object();
  json.set("name", order.proxy).set("listen", order.listen).set("upstream", order.upstream);
  if (!order.protocol.empty()) json.set("protocol", order.protocol);
  PL_TRY(api.ask("POST", "/proxies", json));
  fmt::print("Created new proxy {}\n", order.proxy);
  return 0;
}

Result<int> carry_out(Api& api, const ProxyOrder& order) {
  using Verb = ProxyOrder::Verb;
  const std::string toxic = path_of(order) + "/toxics/" + escape(order.toxic);
  switch (order.verb) {
    case Verb::list:
      return list(api);
    case Verb::inspect:
      return inspect(api, order);
    case Verb::toggle:
      return toggle(api, order);
    case Verb::create:
      return create(api, order);
    case Verb::remove:
      PL_TRY(api.ask("DELETE", path_of(order)));
      fmt::print("Deleted proxy {}\n", order.proxy);
      return 0;
    case Verb::toxic_add:
      return add_toxic(api, order);
    case Verb::toxic_update:
      return update_toxic(api, order, toxic);
    case Verb::toxic_remove:
      PL_TRY(api.ask("DELETE", toxic));
      fmt::print("Removed toxic '{}' on proxy '{}'\n", order.toxic, order.proxy);
      return 0;
  }
  return 0;
}

}  // namespace

Result<int> order_proxy(const ProxyFlags& flags, const ProxyOrder& order) {
  const os::RealClock clock;
  const std::unique_ptr<Api> api = PL_TRY(Api::open(clock, flags));
  return carry_out(*api, order);
}

}  // namespace pl::cli
