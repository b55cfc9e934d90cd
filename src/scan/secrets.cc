#include "scan/secrets.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/limits.h"
#include "base/text.h"

namespace pl::scan {
namespace {

constexpr auto npos = std::string_view::npos;

/// A key that its form gives away: a prefix, then at least so many characters of its alphabet.
struct KeyRule {
  std::string_view name, prefix;
  std::size_t least;  ///< Characters behind the prefix.
};
constexpr KeyRule kKeys[] = {
    {"Anthropic key", "sk-ant-", 20},
    {"OpenAI key", "sk-proj-", 20},
    {"key of a model provider", "sk-or-", 20},
    {"OpenAI key", "sk-", 32},
    {"Stripe key", "sk_live_", 16},
    {"Stripe key", "rk_live_", 16},
    {"Google key", "AIza", 35},
    {"AWS access key", "AKIA", 16},
    {"GitHub token", "ghp_", 36},
    {"GitHub token", "gho_", 36},
    {"GitHub token", "ghs_", 36},
    {"GitHub token", "github_pat_", 40},
    {"GitLab token", "glpat-", 20},
    {"Slack token", "xoxb-", 24},
    {"Slack token", "xoxp-", 24},
    {"SendGrid key", "SG.", 40},
    {"Hugging Face token", "hf_", 30},
    {"npm token", "npm_", 36},
    {"Groq key", "gsk_", 40},
    {"xAI key", "xai-", 40},
    {"Replicate token", "r8_", 30},
    {"Perplexity key", "pplx-", 40},
    {"DigitalOcean token", "dop_v1_", 64},
    {"Shopify token", "shpat_", 32},
    {"age key", "AGE-SECRET-KEY-1", 50},
};

/// Words by which placeholders are known.
constexpr std::array<std::string_view, 14> kPlaceholders = {
    "example",    "your",  "changeme", "change-me", "change_me", "placeholder", "xxxx",
    "1234567890", "dummy", "sample",   "fake",      "insert",    "todo",        "..."};
constexpr std::array<std::string_view, 7> kSecretNames = {"KEY",    "SECRET", "TOKEN",     "PASSWORD",
                                                          "PASSWD", "PWD",    "CREDENTIAL"};
/// In source, where names like "key" mean anything.
constexpr std::array<std::string_view, 9> kSourceNames = {
    "apikey", "api_key", "secret", "password", "passwd", "auth_token", "access_token", "accesstoken", "private_key"};
constexpr std::array<std::string_view, 15> kSources = {".js",   ".mjs",  ".cjs",  ".ts",         ".py",
                                                       ".rb",   ".go",   ".java", ".json",       ".yml",
                                                       ".yaml", ".toml", ".ini",  ".properties", ".php"};
constexpr std::array<std::string_view, 10> kHashes = {
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock",     "go.sum",       "pnpm-lock.yaml",
    "Cargo.lock",        "poetry.lock",         "composer.lock", "Gemfile.lock", "uv.lock"};

std::string_view trim(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r");
  if (from == npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

bool is_key_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/// Bits per character of the text's own letters.
double entropy(std::string_view text) {
  std::array<int, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool is_placeholder(std::string_view value) {
  if (value.find_first_of("<>{}$%") != npos) return true;
  const std::string low = lower(value);
  return std::ranges::any_of(kPlaceholders, [&](std::string_view word) { return low.find(word) != npos; });
}

/// Letters and digits mixed by chance, as people do not write words.
bool looks_random(std::string_view value, std::size_t least, double bits) {
  const auto has = [&](auto in) { return std::ranges::any_of(value, in); };
  const bool digit = has([](char c) { return c >= '0' && c <= '9'; });
  const bool letter = has([](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return value.size() >= least && digit && letter && entropy(value) >= bits && value.find(' ') == npos &&
         !is_placeholder(value);
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_env_file(std::string_view path) {
  const std::string_view name = file_name(path);
  if (name != ".env" && !name.starts_with(".env.") && !name.ends_with(".env")) return false;
  for (const char* ending : {".example", ".sample", ".template", ".dist"}) {
    if (name.ends_with(ending)) return false;
  }
  return true;
}

void find_keys(std::string_view line, std::vector<Secret>& out) {
  for (const KeyRule& rule : kKeys) {
    for (std::size_t at = line.find(rule.prefix); at != npos; at = line.find(rule.prefix, at + 1)) {
      if (at > 0 && is_key_letter(line[at - 1])) continue;
      std::size_t end = at + rule.prefix.size();
      while (end < line.size() && is_key_letter(line[end])) ++end;
      const std::string_view value = line.substr(at, end - at);
      const std::string_view behind = value.substr(rule.prefix.size());
      if (behind.size() < rule.least || entropy(behind) < 3 || is_placeholder(value)) continue;
      const bool known = std::ranges::any_of(out, [&](const Secret& one) { return one.value == value; });
      if (!known) out.push_back({0, std::string(rule.name), "", std::string(value)});
    }
  }
}

void find_url_password(std::string_view line, std::vector<Secret>& out) {
  for (std::size_t at = line.find("://"); at != npos; at = line.find("://", at + 3)) {
    const std::string_view place = line.substr(at + 3, line.find_first_of(" /?#\"'`<>,;)", at + 3) - at - 3);
    const std::size_t sign = place.rfind('@'), colon = place.find(':');
    if (sign == npos || colon == npos || colon >= sign) continue;
    const std::string_view password = place.substr(colon + 1, sign - colon - 1);
    if (looks_random(password, 8, 2.75)) out.push_back({0, "password in a URL", "", std::string(password)});
  }
}

/// NAME=VALUE of an environment file.
void find_variable(std::string_view line, std::vector<Secret>& out) {
  line = trim(line);
  if (line.starts_with("export ")) line = trim(line.substr(7));
  const std::size_t equals = line.find('=');
  if (line.starts_with('#') || equals == npos) return;
  const std::string_view name = trim(line.substr(0, equals));
  std::string_view value = trim(line.substr(equals + 1));
  if (value.size() > 1 && (value[0] == '"' || value[0] == '\'')) value = value.substr(1, value.find(value[0], 1) - 1);
  const std::string high = upper(name);
  const bool names = std::ranges::any_of(kSecretNames, [&](std::string_view word) { return high.find(word) != npos; });
  const bool public_one = high.find("PUBLIC") != npos;
  if (!names || public_one || !looks_random(value, 8, 3)) return;
  out.push_back({0, "value of " + std::string(name), std::string(name), std::string(value)});
}

/// A quoted text assigned to a name that says secret, in source.
void find_assigned(std::string_view line, std::vector<Secret>& out) {
  const std::string low = lower(line);
  for (const std::string_view word : kSourceNames) {
    const std::size_t at = low.find(word);
    if (at == npos) continue;
    std::size_t end = at + word.size();
    while (end < line.size() && (is_key_letter(line[end]) || line[end] == '"' || line[end] == '\'')) ++end;
    std::size_t begin = at;
    while (begin > 0 && is_key_letter(line[begin - 1])) --begin;
    const std::string_view name = std::string_view(low).substr(begin, end - begin);
    if (name.contains("hash") || name.contains("digest")) continue;  // What it is compared with, not the secret.
    const std::string_view rest = trim(line.substr(end));
    if (!rest.starts_with('=') && !rest.starts_with(':')) continue;
    const std::string_view value = trim(rest.substr(1));
    if (value.size() < 2 || (value[0] != '"' && value[0] != '\'')) continue;
    const std::string_view quoted = value.substr(1, value.find(value[0], 1) - 1);
    const bool plain = std::ranges::all_of(quoted, [](char c) { return is_key_letter(c) && c != '.'; });
    if (plain && looks_random(quoted, 20, 3.5)) {
      out.push_back({0, "value of " + std::string(word), std::string(word), std::string(quoted)});
      return;
    }
  }
}

}  // namespace

std::vector<Secret> find_secrets(const std::string& path, std::string_view text) {
  std::vector<Secret> found;
  if (std::ranges::find(kHashes, file_name(path)) != kHashes.end()) return found;
  const bool env = is_env_file(path);
  const bool source = std::ranges::any_of(kSources, [&](std::string_view ending) { return path.ends_with(ending); });
  std::int64_t number = 0;
  while (!text.empty() && found.size() < limits::kSecretsFound) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    std::vector<Secret> here;
    find_keys(line, here);
    find_url_password(line, here);
    if (here.empty() && env) find_variable(line, here);
    if (here.empty() && source) find_assigned(line, here);
    const bool pem = line.find("-----BEGIN ") != npos && line.find("PRIVATE KEY-----") != npos;
    // The key itself follows: its first line stands for it.
    if (pem && text.size() > 64)
      here.push_back({0, "private key", "", std::string(trim(text.substr(0, text.find('\n'))))});
    for (Secret& secret : here) {
      secret.line = number;
      found.push_back(std::move(secret));
    }
  }
  return found;
}

}  // namespace pl::scan
