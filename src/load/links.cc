#include "load/links.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

#include "base/limits.h"
#include "load/template.h"
#include "load/text.h"
#include "wire/http1.h"

namespace pl::load {
namespace {

constexpr std::array<std::string_view, 20> kDangerousWords = {
    "logout",     "signout",   "logoff",   "delete",  "remove", "destroy", "unsubscribe",
    "deactivate", "terminate", "purge",    "drop",    "erase",  "disable", "revoke",
    "deregister", "reset",     "shutdown", "restart", "cancel", "kill"};
constexpr std::array<std::string_view, 6> kDangerousPhrases = {"log-out",  "sign-out", "log_out",
                                                               "sign_out", "log-off",  "sign-off"};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

void append_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int tails = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static constexpr std::array<std::uint32_t, 4> kLead{0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[static_cast<std::size_t>(tails)] | code >> (6 * tails));
  for (int i = tails - 1; i >= 0; --i) out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

/// A numeric character reference at the front, `&#39;` or `&#x2713;`; false where there is none.
bool take_number(std::string_view& text, std::string& out) {
  const bool hex = text.starts_with("&#x") || text.starts_with("&#X");
  if (!text.starts_with("&#")) return false;
  const std::string_view digits = text.substr(hex ? 3 : 2);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  const auto length = static_cast<std::size_t>(end - digits.data());
  const bool character = code > 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (error != std::errc() || length == 0 || length == digits.size() || digits[length] != ';' || !character)
    return false;
  append_utf8(code, out);
  text = digits.substr(length + 1);
  return true;
}

/// Character references (HTML, section 13.5): every number, and of the names those that stand in addresses.
std::string decode_entities(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
      {{"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}}};
  std::string out;
  while (!text.empty()) {
    if (take_number(text, out)) continue;
    const auto found =
        std::ranges::find_if(kEntities, [&](const auto& entity) { return text.starts_with(entity.first); });
    out += found == kEntities.end() ? text.front() : found->second;
    text.remove_prefix(found == kEntities.end() ? 1 : found->first.size());
  }
  return out;
}

/// One start tag: its name in lower case and its attributes.
struct Tag {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;

  std::string_view get(std::string_view attribute) const {
    const auto found = std::ranges::find(attributes, attribute, [](const auto& pair) { return pair.first; });
    return found == attributes.end() ? std::string_view() : std::string_view(found->second);
  }
};

/// Reads one attribute from the front of `rest`; false at the tag's end.
bool take_attribute(std::string_view& rest, Tag& tag) {
  while (!rest.empty() && (is_space(rest.front()) || rest.front() == '/')) rest.remove_prefix(1);
  if (rest.empty() || rest.front() == '>') return false;
  std::size_t end = 1;
  while (end < rest.size() && !is_space(rest[end]) && !std::string_view("=>/").contains(rest[end])) ++end;
  std::string name = lower(rest.substr(0, end));
  rest.remove_prefix(end);
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  std::string_view value;
  if (rest.starts_with('=')) {
    rest.remove_prefix(1);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    const char quote = rest.empty() ? '\0' : rest.front();
    if (quote == '"' || quote == '\'') {
      value = rest.substr(1, rest.find(quote, 1) == rest.npos ? rest.npos : rest.find(quote, 1) - 1);
      rest.remove_prefix(std::min(rest.size(), value.size() + 2));
    } else {
      std::size_t stop = 0;
      while (stop < rest.size() && !is_space(rest[stop]) && rest[stop] != '>') ++stop;
      value = rest.substr(0, stop);
      rest.remove_prefix(stop);
    }
  }
  tag.attributes.emplace_back(std::move(name), decode_entities(trim(value)));
  return true;
}

/// The next start tag at or after the front of `rest`; a name that is empty at the end.
Tag next_tag(std::string_view& rest) {
  while (!rest.empty()) {
    const std::size_t open = rest.find('<');
    if (open == rest.npos) break;
    rest.remove_prefix(open + 1);
    if (rest.starts_with("!--")) {
      const std::size_t end = rest.find("-->");
      rest.remove_prefix(end == rest.npos ? rest.size() : end + 3);
      continue;
    }
    std::size_t length = 0;
    while (length < rest.size() && to_lower(rest[length]) >= 'a' && to_lower(rest[length]) <= 'z') ++length;
    if (length == 0) continue;
    Tag tag{lower(rest.substr(0, length)), {}};
    rest.remove_prefix(length);
    while (take_attribute(rest, tag)) {
    }
    return tag;
  }
  rest = {};
  return {};
}

/// A form whose fields are being read.
struct Form {
  bool open = false;
  std::string action, query;

  void add(const Tag& tag) {
    const std::string_view type = tag.get("type");
    if (tag.get("name").empty() || type == "submit" || type == "button" || type == "file") return;
    const std::string_view value = tag.get("value").empty() ? std::string_view("a") : tag.get("value");
    query += (query.empty() ? "" : "&") + percent_encode(tag.get("name")) + "=" + percent_encode(value);
  }
};

void take_link(const Tag& tag, std::vector<Link>& links) {
  const auto add = [&](Link::Kind kind, std::string_view url) {
    if (!url.empty()) links.push_back({kind, std::string(url)});
  };
  if (tag.name == "a") add(Link::Kind::page, tag.get("href"));
  if (tag.name == "base") add(Link::Kind::base, tag.get("href"));
  if (tag.name == "script") add(Link::Kind::script, tag.get("src"));
  if (tag.name == "img") add(Link::Kind::asset, tag.get("src"));
  const bool style = tag.name == "link" && wire::equal_ignoring_case(tag.get("rel"), "stylesheet");
  if (style) add(Link::Kind::asset, tag.get("href"));
}

void end_form(Form& form, std::vector<Link>& links) {
  if (!form.open) return;
  const std::string path = form.action.substr(0, form.action.find('?'));
  links.push_back({Link::Kind::page, form.query.empty() ? form.action : path + "?" + form.query});
  form = Form();
}

void collect_json(const Json& value, std::vector<std::string>& out) {
  if (out.size() >= limits::kCrawlLinks) return;
  const std::string& text = value.as_string();
  const bool path = text.size() > 1 && text.front() == '/' && !text.contains(' ') && !text.contains('{');
  if (path || text.starts_with("http://") || text.starts_with("https://")) out.push_back(text);
  for (const Json& item : value.items()) collect_json(item, out);
  for (const auto& [key, member] : value.members()) collect_json(member, out);
}

/// Dots of a path resolved (RFC 3986 section 5.2.4).
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  const std::vector<std::string_view> segments = split(path, '/');
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (segments[i] == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segments[i] != ".") {
      kept.push_back(segments[i]);
      continue;
    }
    if (last) kept.push_back("");
  }
  std::string out;
  for (const std::string_view segment : kept) out += "/" + std::string(segment);
  return out.empty() ? "/" : out;
}

bool looks_like_id(std::string_view segment) {
  if (segment.empty()) return false;
  const auto digits = std::ranges::count_if(segment, [](char c) { return c >= '0' && c <= '9'; });
  const bool hex = std::ranges::all_of(
      segment, [](char c) { return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'f') || c == '-'; });
  if (static_cast<std::size_t>(digits) == segment.size()) return true;
  return (hex && digits > 0 && segment.size() >= 8) || (digits >= 3 && segment.size() >= 16);
}

/// The same host and port, this machine by whatever name.
bool same_origin(std::string_view a, std::string_view b) {
  const auto port_of = [](std::string_view host) {
    const std::size_t colon = host.rfind(':');
    return colon == host.npos || host.ends_with(']') ? std::string_view() : host.substr(colon + 1);
  };
  const auto is_local = [](std::string_view host) {
    return std::ranges::any_of(std::array<std::string_view, 3>{"localhost", "127.0.0.1", "[::1]"}, [&](auto name) {
      return wire::equal_ignoring_case(host.substr(0, name.size()), name) &&
             (host.size() == name.size() || host[name.size()] == ':');
    });
  };
  return wire::equal_ignoring_case(a, b) || (is_local(a) && is_local(b) && port_of(a) == port_of(b));
}

}  // namespace

