#include "conf/load.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <set>

#include "base/values.h"
#include "conf/schema.h"
#include "conf/yaml.h"

namespace pl::conf {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kMethods{
    {{"get", "GET"}, {"post", "POST"}, {"put", "PUT"}, {"patch", "PATCH"}, {"delete", "DELETE"}, {"head", "HEAD"}}};

/// Fills the configuration from a tree that the schema has accepted; what the schema cannot say is checked here.
class Filler {
 public:
  explicit Filler(const std::string& filename) : filename_(filename) {}

  Result<Config> config(const Node& root) {
    Config config;
    config.file = filename_;
    if (const Node* run = root.find("run")) config.run = command(*run);
    config.ready = text(root, "ready");
    config.ready_timeout = duration(root, "ready_timeout", config.ready_timeout);
    config.provide = provide(root.find("provide"));
    for (const auto& [name, value] : pairs(root.find("names"))) config.names[name] = value;
    if (const Node* node = root.find("traffic")) config.traffic = PL_TRY(traffic(*node));
    if (const Node* slo = root.find("slo")) {
      config.slo.p99 = duration(*slo, "p99", 0);
      config.slo.errors_percent = parse_percent(text(*slo, "errors")).value_or(config.slo.errors_percent);
      config.slo.patience = duration(*slo, "patience", config.slo.patience);
    }
    config.egress = texts(root.find("egress"));
    if (const Node* vendor = root.find("vendor")) {
      config.vendor = {texts(vendor->find("references")), texts(vendor->find("reviews"))};
    }
    if (const Node* node = root.find("policy")) config.policy = PL_TRY(policy(*node));
    return config;
  }

 private:
  std::unexpected<Error> bad(const Node& node, std::string_view where, std::string_view what) const {
    return fail_at(filename_, node.at, where, what);
  }
  static std::string text(const Node& node, std::string_view key) {
    const Node* found = node.find(key);
    return found == nullptr || found->is_null() ? "" : found->text;
  }
  static Ns duration(const Node& node, std::string_view key, Ns fallback) {
    return parse_duration(text(node, key)).value_or(fallback);
  }
  static std::vector<NameValue> pairs(const Node* node) {
    std::vector<NameValue> result;
    if (node == nullptr) return result;
    for (const Member& member : node->members) result.emplace_back(member.key, member.value.text);
    return result;
  }
  static std::vector<std::string> texts(const Node* node) {
    std::vector<std::string> result;
    if (node == nullptr) return result;
    for (const Node& item : node->items) result.push_back(item.text);
    return result;
  }
  static std::vector<std::string> command(const Node& node) {
    if (node.kind == Node::Kind::scalar) return {"/bin/sh", "-c", node.text};
    std::vector<std::string> arguments;
    for (const Node& item : node.items) arguments.push_back(item.text);
    return arguments;
  }
  static std::vector<Provide> provide(const Node* node) {
    std::vector<Provide> result;
    if (node == nullptr) return result;
    if (node->kind == Node::Kind::scalar) return {Provide{"auto", Json::object()}};
    for (const Member& member : node->members) {
      Json options = node_to_json(member.value);
      result.push_back({member.key, options.is_object() ? std::move(options) : Json::object()});
    }
    return result;
  }

  Result<std::vector<PolicyRule>> policy(const Node& node) {
    std::vector<PolicyRule> rules;
    for (const Member& member : node.members) {
      const bool plain = member.value.kind == Node::Kind::scalar;
      PolicyRule rule{member.key, plain ? member.value.text : text(member.value, "action"),
                      text(member.value, "reason")};
      const std::string where = "policy." + member.key;
      if (rule.action.empty()) return bad(member.value, where, "no action; write action: block, warn or ignore");
      if (rule.action == "ignore" && rule.reason.empty()) {
        return bad(member.value, where, "ignore needs its reason: { action: ignore, reason: why }");
      }
      rules.push_back(std::move(rule));
    }
    return rules;
  }

