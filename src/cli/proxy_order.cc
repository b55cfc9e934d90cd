#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/json.h"
#include "base/text.h"
#include "base/values.h"
#include "cli/commands.h"
#include "http/client.h"
#include "os/net.h"
#include "os/resolver.h"
#include "proxy/addresses.h"
#include "proxy/fault.h"
#include "proxy/go_json.h"

namespace pl::cli {
namespace {

constexpr Ns kPatience = 30 * kSec;             ///< For one answer of the API.
constexpr std::size_t kAnswerBytes = 64 << 20;  ///< Of one answer.

bool is_toxic(const Json& json) {
  const bool texts = json["name"].is_string() && json["type"].is_string() && json["stream"].is_string();
  return texts && json["toxicity"].is_number() && json["attributes"].is_object();
}

bool is_proxy(const Json& json) {
  const bool texts = json["name"].is_string() && json["listen"].is_string() && json["upstream"].is_string();
  const Json& toxics = json["toxics"];
  return texts && json["enabled"].is_bool() && (toxics.is_array() || toxics.is_null()) &&
         std::ranges::all_of(toxics.items(), is_toxic);
}

bool are_proxies(const Json& json) {
  const auto right = [](const Json::Member& member) { return is_proxy(member.second); };
  return json.is_object() && std::ranges::all_of(json.members(), right);
}

/// Of what has no answer but its status.
bool is_nothing(const Json& json) { return json.is_null(); }

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

  /// The answer's body, which must be what `right` says; a refusal is an error with the API's words.
  Result<Json> ask(const char* method, const std::string& target, bool (*right)(const Json&), const Json& body = {}) {
    const Answer answer = exchange(method, target, body);
    if (answer.status == 0) {
      return fail(Errc::not_found,
                  fmt::format("no proxy answers at http://{}; `proofload proxy` starts one", address_));
    }
    if (!answer.failure.empty()) return no_api(answer.failure);
    const Result<Json> json = answer.text.empty() ? Json() : Json::parse(answer.text);
    if (answer.status >= 300) {
      if (!json || !(*json)["error"].is_string()) return no_api(fmt::format("status {}", answer.status));
      return fail(Errc::usage, (*json)["error"].as_string());
    }
    if (!json) return no_api("its answer is not JSON");
    if (!right(*json)) return no_api(fmt::format("{} {} is answered with something else", method, target));
    return *json;
  }

 private:
  struct Answer {
    int status = 0;  ///< 0: there was none.
    std::string text;
    std::string failure;  ///< Why it is not whole; empty: it is.
  };

  Answer exchange(const char* method, const std::string& target, const Json& body) {
    Answer answer;
    bool done = false;
    const auto failed = [&](const std::string& why) {
      answer.failure = why;
      done = true;
    };
    http::ClientRequest request{.method = method, .target = target, .headers = {{"User-Agent", "proofload"}}};
    if (!body.is_null()) request.body = proxy::go_json(body);
    http::ClientEvents events;
    events.on_head = [&](const wire::HttpHead& head, Ns) { answer.status = head.status; };
    events.on_body = [&](std::string_view bytes, Ns) {
      answer.text += bytes;
      if (answer.text.size() > kAnswerBytes) failed(fmt::format("its answer is larger than {} bytes", kAnswerBytes));
    };
    events.on_end = [&](Ns) { done = true; };
    events.on_failure = [&](http::Failure, const std::string&, Ns) { failed("its answer breaks off"); };
    connection_->send(std::move(request), std::move(events));
    const Ns until = reactor_->now() + kPatience;
    while (!done && reactor_->now() < until) reactor_->run_once(until - reactor_->now());
    if (!done) answer.failure = fmt::format("its answer does not end within {}", format_duration(kPatience));
    if (!done || !answer.failure.empty()) connection_->cancel();
    return answer;
  }

