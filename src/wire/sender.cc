#include "wire/sender.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"

namespace pl::wire {
namespace {

constexpr std::array<std::string_view, 8> kKeyFields = {
    "x-api-key", "api-key", "x-goog-api-key", "x-auth-token", "private-token", "x-api-token", "apikey", "xi-api-key"};
constexpr std::size_t kVersion = 20;  ///< Bytes of a version that are believed.

/// What clients write into User-Agent, and whose version that is.
struct Agent {
  std::string_view prefix, product;
};
constexpr Agent kAgents[] = {
    {"Python/", "Python"},   {"Python-urllib/", "Python"},
    {"Java/", "Java"},       {"Java-http-client/", "Java"},
    {"PHP/", "PHP"},         {"Ruby/", "Ruby"},
    {"Node.js/", "Node.js"}, {"Bun/", "Bun"},
    {"Deno/", "Deno"},
};
/// Run times as the OpenAI and Anthropic SDKs call them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kRuntimes = {
    {{"node", "Node.js"}, {"CPython", "Python"}, {"PyPy", "PyPy"}, {"bun", "Bun"}, {"deno", "Deno"}}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

/// The digits and dots that a version begins with.
std::string version_of(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  return std::string(text.substr(0, std::min(end, kVersion)));
}

/// The secret part of an Authorization field.
std::string secret_of(std::string_view value) {
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return std::string(value);
  const std::string scheme = lower(value.substr(0, space));
  const std::string_view rest = value.substr(space + 1);
  if (scheme == "basic") {
    const std::string pair = base64_decode(rest);
    const std::size_t colon = pair.find(':');
    return colon == std::string::npos ? pair : pair.substr(colon + 1);
  }
  return scheme == "bearer" || scheme == "token" ? std::string(rest) : "";
}

void read_agent(std::string_view agent, Sender& sender) {
  for (const Agent& row : kAgents) {
    const std::size_t at = agent.find(row.prefix);
    if (at == std::string_view::npos || (at > 0 && agent[at - 1] != ' ')) continue;
    sender.product = row.product;
    sender.version = version_of(agent.substr(at + row.prefix.size()));
  }
}

void read_runtime(const HttpHead& request, Sender& sender) {
  const std::string_view runtime = request.value("x-stainless-runtime");
  for (const auto& [name, product] : kRuntimes) {
    if (runtime != name) continue;
    sender.product = product;
    sender.version = version_of(request.value("x-stainless-runtime-version"));
  }
}

}  // namespace

Sender read_sender(const HttpHead& request) {
  Sender sender;
  for (const HttpHeader& header : request.headers) {
    const std::string name = lower(header.name);
    const bool key = std::ranges::find(kKeyFields, name) != kKeyFields.end();
    const std::string secret = name == "authorization" || name == "proxy-authorization" ? secret_of(header.value)
                               : key                                                    ? header.value
                                                                                        : "";
    if (!secret.empty()) sender.credentials.push_back({name, secret});
    sender.traced = sender.traced || name == "traceparent" || name == "b3" || name == "x-b3-traceid";
    if (name == "user-agent") read_agent(header.value, sender);
  }
  read_runtime(request, sender);
  sender.traced = sender.traced || (request.method == "POST" && request.target.ends_with("/v1/traces"));
  return sender;
}

}  // namespace pl::wire