std::vector<Link> html_links(std::string_view html) {
  std::vector<Link> links;
  Form form;
  while (!html.empty() && links.size() < limits::kCrawlLinks) {
    const Tag tag = next_tag(html);
    if (tag.name == "form") {
      end_form(form, links);
      const bool get = tag.get("method").empty() || wire::equal_ignoring_case(tag.get("method"), "get");
      form = Form{get && !tag.get("action").empty(), std::string(tag.get("action")), ""};
    } else if (form.open && (tag.name == "input" || tag.name == "select" || tag.name == "textarea")) {
      form.add(tag);
    }
    take_link(tag, links);
  }
  end_form(form, links);
  return links;
}

std::vector<std::string> json_links(const Json& document) {
  std::vector<std::string> links;
  collect_json(document, links);
  return links;
}

std::vector<std::string> script_paths(std::string_view script) {
  std::vector<std::string> paths;
  for (std::size_t at = 0; at + 2 < script.size() && paths.size() < limits::kCrawlLinks; ++at) {
    const char quote = script[at];
    if ((quote != '"' && quote != '\'' && quote != '`') || script[at + 1] != '/') continue;
    std::size_t end = at + 1;
    while (end < script.size() && (std::string_view("/_-?=&.").contains(script[end]) ||
                                   (to_lower(script[end]) >= 'a' && to_lower(script[end]) <= 'z') ||
                                   (script[end] >= '0' && script[end] <= '9'))) {
      ++end;
    }
    const std::string_view path = script.substr(at + 1, end - at - 1);
    const bool whole = end < script.size() && script[end] == quote && path.size() > 2 && path[1] != '/';
    if (whole && !path.contains('.') && std::ranges::find(paths, path) == paths.end()) paths.emplace_back(path);
  }
  return paths;
}

