#include "report/report.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "report/sample.h"
#include "report/text.h"
#include "report/writers.h"

using namespace pl;
using namespace pl::report;

namespace {

Report sample_report(bool hostile = false) {
  const Sample made = sample(hostile);
  return build(made.facts, made.verdict, made.inputs);
}

}  // namespace

TEST_CASE("every writer gives the same bytes twice, and a row finds its writer") {
  const Report report = sample_report();
  for (const WriterRow& row : writers()) {
    CAPTURE(std::string(row.name));
    CHECK(writer(row.name) == &row);
    CHECK(row.write(report, {}) == row.write(sample_report(), {}));
  }
  CHECK(writer("pdf") == nullptr);
}

TEST_CASE("single points of failure need a proof") {
  Sample made = sample();
  const Report report = build(made.facts, made.verdict, made.inputs);
  CHECK(report.parts[0].single == Part::Single::all);
  CHECK(report.parts[1].single == Part::Single::all);
  CHECK(report.parts[2].single == Part::Single::no);
  CHECK(report.parts[3].single == Part::Single::some);
  CHECK(report.parts[3].need == "hard for ask");
  for (facts::Edge& edge : made.facts.topology.edges) edge.provenance = facts::Provenance::observed;
  made.facts.experiments.clear();
  CHECK(build(made.facts, made.verdict, made.inputs).parts[1].single == Part::Single::no);
}

TEST_CASE("the matrix has a row a part and a column a fault, and shows the worst") {
  const Report report = sample_report();
  REQUIRE(report.matrix.rows.size() == 4);
  CHECK(report.matrix.columns[0].fault == "refuse");
  CHECK(report.matrix.columns.back().fault == "terminate");
  const auto& cells = report.matrix.rows[0].cells;
  CHECK(report.matrix.rows[0].part == "postgres 15.18");
  const ExperimentRow& silent = report.experiments[cells[1].experiments.at(0)];
  CHECK(silent.outcome == "hangs");
  CHECK(silent.figure == "10.2 s");
  CHECK(silent.blocks);
  CHECK(silent.customer_impact == "waits as long as the fault lasts. Longest wait 10.2 s, back 2.3 s after the fault");
  const auto left = std::ranges::find(report.experiments, "chaos.redis.freeze", &ExperimentRow::key);
  REQUIRE(left != report.experiments.end());
  CHECK(left->part == "redis 7.0.15");
  CHECK(left->outcome == "not run");
  CHECK(left->tone == Tone::none);
}

TEST_CASE("a restart of what customers connect to says what came after it") {
  Sample made = sample();
  facts::Cell cell;
  cell.state = facts::Cell::State::decided;
  cell.recovery = 92 * kMs;
  facts::Experiment experiment;
  experiment.fault = "restart";
  experiment.component = made.facts.topology.entry = 0;
  experiment.cells = {cell};
  made.facts.experiments = {experiment};
  const Report report = build(made.facts, made.verdict, made.inputs);
  CHECK(report.experiments.at(0).figure == "back after 92 ms");
  CHECK(report.experiments.at(0).customer_impact ==
        "refused while it is down; the same answers as before 92 ms after it was back");
  made.facts.topology.entry = 1;
  CHECK(build(made.facts, made.verdict, made.inputs).experiments.at(0).figure != "back after 92 ms");
}

TEST_CASE("charts show the faults, and what went wrong") {
  const Report report = sample_report();
  REQUIRE(!report.charts.empty());
  CHECK(report.charts[0].windows.at(0).label == "postgres 15.18 silent");
  CHECK(std::ranges::any_of(report.charts[0].dots, [](const Dot& dot) { return !dot.good; }));
  CHECK(report.charts[0].low <= 30 * kMs);
  CHECK(report.charts[0].high >= 5 * kSec);
}

TEST_CASE("an empty log gives a report") {
  const Report report = build({}, {}, {});
  for (const WriterRow& row : writers()) CHECK(!row.write(report, {}).empty());
  CHECK(report.run.how_ended == "cut short");
}

TEST_CASE("what the subject says cannot leave its place") {
  const Report report = sample_report(true);
  for (const WriterRow& row : writers()) {
    CAPTURE(std::string(row.name));
    const std::string text = row.write(report, {});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
    CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    if (row.name == "json") continue;
    if (row.name != "terminal") CHECK(text.find("<img") == std::string::npos);
    if (row.name == "md") CHECK(text.find("[x](") == std::string::npos);
  }
  const Result<Json> parsed = Json::parse(write_json(report, {}));
  REQUIRE(parsed);
  CHECK((*parsed)["verdict"]["overall"].as_string() == "not_ready");
}

TEST_CASE("the terminal's last line is the verdict, without colours where they are off") {
  const std::string plain = write_terminal(sample_report(), {});
  CHECK(
      plain.ends_with(" Not ready for customers: When the database stalls, every customer waits until it is back. A "
                      "restart loses 4 of 5 requests.\n"));
  CHECK(plain.find("HANGS 10.2 s") != std::string::npos);
  CHECK(write_terminal(sample_report(), {true, 100, "runs/1"}).find("\x1b[1;31m") != std::string::npos);
}
