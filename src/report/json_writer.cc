#include "report/text.h"
#include "report/writers.h"

namespace pl::report {
namespace {

template <class Range, class Make>
Json array_of(const Range& range, Make make) {
  Json out = Json::array();
  for (const auto& item : range) out.push(make(item));
  return out;
}

template <class Range>
Json plain(const Range& range) {
  return array_of(range, [](const auto& item) { return Json(item); });
}

/// An object from its members, in their order.
Json object(Json::Object members) { return Json(std::move(members)); }

Json run_json(const RunFacts& run) {
  return object({{"id", run.run_id},
                 {"chain_head", run.chain_head},
                 {"subject", run.subject},
                 {"command", run.command},
                 {"repeat", run.repeat},
                 {"proofload_version", run.version},
                 {"wall_time", run.wall_time},
                 {"duration_ns", run.duration},
                 {"budget_ns", run.budget},
                 {"seed", run.seed},
                 {"uid", run.uid},
                 {"cores", run.cores},
                 {"kernel", run.kernel},
                 {"isolation", run.isolation},
                 {"end", run.how_ended},
                 {"end_detail", run.end_detail},
                 {"experiments", run.experiments},
                 {"trials", run.trials},
                 {"left_out", run.left_out}});
}

Json checkpoint_json(const CheckpointRow& row) {
  return object({{"checkpoint", row.name},
                 {"outcome", row.outcome},
                 {"blocking", row.blocking},
                 {"warnings", row.warnings},
                 {"passed", row.passed},
                 {"summary", row.summary},
                 {"main_point", row.point}});
}

Json verdict_json(const Report& report) {
  return object({{"overall", report.overall},
                 {"exit_code", report.exit_code},
                 {"headline", report.headline},
                 {"sentence", report.sentence},
                 {"first", plain(report.first)},
                 {"checkpoints", array_of(report.checkpoints, checkpoint_json)}});
}

Json part_json(const Part& part) {
  constexpr const char* kSingle[] = {"no", "some", "all"};
  return object({{"id", part.id},
                 {"name", part.name},
                 {"program", part.program},
                 {"provided", part.provided},
                 {"product", part.product},
                 {"version", part.version},
                 {"listeners", plain(part.listeners)},
                 {"entry", part.entry},
                 {"inside", part.inside},
                 {"single_point_of_failure", kSingle[static_cast<int>(part.single)]},
                 {"needed_by", plain(part.needed_by)},
                 {"need", part.need},
                 {"requests_per_s", part.rate},
                 {"connections", part.connections},
                 {"p99_ns", part.p99}});
}

Json link_json(const Link& link) {
  Json needs = Json::object();
  for (const auto& [journey, word] : link.needs) needs.set(journey, word);
  return object({{"id", link.id},
                 {"from", link.from},
                 {"to", link.to},
                 {"name", link.name},
                 {"addresses", plain(link.addresses)},
                 {"port", link.port},
                 {"protocol", link.protocol},
                 {"server_name", link.server_name},
                 {"setup", link.setup},
                 {"provenance", link.provenance},
                 {"connects", link.connects},
                 {"refused", link.refused},
                 {"requests", link.requests},
                 {"exchanges", link.exchanges},
                 {"bytes_up", link.bytes_up},
                 {"bytes_down", link.bytes_down},
                 {"requests_per_s", link.rate},
                 {"p50_ns", link.p50},
                 {"p99_ns", link.p99},
                 {"criticality", needs},
                 {"evidence", plain(link.evidence)}});
}

Json journey_json(const JourneyRow& row) {
  return object({{"name", row.name},
                 {"steps", plain(row.steps)},
                 {"crawled", row.crawled},
                 {"health", row.health},
                 {"verifies", row.verifies},
                 {"steady", object({{"good", row.good},
                                    {"latency_steady", row.latency_steady},
                                    {"iterations", row.count},
                                    {"success", row.success},
                                    {"status", row.status},
                                    {"median_ns", row.median},
                                    {"p95_ns", row.p95},
                                    {"p99_ns", row.p99},
                                    {"spread_percent", row.spread_percent},
                                    {"per_s", row.rate}})},
                 {"alone_measured", row.alone_measured},
                 {"uses", plain(row.uses)}});
}

Json cell_json(const CellRow& cell) {
  const auto outcome = [](const OutcomeRow& one) {
    return object({{"outcome", one.word}, {"count", one.count}, {"of", one.of}});
  };
  return object({{"journey", cell.journey},
                 {"state", cell.state},
                 {"outcome", cell.outcome},
                 {"blocks", cell.blocks},
                 {"outcomes", array_of(cell.all, outcome)},
                 {"uses_target", cell.uses_target},
                 {"longest_wait_ns", cell.longest_wait},
                 {"wait_ended_by", cell.wait_end},
                 {"bound_ns", cell.bound},
                 {"recovery_ns", cell.recovery},
                 {"median_change_ns", cell.median_change},
                 {"trials", cell.trials},
                 {"note", cell.note},
                 {"evidence", plain(cell.evidence)}});
}

Json trial_json(const TrialRow& trial) {
  return object({{"frame", trial.frame},
                 {"trial", trial.trial},
                 {"form", trial.form},
                 {"requested", trial.parameters.is_null() ? Json::object() : trial.parameters},
                 {"achieved", trial.achieved.is_null() ? Json::object() : trial.achieved},
                 {"control_from_ns", trial.control_from},
                 {"fault_from_ns", trial.fault_from},
                 {"fault_to_ns", trial.fault_to},
                 {"watched_to_ns", trial.watched_to},
                 {"requests_met", trial.requests_met},
                 {"connections_met", trial.connections_met},
                 {"aborted", trial.aborted},
                 {"note", trial.note}});
}

Json experiment_json(const ExperimentRow& row) {
  Json facts = Json::object();
  for (const auto& [label, text] : row.facts) facts.set(label, text);
  return object({{"key", row.key},
                 {"part", row.part},
                 {"edge", row.edge},
                 {"fault", row.fault},
                 {"state", row.state},
                 {"outcome", row.outcome},
                 {"worst_journey", row.journey},
                 {"blocks", row.blocks},
                 {"figure", row.figure},
                 {"note", row.note},
                 {"service_impact", row.service_impact},
                 {"customer_impact", row.customer_impact},
                 {"cells", array_of(row.cells, cell_json)},
                 {"trials", array_of(row.trials, trial_json)},
                 {"drill", facts},
                 {"command", row.command},
                 {"evidence", plain(row.evidence)}});
}

Json finding_json(const facts::Finding& finding) {
  constexpr const char* kSeverities[] = {"blocking", "warning", "note"};
  const auto number_json = [](const facts::Number& one) {
    return object({{"name", one.name}, {"value", one.value}, {"unit", one.unit}, {"samples", one.samples}});
  };
  return object({{"check", finding.check},
                 {"checkpoint", facts::checkpoint_word(finding.checkpoint)},
                 {"subject", finding.subject},
                 {"severity", kSeverities[static_cast<int>(finding.severity)]},
                 {"known", facts::evidence_word(finding.evidence_class)},
                 {"title", finding.title},
                 {"why", finding.why},
                 {"remedy", finding.remedy},
                 {"numbers", array_of(finding.numbers, number_json)},
                 {"evidence", plain(finding.evidence)},
                 {"experiments", plain(finding.cells)},
                 {"command", finding.command},
                 {"fingerprint", finding.fingerprint}});
}

Json answer_json(const facts::Answer& answer) {
  constexpr const char* kStates[] = {"answered", "not run", "inconclusive"};
  return object({{"checkpoint", facts::checkpoint_word(answer.checkpoint)},
                 {"question", answer.question},
                 {"state", kStates[static_cast<int>(answer.state)]},
                 {"text", answer.text},
                 {"known", facts::evidence_word(answer.evidence_class)},
                 {"evidence", plain(answer.evidence)}});
}

}  // namespace

std::string write_json(const Report& report, const Style&) {
  const auto open = [](const verdict::NotTested& one) {
    return object({{"what", one.what}, {"why", one.why}, {"required", one.required}});
  };
  const auto made = [](const MadeRow& row) { return object({{"label", row.label}, {"text", row.text}}); };
  const Json whole = object({{"schema", "https://proofload.dev/schema/report-1.json"},
                             {"run", run_json(report.run)},
                             {"verdict", verdict_json(report)},
                             {"components", array_of(report.parts, part_json)},
                             {"edges", array_of(report.links, link_json)},
                             {"journeys", array_of(report.journeys, journey_json)},
                             {"experiments", array_of(report.experiments, experiment_json)},
                             {"findings", array_of(report.findings, finding_json)},
                             {"answers", array_of(report.answers, answer_json)},
                             {"not_tested", array_of(report.not_tested, open)},
                             {"made", array_of(report.made, made)}});
  return whole.dump(1) + "\n";
}

}  // namespace pl::report
