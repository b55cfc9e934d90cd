#include <fmt/format.h>

#include "cli/commands.h"
#include "engine/derive.h"
#include "os/file.h"
#include "report/writers.h"

namespace pl::cli {

Result<int> report(const std::string& run, const std::string& format) {
  const report::WriterRow* writer = report::writer(format);
  if (writer == nullptr) {
    std::string known;
    for (const report::WriterRow& row : report::writers()) known += (known.empty() ? "" : ", ") + std::string(row.name);
    return fail(Errc::usage, fmt::format("--format {}: no such format; there are {}", format, known));
  }
  const std::string path = PL_TRY(engine::log_path(run));
  const std::string bytes = PL_TRY(os::read_file(path));
  const record::ReadResult log = PL_TRY(engine::read_run_log(bytes, path));
  const Terminal screen = terminal();
  const bool for_people = writer->name == "terminal";
  const report::Style style{
      .colour = for_people && screen.colour, .width = screen.width, .folder = for_people ? run : std::string()};
  return print_text(writer->write(engine::derive(log), style));
}

}  // namespace pl::cli
