#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "engine/run.h"
#include "os/machine.h"
#include "report/text.h"

namespace pl::cli {
namespace {

constexpr std::size_t kStage = 11;

}  // namespace

void ProgressPrinter::begin(const engine::Request& request) {
  fmt::print(" proofload {}   {}   {}, {} cores{}\n\n", engine::kVersion, report::clean(request.subject, 60),
             os::user_id() == 0 ? "root" : "ordinary user", os::core_count(),
             request.budget > 0 ? fmt::format(", budget {}", report::duration(request.budget)) : "");
  std::fflush(stdout);
}

engine::Progress ProgressPrinter::progress() {
  return {.line = [this](std::string_view stage, std::string_view text) { line(stage, text); },
          .status = [this](std::string_view stage, std::string_view text) { status(stage, text); }};
}

void ProgressPrinter::end() {
  if (shown_) fmt::print("\r\x1b[K");
  shown_ = false;
  std::fflush(stdout);
}

void ProgressPrinter::line(std::string_view stage, std::string_view text) {
  end();
  fmt::print(" {} {}\n", report::padded(stage, kStage), text);
  std::fflush(stdout);
}

void ProgressPrinter::status(std::string_view stage, std::string_view text) {
  if (!terminal_.interactive) return;
  const auto width = static_cast<std::size_t>(std::max(terminal_.width - 1, 20));
  const std::string shown = report::padded(fmt::format(" {} {}", report::padded(stage, kStage), text), width);
  fmt::print("\r{}", shown);
  shown_ = true;
  std::fflush(stdout);
}

}  // namespace pl::cli
