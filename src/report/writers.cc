#include "report/writers.h"

namespace pl::report {
namespace {

constexpr WriterRow kWriters[] = {
    {"html", "report.html", "text/html; charset=utf-8", "one self-contained page for people", write_html},
    {"json", "report.json", "application/json", "for programs: docs/schema/report.schema.json", write_json},
    {"md", "", "text/markdown; charset=utf-8", "for pull requests", write_markdown},
    {"terminal", "", "text/plain; charset=utf-8", "the summary as text", write_terminal},
};

}  // namespace

std::span<const WriterRow> writers() { return kWriters; }

const WriterRow* writer(std::string_view name) {
  for (const WriterRow& row : kWriters) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace pl::report
