#include "checks/security/sql_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "checks/say/say.h"
#include "checks/say/statement.h"
#include "facts/flows.h"

namespace pl::checks {
namespace {

using facts::Facts;
using facts::Seen;

/// Where the values that were given to one parameter came out.
struct Parameter {
  const record::ParameterProbed* probe = nullptr;
  bool raw = false, in_text = false, escaped = false;
  std::int64_t edge = -1;
  const facts::Statement* statement = nullptr;  ///< Whose text had the value, where that can be said.
  std::vector<std::int64_t> evidence;
};

const facts::Statement* statement_of(const Facts& facts, const record::CanarySeen& seen, std::int64_t edge) {
  const auto found = std::ranges::find_if(facts.statements, [&](const facts::Statement& one) {
    return one.edge == edge && one.seen.statement == seen.statement;
  });
  return found == facts.statements.end() ? nullptr : &*found;
}

void add(const Facts& facts, const Seen<record::CanarySeen>& seen, std::int64_t probed_at, Parameter& parameter) {
  if (seen.value.form == "bound") return;
  const std::int64_t process = seen.value.owner > 0 ? seen.value.owner : seen.value.pid;
  parameter.edge = facts::edge_of(facts.topology, process, seen.value.address, seen.value.port);
  parameter.raw = parameter.raw || seen.value.form == "raw";
  parameter.escaped = parameter.escaped || seen.value.form == "escaped";
  parameter.in_text = true;
  if (const auto* statement = statement_of(facts, seen.value, parameter.edge)) parameter.statement = statement;
  parameter.evidence.push_back(probed_at);
  parameter.evidence.push_back(seen.id);
}

std::string name_of(const record::ParameterProbed& probe) {
  return fmt::format("`{}` in the {} of {}", probe.parameter, probe.place, probe.target);
}

facts::Finding begin(const Facts& facts, const Parameter& parameter, facts::Severity severity) {
  const record::ParameterProbed& probe = *parameter.probe;
  facts::Finding finding = begin_finding("security.sql_text", facts::Checkpoint::security,
                                         fmt::format("{} of {}", probe.parameter, probe.target), severity);
  finding.remedy = "Give values to the driver as bound parameters ($1), never as part of the statement's text";
  finding.command = repeat_command(facts, kProbeKey);
  add_evidence(finding, parameter.evidence);
  return finding;
}

facts::Finding proved(const Facts& facts, const Parameter& parameter) {
  facts::Finding finding = begin(facts, parameter, facts::Severity::blocking);
  finding.title = fmt::format("What a customer sends as {} becomes SQL for {}, unescaped.", name_of(*parameter.probe),
                              edge_name(facts, parameter.edge));
  finding.why =
      "A quotation mark that was sent there arrived as it is: whoever writes SQL behind it reads and changes what "
      "belongs to every customer.";
  if (parameter.statement != nullptr)
    finding.why += fmt::format(" The statement: `{}`.", text_of(*parameter.statement));
  return finding;
}

facts::Finding noted(const Facts& facts, const Parameter& parameter) {
  facts::Finding finding = begin(facts, parameter, facts::Severity::note);
  finding.title = fmt::format("What a customer sends as {} is written into SQL text for {}.", name_of(*parameter.probe),
                              edge_name(facts, parameter.edge));
  finding.why =
      parameter.escaped
          ? "A quotation mark was escaped there. That holds as long as nobody forgets it once, and the "
            "database plans each such statement anew."
          : "A quotation mark that was sent behind it was not seen there, so this is no proof of an open door.";
  return finding;
}

}  // namespace

std::vector<facts::Finding> sql_text(const Facts& facts) {
  std::map<std::tuple<std::string, std::string, std::string>, Parameter> parameters;
  for (const Seen<record::ParameterProbed>& probe : facts.parameters) {
    Parameter& parameter = parameters[{probe.value.target, probe.value.place, probe.value.parameter}];
    if (parameter.probe == nullptr) parameter.probe = &probe.value;
    for (const Seen<record::CanarySeen>& seen : facts.canaries) {
      if (seen.value.canary == probe.value.canary) add(facts, seen, probe.id, parameter);
    }
  }
  std::vector<facts::Finding> findings;
  for (const auto& [key, parameter] : parameters) {
    if (parameter.raw) findings.push_back(proved(facts, parameter));
    if (!parameter.raw && parameter.in_text) findings.push_back(noted(facts, parameter));
  }
  return findings;
}

}  // namespace pl::checks
