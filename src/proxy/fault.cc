#include "proxy/fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "proxy/go_json.h"

namespace pl::proxy {

Step pass_all(const Waiting& waiting) { return Step{.pass = waiting.bytes.size()}; }

void Measure::delay(Ns wanted, Ns real) {
  asked.record(wanted);
  added.record(real);
  late.record(std::max<Ns>(0, real - wanted));
}

const Json& Values::at(std::string_view name) const {
  const auto found = std::ranges::find(rows_, name, &ParameterRow::name);
  PL_ASSERT(found != rows_.end());
  return values_[static_cast<std::size_t>(found - rows_.begin())];
}

bool Values::has(std::string_view name) const {
  return std::ranges::find(rows_, name, &ParameterRow::name) != rows_.end();
}

Json Values::to_json() const {
  Json json = Json::object();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const bool silent = rows_[i].beyond && values_[i].as_double() == rows_[i].fallback;
    if (!silent) json.set(rows_[i].name, values_[i]);
  }
  return json;
}

Result<const FaultRow*> find_fault(std::string_view name) {
  std::string known;
  for (const FaultRow& row : fault_rows()) {
    if (row.name == name) return &row;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  return fail(Errc::config, fmt::format("unknown fault \"{}\"; there are: {}", name, known));
}

std::string parameter_names(const FaultRow& row) {
  std::string names;
  for (const ParameterRow& parameter : row.parameters) {
    names += (names.empty() ? "" : ", ") + std::string(parameter.name);
  }
  return names.empty() ? "none" : names;
}

Json Values::given() const {
  Json json = Json::object();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const double number = values_[i].as_double();
    if (rows_[i].text || (number >= rows_[i].min && number <= rows_[i].max)) json.set(rows_[i].name, values_[i]);
  }
  return json;
}

Rng chance_of(std::uint64_t seed, const ConnectionView& view) {
  return Rng(seed ^ (view.number + 1) * 0xbf58476d1ce4e5b9ULL);
}

const FaultRow* find_toxic(std::string_view type) {
  for (const std::span<const FaultRow> rows : {toxic_rows(), dns_rows(), fault_rows()}) {
    const auto found = std::ranges::find(rows, type, &FaultRow::name);
    if (found != rows.end()) return &*found;
  }
  return nullptr;
}

namespace {

bool is_choice(const ParameterRow& parameter, const std::string& text) {
  if (text == parameter.text) return true;
  const bool one = !text.empty() && text.find_first_of(", ") == text.npos;
  return one && fmt::format(", {},", parameter.choices).find(fmt::format(" {},", text)) != std::string::npos;
}

/// Text may be given as a number too: a command line does not tell them apart.
Result<Json> read_text(const FaultRow& row, const ParameterRow& parameter, const Json& given) {
  if (!parameter.choices.empty() && !(given.is_string() && is_choice(parameter, given.as_string()))) {
    return fail(Errc::config, fmt::format("fault {}: {} must be one of {}, not {}", row.name, parameter.name,
                                          parameter.choices, go_json(given)));
  }
  if (given.is_string() && given.as_string().size() <= limits::kFaultTextBytes) return given;
  if (given.is_number()) return Json(go_json(given));
  return fail(Errc::config, fmt::format("fault {}: {} must be a text of at most {} bytes", row.name, parameter.name,
                                        limits::kFaultTextBytes));
}

Result<Json> read_value(const FaultRow& row, const ParameterRow& parameter, const Json& given) {
  if (parameter.text) return read_text(row, parameter, given);
  const double value = given.as_double();
  const bool whole = !parameter.whole || std::floor(value) == value;
  if (!given.is_number() || !whole || !(value >= parameter.min && value <= parameter.max)) {
    return fail(Errc::config,
                fmt::format("fault {}: {} must be a {}number from {} to {}{}{}, not {}", row.name, parameter.name,
                            parameter.whole ? "whole " : "", format_number(parameter.min), format_number(parameter.max),
                            parameter.unit.empty() ? "" : " ", parameter.unit, go_json(given)));
  }
  return Json(value);
}

Json fallback_of(const ParameterRow& parameter) {
  return parameter.text ? Json(parameter.text) : Json(parameter.fallback);
}

}  // namespace

Result<Values> read_values(const FaultRow& row, const Json& parameters) {
  if (!parameters.is_null() && !parameters.is_object()) {
    return fail(Errc::config,
                fmt::format("fault {}: parameters must be an object, not {}", row.name, parameters.dump()));
  }
  for (const auto& [name, value] : parameters.members()) {
    if (std::ranges::find(row.parameters, name, &ParameterRow::name) != row.parameters.end()) continue;
    return fail(Errc::config,
                fmt::format("fault {} has no parameter \"{}\"; it has: {}", row.name, name, parameter_names(row)));
  }
  std::vector<Json> values;
  for (const ParameterRow& parameter : row.parameters) {
    const bool given = parameters.has(parameter.name);
    values.push_back(given ? PL_TRY(read_value(row, parameter, parameters[parameter.name])) : fallback_of(parameter));
  }
  return Values(row.parameters, std::move(values));
}

}  // namespace pl::proxy