  std::unexpected<Error> no_api(const std::string& why) const {
    return fail(Errc::not_found,
                fmt::format("what answers at http://{} does not speak Toxiproxy's API: {}", address_, why));
  }

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
  const Json proxies = PL_TRY(api.ask("GET", "/proxies", are_proxies));
  for (const auto& [name, one] : proxies.members()) {
    fmt::print("{}\t{}\t{}\t{}\t{}\n", name, one["listen"].as_string(), one["upstream"].as_string(), enabled_text(one),
               one["toxics"].size());
  }
  return 0;
}

Result<int> inspect(Api& api, const ProxyOrder& order) {
  const Json proxy = PL_TRY(api.ask("GET", path_of(order), is_proxy));
  // In a pipe the original prints the toxics alone.
  if (terminal().interactive) {
    fmt::print("{}\t{}\t{}\t{}\n", proxy["name"].as_string(), proxy["listen"].as_string(),
               proxy["upstream"].as_string(), enabled_text(proxy));
  }
  for (const Json& toxic : proxy["toxics"].items()) {
    fmt::print("{}\ttype={}\tstream={}\ttoxicity={:.2f}\tattributes=[", toxic["name"].as_string(),
               toxic["type"].as_string(), toxic["stream"].as_string(), toxic["toxicity"].as_double());
    std::map<std::string, std::string> attributes;
    for (const auto& [name, value] : toxic["attributes"].members()) attributes[name] = proxy::go_json(value);
    for (const auto& [name, value] : attributes) fmt::print("\t{}={}", name, value);
    fmt::print("\t]\n");
  }
  return 0;
}

Result<int> toggle(Api& api, const ProxyOrder& order) {
  const Json proxy = PL_TRY(api.ask("GET", path_of(order), is_proxy));
  const bool enable = !proxy["enabled"].as_bool();
  const Json now = PL_TRY(api.ask("POST", path_of(order), is_proxy, Json::object().set("enabled", enable)));
  fmt::print("Proxy {} is now {}\n", order.proxy, enabled_text(now));
  return 0;
}

/// What a parameter of this type of toxic is given as: a text as it was typed, else a number where it looks like one.
/// The API passes over names that the type does not have, as the original does, which hides a slip of the pen; here
/// they are refused. Of a type that only the running proxy may know everything is sent.
Result<Json> attribute_value(const std::string& type, const std::string& name, const std::string& typed) {
  if (const proxy::FaultRow* const row = proxy::find_toxic(type)) {
    // Fields of the API may have any case.
    const auto found = std::ranges::find(row->parameters, lower(name), &proxy::ParameterRow::name);
    if (found == row->parameters.end()) {
      return fail(Errc::usage, fmt::format("--attribute {}: a toxic of type {} has no such attribute; it has: {}", name,
                                           type, proxy::parameter_names(*row)));
    }
    if (found->text) return typed;
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
    attributes.set(name, PL_TRY(attribute_value(type, name, attribute.substr(mark + 1))));
  }
  return json.set("attributes", std::move(attributes));
}

Result<int> add_toxic(Api& api, const ProxyOrder& order) {
  if (order.to_upstream && order.to_downstream) {
    return fail(Errc::usage, "Only one should be specified: upstream or downstream.");
  }
  Json json = PL_TRY(toxic_fields(order, order.type));
  json.set("name", order.toxic).set("type", order.type).set("stream", order.to_upstream ? "upstream" : "downstream");
  const Json toxic = PL_TRY(api.ask("POST", path_of(order) + "/toxics", is_toxic, json));
  fmt::print("Added {} {} toxic '{}' on proxy '{}'\n", toxic["stream"].as_string(), toxic["type"].as_string(),
             toxic["name"].as_string(), order.proxy);
  return 0;
}

Result<int> update_toxic(Api& api, const ProxyOrder& order, const std::string& path) {
  const Json toxic = PL_TRY(api.ask("GET", path, is_toxic));
  const Json fields = PL_TRY(toxic_fields(order, toxic["type"].as_string()));
  PL_TRY(api.ask("POST", path, is_toxic, fields));
  fmt::print("Updated toxic '{}' on proxy '{}'\n", order.toxic, order.proxy);
  return 0;
}

Result<int> create(Api& api, const ProxyOrder& order) {
  if (const std::string why = proxy::why_no_upstreams(order.upstream); !order.upstream.empty() && !why.empty()) {
    return fail(Errc::usage, fmt::format("--upstream {}; it would be host:port, or several with commas", why));
  }
  Json json = Json::object();
  json.set("name", order.proxy).set("listen", order.listen).set("upstream", order.upstream);
  if (!order.protocol.empty()) json.set("protocol", order.protocol);
  PL_TRY(api.ask("POST", "/proxies", is_proxy, json));
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
      PL_TRY(api.ask("DELETE", path_of(order), is_nothing));
      fmt::print("Deleted proxy {}\n", order.proxy);
      return 0;
    case Verb::toxic_add:
      return add_toxic(api, order);
    case Verb::toxic_update:
      return update_toxic(api, order, toxic);
    case Verb::toxic_remove:
      PL_TRY(api.ask("DELETE", toxic, is_nothing));
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