std::optional<std::string> resolve(std::string_view base, std::string_view url, std::string_view host) {
  url = trim(url.substr(0, url.find('#')));
  if (url.empty()) return std::nullopt;
  for (const std::string_view scheme : {"http:", "https:"}) {
    if (lower(url.substr(0, scheme.size())) == scheme) url.remove_prefix(scheme.size());
  }
  if (url.starts_with("//")) {
    const std::size_t end = url.find_first_of("/?", 2);
    if (!same_origin(url.substr(2, end == url.npos ? end : end - 2), host)) return std::nullopt;
    url = end == url.npos ? std::string_view("/") : url.substr(end);
  }
  const std::size_t colon = url.find_first_of(":/?");
  if (colon != url.npos && url[colon] == ':') return std::nullopt;  // mailto:, javascript:, data:
  const std::string_view path_of_base = base.substr(0, base.find('?'));
  std::string whole;
  if (url.starts_with('/')) {
    whole = url;
  } else if (url.starts_with('?')) {
    whole = std::string(path_of_base) + std::string(url);
  } else {
    whole = std::string(path_of_base.substr(0, path_of_base.rfind('/') + 1)) + std::string(url);
  }
  const std::size_t query = whole.find('?');
  return clean_target(without_dots(whole.substr(0, query)) + (query == whole.npos ? "" : whole.substr(query)));
}

bool is_dangerous(std::string_view target) {
  bool found = std::ranges::any_of(
      kDangerousPhrases, [&](std::string_view phrase) { return find_ignoring_case(target, phrase) != target.npos; });
  for_each_word(target, [&](const std::string& word) {
    found = found || std::ranges::any_of(kDangerousWords, [&](std::string_view bad) { return word.starts_with(bad); });
  });
  return found;
}

std::string template_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  std::string out;
  for (const std::string_view segment : split(target.substr(0, mark), '/')) {
    if (!out.empty() || segment.data() != target.data()) out += '/';
    out += looks_like_id(segment) ? std::string_view("{id}") : segment;
  }
  if (mark == target.npos) return out;
  std::vector<std::string> keys;
  for (const std::string_view pair : split(target.substr(mark + 1), '&')) {
    keys.emplace_back(pair.substr(0, pair.find('=')));
  }
  std::ranges::sort(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) out += (i == 0 ? "?" : "&") + keys[i];
  return out;
}

}  // namespace pl::load
