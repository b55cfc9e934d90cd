#include "sandbox/redact.h"

#include <sys/random.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"

namespace pl::sandbox {
namespace {

const std::string& hash_key() {
  static const std::string key = [] {
    std::string random(32, '\0');
    return ::getrandom(random.data(), random.size(), 0) > 0 ? random : std::string("proofload");
  }();
  return key;
}

std::string hidden(std::string_view secret) {
  constexpr std::size_t kShown = 8;
  const std::string_view tail = secret.size() > kShown ? secret.substr(secret.size() - 2) : std::string_view();
  return "<" + to_hex(sha256(hash_key(), secret)).substr(0, kShown) + ".." + std::string(tail) + ">";
}

bool names_secret(std::string_view name) {
  const std::string small = lower(name);
  for (const char* word : {"password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "requirepass"}) {
    if (small.find(word) != std::string::npos) return true;
  }
  return small.ends_with("key") && small.size() > 3;
}

/// The password of "scheme://user:password@host".
std::string redact_url(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::string(text);
  const std::size_t end = std::min(text.find_first_of("/ ?#", scheme + 3), text.size());
  const std::size_t at = text.substr(0, end).rfind('@');
  const std::size_t colon = text.find(':', scheme + 3);
  if (at == std::string_view::npos || colon == std::string_view::npos || colon >= at) return std::string(text);
  return std::string(text.substr(0, colon + 1)) + hidden(text.substr(colon + 1, at - colon - 1)) +
         std::string(text.substr(at));
}

bool provider_key(std::string_view text) {
  constexpr std::size_t kShortest = 20;
  if (text.size() < kShortest || text.find_first_of(" /\n") != std::string_view::npos) return false;
  for (const char* prefix : {"sk-", "sk_", "ghp_", "gho_", "xox", "AKIA", "eyJ"}) {
    if (text.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

std::string redact(std::string_view argument) {
  if (provider_key(argument)) return hidden(argument);
  const std::size_t equals = argument.find('=');
  const std::string_view name = argument.substr(0, equals);
  const bool plain_name = name.find_first_of(" \n;(") == std::string_view::npos;
  if (equals != std::string_view::npos && plain_name && names_secret(name) && equals + 1 < argument.size()) {
    return std::string(name) + "=" + hidden(argument.substr(equals + 1));
  }
  return redact_url(argument);
}

std::vector<std::string> redact_all(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  bool value_follows = false;
  for (const std::string& argument : arguments) {
    const bool option = argument.starts_with("-");
    out.push_back(value_follows && !option ? hidden(argument) : redact(argument));
    value_follows = option && argument.find('=') == std::string::npos && names_secret(argument);
  }
  return out;
}

}  // namespace pl::sandbox