  Result<Traffic> traffic(const Node& node) {
    Traffic result;
    result.target = text(node, "target");
    if (result.target.ends_with('/')) result.target.pop_back();
    result.rate = parse_rate(text(node, "rate")).value_or(0);
    const Node* journeys = node.find("journeys");
    if (journeys == nullptr) return result;
    std::set<std::string> names;
    for (std::size_t i = 0; i < journeys->items.size(); ++i) {
      const std::string where = fmt::format("traffic.journeys[{}]", i);
      Journey one = PL_TRY(journey(journeys->items[i], where));
      if (one.name.empty()) one.name = fmt::format("journey {}", i + 1);
      if (!names.insert(one.name).second) {
        return bad(journeys->items[i], where, fmt::format("a second journey named {}", json_quote(one.name)));
      }
      result.journeys.push_back(std::move(one));
    }
    return result;
  }

  Result<Journey> journey(const Node& node, const std::string& where) {
    Journey result;
    result.name = text(node, "name");
    result.weight = parse_number(text(node, "weight")).value_or(1);
    const Node* steps = node.find("steps");
    if (steps == nullptr || steps->items.empty()) return bad(node, where, "no steps; write steps: [ get: / ]");
    for (std::size_t i = 0; i < steps->items.size(); ++i) {
      result.steps.push_back(PL_TRY(step(steps->items[i], fmt::format("{}.steps[{}]", where, i))));
    }
    return result;
  }

  Result<Step> step(const Node& node, const std::string& where) {
    Step result;
    for (const auto& [key, method] : kMethods) {
      if (node.find(key) == nullptr) continue;
      if (!result.method.empty()) return bad(node, where, "two methods in one step; make it two steps");
      result.method = method;
      result.path = text(node, key);
    }
    if (result.method.empty()) return bad(node, where, "no method; write one of get, post, put, patch, delete, head");
    result.headers = pairs(node.find("headers"));
    if (!fill_body(node, result)) return bad(node, where, "more than one of json, form and body; keep one");
    for (const auto& [name, path] : pairs(node.find("capture"))) result.capture.push_back({name, path});
    if (const Node* expect = node.find("expect")) result.expect = expectation(*expect);
    if (const Node* verify = node.find("verify")) {
      result.verify = Verify{text(*verify, "get"), pairs(verify->find("headers")), text(*verify, "contains")};
      const std::string at = where + ".verify";
      if (result.verify->get.empty()) return bad(*verify, at, "no get; write get: and the path that reads it back");
      if (result.verify->contains.empty()) return bad(*verify, at, "no contains; write the text that must be there");
    }
    result.think = duration(node, "think", 0);
    return result;
  }

  static bool fill_body(const Node& node, Step& step) {
    int bodies = 0;
    if (const Node* json = node.find("json"))
      step.json = node_to_json(*json), step.body_kind = Step::Body::json, ++bodies;
    if (const Node* form = node.find("form")) step.form = pairs(form), step.body_kind = Step::Body::form, ++bodies;
    if (node.find("body")) step.text = text(node, "body"), step.body_kind = Step::Body::text, ++bodies;
    return bodies <= 1;
  }

  static Expect expectation(const Node& node) {
    Expect expect{{}, text(node, "json"), text(node, "contains")};
    const auto add = [&expect](const Node& scalar) {
      int status = 0;
      std::from_chars(scalar.text.data(), scalar.text.data() + scalar.text.size(), status);
      expect.status.push_back(status);
    };
    if (const Node* status = node.find("status")) {
      if (status->kind == Node::Kind::scalar) add(*status);
      for (const Node& item : status->items) add(item);
    }
    return expect;
  }

  const std::string& filename_;
};

}  // namespace

Result<Config> load(std::string_view text, const std::string& filename) {
  const Node root = PL_TRY(parse_yaml(text, filename));
  if (Result<void> good = check_schema(root, filename); !good) return std::unexpected(std::move(good).error());
  return Filler(filename).config(root);
}

}  // namespace pl::conf
