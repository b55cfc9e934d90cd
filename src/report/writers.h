#pragma once
#include <span>
#include <string>
#include <string_view>

#include "report/report.h"

namespace pl::report {

/// How a text for a terminal should look; other formats ignore it.
struct Style {
  bool colour = false;  ///< Off where NO_COLOR is set or the output is no terminal.
  int width = 100;      ///< Columns, 60 to 160; others are brought into that range.
  std::string folder;   ///< The run folder as printed in paths and commands; empty: the run's id.
};

/// A row of the table of output formats.
struct WriterRow {
  std::string_view name;   ///< "html".
  std::string_view file;   ///< Name in the run folder; empty: only printed.
  std::string_view media;  ///< Media type.
  std::string_view doc;
  std::string (*write)(const Report& report, const Style& style);
};

/// All formats.
std::span<const WriterRow> writers();
/// The row of that name, or nullptr.
const WriterRow* writer(std::string_view name);

std::string write_html(const Report& report, const Style& style);
std::string write_json(const Report& report, const Style& style);
std::string write_markdown(const Report& report, const Style& style);
std::string write_terminal(const Report& report, const Style& style);

}  // namespace pl::report
