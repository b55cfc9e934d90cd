#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/values.h"
#include "conf/load.h"

namespace pl::conf {
namespace {

using Key = std::optional<std::string_view>;

/// Whether a name is one that secrets go by.
bool is_secret(std::string_view name) {
  static constexpr std::string_view kWords[] = {"authorization", "cookie", "token",  "key",
                                                "password",      "passwd", "secret", "credential"};
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// The value, or what stands for it in the log. The last two characters are shown of values that are long enough.
std::string shown(std::string_view name, const std::string& value, Key key) {
  if (!key || value.empty() || !is_secret(name)) return value;
  const std::string tail = value.size() >= 8 ? value.substr(value.size() - 2) : "";
  return fmt::format("sha256:{}…{}", to_hex(sha256(*key, value)).substr(0, 16), tail);
}

/// The same for words of a command: NAME=VALUE.
std::string shown_words(const std::string& text, Key key) {
  std::string result, word;
  const auto flush = [&] {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    result += equals == std::string::npos ? word : name + "=" + shown(name, word.substr(equals + 1), key);
    word.clear();
  };
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\t') {
      word += c;
      continue;
    }
    flush();
    result += c;
  }
  flush();
  return result;
}

Json document(std::string_view name, const Json& value, Key key) {
  if (value.is_string()) return shown(name, value.as_string(), key);
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value.items()) list.push(document(name, item, key));
    return list;
  }
  if (!value.is_object())
    return key && is_secret(name) && value.is_number() ? Json(shown(name, value.dump(), key)) : value;
  Json map = Json::object();
  for (const auto& [below, item] : value.members()) map.set(below, document(below, item, key));
  return map;
}

Json pairs(const std::vector<NameValue>& list, Key key) {
  Json map = Json::object();
  for (const auto& [name, value] : list) map.set(name, shown(name, value, key));
  return map;
}

void set_text(Json& map, std::string_view name, const std::string& value) {
  if (!value.empty()) map.set(name, value);
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return text;
}

Json expectation(const Expect& expect) {
  Json map = Json::object();
  Json status = Json::array();
  for (const int one : expect.status) status.push(one);
  if (!expect.status.empty()) map.set("status", std::move(status));
  set_text(map, "json", expect.json);
  set_text(map, "contains", expect.contains);
  return map;
}

Json step_json(const Step& step, Key key) {
  Json map = Json::object();
  map.set(lower_case(step.method), step.path);
  if (!step.headers.empty()) map.set("headers", pairs(step.headers, key));
  if (step.body_kind == Step::Body::json) map.set("json", document("", step.json, key));
  if (step.body_kind == Step::Body::form) map.set("form", pairs(step.form, key));
  if (step.body_kind == Step::Body::text) map.set("body", step.text);
  if (!step.capture.empty()) {
    Json captures = Json::object();
    for (const Capture& capture : step.capture) captures.set(capture.name, capture.path);
    map.set("capture", std::move(captures));
  }
  if (step.expect) map.set("expect", expectation(*step.expect));
  if (step.verify) {
    Json verify = Json::object();
    verify.set("get", step.verify->get);
    if (!step.verify->headers.empty()) verify.set("headers", pairs(step.verify->headers, key));
    verify.set("contains", step.verify->contains);
    map.set("verify", std::move(verify));
  }
  if (step.think > 0) map.set("think", format_duration(step.think));
  return map;
}

Json traffic_json(const Traffic& traffic, Key key) {
  Json map = Json::object();
  set_text(map, "target", traffic.target);
  if (traffic.rate > 0) map.set("rate", fmt::format("{}/s", traffic.rate));
  Json journeys = Json::array();
  for (const Journey& journey : traffic.journeys) {
    Json steps = Json::array();
    for (const Step& step : journey.steps) steps.push(step_json(step, key));
    Json one = Json::object();
    one.set("name", journey.name).set("weight", journey.weight).set("steps", std::move(steps));
    journeys.push(std::move(one));
  }
  map.set("journeys", std::move(journeys));
  return map;
}

Json list_json(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push(text);
  return list;
}

Json provide_json(const std::vector<Provide>& list) {
  if (list.size() == 1 && list[0].name == "auto") return Json("auto");
  Json map = Json::object();
  for (const Provide& service : list) map.set(service.name, service.options);
  return map;
}

/// A text that YAML takes for text, without quotes: a letter or slash, then plain characters.
bool is_plain(const std::string& text) {
  static constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  if (text.empty() || std::find(std::begin(kWords), std::end(kWords), lower_case(text)) != std::end(kWords))
    return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) {
                       const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
                       return letter || (&c != text.data() && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
                     }) &&
         !(text[0] >= '0' && text[0] <= '9') && text[0] != '-' && text[0] != '.';
}

std::string scalar(const Json& value) {
  return value.is_string() && is_plain(value.as_string()) ? value.as_string() : value.dump();
}

bool is_leaf(const Json& value) { return (!value.is_array() && !value.is_object()) || value.size() == 0; }

void emit(const Json& value, std::size_t indent, std::string& out) {
  const std::string pad(indent, ' ');
  if (value.is_array()) {
    for (const Json& item : value.items()) {
      if (is_leaf(item)) {
        out += fmt::format("{}- {}\n", pad, scalar(item));
        continue;
      }
      const std::size_t begin = out.size();
      emit(item, indent + 2, out);
      out[begin + indent] = '-';
    }
    return;
  }
  for (const auto& [name, item] : value.members()) {
    const std::string key = is_plain(name) ? name : json_quote(name);
    if (is_leaf(item)) {
      out += fmt::format("{}{}: {}\n", pad, key, scalar(item));
      continue;
    }
    out += fmt::format("{}{}:\n", pad, key);
    emit(item, indent + 2, out);
  }
}

}  // namespace

Json to_json(const Config& config, std::optional<std::string_view> hash_key) {
  Json map = Json::object();
  if (!config.run.empty()) {
    Json run = Json::array();
    for (const std::string& argument : config.run) run.push(shown_words(argument, hash_key));
    map.set("run", std::move(run));
  }
  set_text(map, "ready", config.ready);
  map.set("ready_timeout", format_duration(config.ready_timeout));
  if (!config.provide.empty()) map.set("provide", provide_json(config.provide));
  Json names = Json::object();
  for (const auto& [address, name] : config.names) names.set(address, name);
  map.set("names", std::move(names));
  map.set("traffic", traffic_json(config.traffic, hash_key));
  Json slo = Json::object();
  if (config.slo.p99 > 0) slo.set("p99", format_duration(config.slo.p99));
  if (config.slo.errors_percent >= 0) slo.set("errors", fmt::format("{}%", config.slo.errors_percent));
  if (config.slo.patience > 0) slo.set("patience", format_duration(config.slo.patience));
  map.set("slo", std::move(slo));
  map.set("egress", list_json(config.egress));
  Json policy = Json::object();
  for (const PolicyRule& rule : config.policy) {
    Json one = Json::object();
    one.set("action", rule.action);
    set_text(one, "reason", rule.reason);
    policy.set(rule.subject, std::move(one));
  }
  map.set("policy", std::move(policy));
  if (!config.vendor.references.empty() || !config.vendor.reviews.empty()) {
    map.set("vendor", Json::object()
                          .set("references", list_json(config.vendor.references))
                          .set("reviews", list_json(config.vendor.reviews)));
  }
  return map;
}

std::string print_config(const Config& config) {
  std::string out;
  emit(to_json(config), 0, out);
  return out;
}

}  // namespace pl::conf
