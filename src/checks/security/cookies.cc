#include "checks/security/cookies.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "checks/say/say.h"
#include "facts/program_name.h"

namespace pl::checks {
namespace {

/// Cookies that say who somebody is. Tokens against forged requests are read by scripts on purpose.
bool is_session(const std::string& name) {
  const std::string low = lower(name);
  const auto has = [&](std::string_view word) { return low.find(word) != std::string::npos; };
  if (has("csrf") || has("xsrf")) return false;
  return has("sid") || has("sess") || has("auth") || has("token") || has("jwt") || has("login") || has("user");
}

/// The answer takes the cookie away (RFC 6265 section 3.1): what it lacks protects nothing.
bool is_deletion(const std::string& cookie) {
  const std::string low = lower(cookie);
  if (low.find("max-age=0") != std::string::npos || low.find("max-age=-") != std::string::npos) return true;
  const std::size_t expires = low.find("expires=");
  return expires != std::string::npos && low.find("1970", expires) != std::string::npos;
}

/// "sid; Path=/; HttpOnly" without attributes that matter.
std::vector<std::string> missing(const std::string& cookie) {
  const std::string low = lower(cookie);
  std::vector<std::string> out;
  if (low.find("; httponly") == std::string::npos && low.find(";httponly") == std::string::npos) {
    out.push_back("HttpOnly");
  }
  if (low.find("samesite=") == std::string::npos) out.push_back("SameSite");
  return out;
}

}  // namespace

std::vector<facts::Finding> cookies(const facts::Facts& facts) {
  struct Bare {
    std::vector<std::string> lacking;
    std::vector<std::int64_t> evidence;
  };
  std::map<std::string, Bare> by_name;
  for (const auto& probe : facts.probes) {
    for (const std::string& cookie : probe.value.cookies) {
      const std::string name = cookie.substr(0, cookie.find(';'));
      if (!is_session(name) || is_deletion(cookie) || missing(cookie).empty()) continue;
      by_name[name].lacking = missing(cookie);
      by_name[name].evidence.push_back(probe.id);
    }
  }
  std::vector<facts::Finding> findings;
  for (const auto& [name, bare] : by_name) {
    facts::Finding finding =
        begin_finding("security.cookies", facts::Checkpoint::security, "cookie " + name, facts::Severity::warning);
    finding.title = fmt::format("The session cookie `{}` is set without {}.", name, list_text(bare.lacking));
    finding.why =
        "Without HttpOnly any script in a page can take the session away; without SameSite it is left to the "
        "browser whether other sites' requests carry it.";
    finding.remedy =
        "Set the session cookie with HttpOnly, SameSite=Lax or Strict, and Secure where customers come by TLS";
    finding.command = repeat_command(facts, kProbeKey);
    add_evidence(finding, bare.evidence);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks
