#include <algorithm>

#include "facts/fault_words.h"
#include "report/build.h"

namespace pl::report {
namespace {

bool worse(const ExperimentRow& a, const ExperimentRow& b) {
  const auto rank = [](const ExperimentRow& row) {
    if (row.state == "not run") return 1;
    if (row.state == "inconclusive") return 2;
    return row.tone == Tone::good ? 0 : 3 + static_cast<int>(row.tone);
  };
  if (rank(a) != rank(b)) return rank(a) > rank(b);
  return facts::outcome_by_word(a.outcome) > facts::outcome_by_word(b.outcome);
}

}  // namespace

void build_matrix(Report& report) {
  Matrix& matrix = report.matrix;
  for (const ExperimentRow& row : report.experiments) {
    if (std::ranges::find(matrix.columns, row.fault, &MatrixColumn::fault) == matrix.columns.end()) {
      matrix.columns.push_back({row.fault, fault_heading(row.fault)});
    }
    if (std::ranges::find(matrix.rows, row.part, &MatrixRow::part) == matrix.rows.end()) {
      matrix.rows.push_back({row.part, {}});
    }
  }
  std::ranges::stable_sort(matrix.columns, {},
                           [](const MatrixColumn& column) { return facts::fault_order(column.fault); });
  for (MatrixRow& row : matrix.rows) row.cells.resize(matrix.columns.size());
  for (std::size_t i = 0; i < report.experiments.size(); ++i) {
    const ExperimentRow& from = report.experiments[i];
    const auto row = std::ranges::find(matrix.rows, from.part, &MatrixRow::part);
    const auto column = std::ranges::find(matrix.columns, from.fault, &MatrixColumn::fault);
    auto& cell = row->cells[static_cast<std::size_t>(column - matrix.columns.begin())].experiments;
    const auto at =
        std::ranges::find_if(cell, [&](std::size_t other) { return worse(from, report.experiments[other]); });
    cell.insert(at, i);
  }
}

}  // namespace pl::report
