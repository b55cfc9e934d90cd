#include "checks/security/headers.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

bool is_page(const record::AnswerProbed& seen) {
  return seen.what == "page" && seen.status >= 200 && seen.status < 300;
}

/// What a page does not say, in the order of weight.
std::vector<std::string> missing(const Json& headers) {
  std::vector<std::string> out;
  const std::string& policy = headers["content-security-policy"].as_string();
  if (policy.empty()) out.push_back("Content-Security-Policy");
  if (headers["x-content-type-options"].as_string() != "nosniff") out.push_back("X-Content-Type-Options: nosniff");
  const bool framed = policy.find("frame-ancestors") == std::string::npos && !headers.has("x-frame-options");
  if (framed) out.push_back("frame-ancestors (or X-Frame-Options)");
  if (!headers.has("referrer-policy")) out.push_back("Referrer-Policy");
  return out;
}

}  // namespace

std::vector<facts::Finding> headers(const facts::Facts& facts) {
  std::vector<std::string> lacking;
  std::vector<std::int64_t> evidence;
  std::int64_t pages = 0, bare = 0;
  for (const auto& probe : facts.probes) {
    if (!is_page(probe.value)) continue;
    ++pages;
    const std::vector<std::string> here = missing(probe.value.headers);
    if (here.empty()) continue;
    ++bare;
    evidence.push_back(probe.id);
    for (const std::string& name : here) {
      if (std::find(lacking.begin(), lacking.end(), name) == lacking.end()) lacking.push_back(name);
    }
  }
  if (evidence.empty()) return {};
  facts::Finding finding =
      begin_finding("security.headers", facts::Checkpoint::security, "pages", facts::Severity::warning);
  finding.title = fmt::format("{} of {} without {}.", bare, count_text(pages, "page") + (pages == 1 ? " is" : " are"),
                              list_text(lacking));
  finding.why = "They are what browsers go by when a script got into a page, or when another site shows it in a frame.";
  finding.remedy =
      "Send the header fields that make browsers strict with every page: one place in the server sets them all";
  finding.numbers.push_back({"pages", static_cast<double>(bare), "", pages});
  finding.command = repeat_command(facts, kProbeKey);
  add_evidence(finding, evidence);
  return {finding};
}

}  // namespace pl::checks
