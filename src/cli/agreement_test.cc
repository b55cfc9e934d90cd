#include "cli/agreement.h"

#include <doctest/doctest.h>

#include "cli/chosen.h"

namespace pl::cli {
namespace {

report::Report with_cells(std::vector<std::pair<std::string, std::string>> cells) {
  report::Report report;
  report::ExperimentRow row;
  row.key = "chaos.postgres.silent";
  row.part = "postgres 15";
  for (const auto& [journey, word] : cells) {
    report::CellRow cell;
    cell.journey = journey;
    cell.state = word.empty() ? "inconclusive" : "decided";
    cell.outcome = word.empty() ? "inconclusive" : word;
    row.cells.push_back(cell);
  }
  row.state = "decided";
  report.experiments.push_back(row);
  return report;
}

facts::Finding finding(const char* check, const char* subject, const char* fingerprint) {
  facts::Finding one;
  one.check = check;
  one.subject = subject;
  one.fingerprint = fingerprint;
  one.cells = {"chaos.postgres.silent"};
  return one;
}

}  // namespace

TEST_CASE("same words agree, another word disagrees, an open cell can not be measured") {
  const report::Report first = with_cells({{"ask", "hangs"}, {"browse", "unaffected"}});
  Agreement agreement = compare(first, first, "chaos.postgres.silent");
  CHECK(agreement.exit_code == 0);
  CHECK(agreement_text(agreement, "k") ==
        " k\n             first run   this run\n"
        "   ask       hangs       hangs         same\n"
        "   browse    unaffected  unaffected    same\n");
  agreement = compare(first, with_cells({{"ask", "hangs"}, {"browse", ""}}), "chaos.postgres.silent");
  CHECK(agreement.exit_code == 3);
  CHECK(agreement.rows[1].state == AgreementRow::State::not_decided);
  CHECK(compare(first, with_cells({{"ask", ""}, {"browse", "errors"}}), "chaos.postgres.silent").exit_code == 1);
  CHECK(compare(first, with_cells({{"ask", "hangs"}}), "chaos.postgres.silent").exit_code == 3);
  CHECK(compare(first, {}, "chaos.postgres.silent").missing == "it was not planned this time");
}

TEST_CASE("an experiment that was left out this time says why") {
  report::Report second = with_cells({});
  second.experiments[0].state = second.experiments[0].outcome = "not run";
  second.experiments[0].note = "budget";
  const Agreement agreement = compare(with_cells({{"ask", "hangs"}}), second, "chaos.postgres.silent");
  CHECK(agreement.exit_code == 3);
  CHECK(agreement.missing == "budget");
}

TEST_CASE("a name is a key, a fingerprint's beginning, a check, or a check and its subject") {
  report::Report report = with_cells({{"ask", "hangs"}});
  report.findings = {finding("chaos.hangs", "postgres silent", "0123456789abcdef"),
                     finding("chaos.hangs", "redis silent", "0123ffff00000000"),
                     finding("operations.terminate", "web terminated", "aaaa000000000000")};
  CHECK(choose(report, "chaos.postgres.silent")->finding == nullptr);
  CHECK(choose(report, "01234")->finding == &report.findings[0]);
  CHECK(choose(report, "operations.terminate")->finding == &report.findings[2]);
  CHECK(choose(report, "chaos.hangs redis silent")->finding == &report.findings[1]);
  const auto several = choose(report, "0123");
  REQUIRE(!several);
  CHECK(several.error().code == Errc::usage);
  CHECK(several.error().detail.find("0123ffff00000000 (chaos.hangs redis silent)") != std::string::npos);
  const auto none = choose(report, "nonsense");
  REQUIRE(!none);
  CHECK(none.error().code == Errc::not_found);
  CHECK(none.error().detail.find(
            "experiments: chaos.postgres.silent; findings of: chaos.hangs, operations.terminate") != std::string::npos);
  CHECK(!choose(report, "").has_value());
}

}  // namespace pl::cli
