#include "engine/command.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "facts/program_name.h"
#include "os/file.h"

namespace pl::engine {
namespace {

namespace fs = std::filesystem;

bool executable(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && os::may_execute(path.string());
}

}  // namespace

std::string command_name(const std::vector<std::string>& argv) {
  if (argv.size() == 3 && argv[0] == "/bin/sh" && argv[1] == "-c") return argv[2].substr(0, 60);
  return facts::program_name(argv, argv[0]);
}

Result<void> check_command(const std::vector<std::string>& argv, const std::string& folder) {
  const std::string& program = argv[0];
  if (program.find('/') != std::string::npos) {
    if (executable(fs::path(folder) / program)) return {};
    std::error_code error;
    const bool there = fs::exists(fs::path(folder) / program, error);
    return fail(Errc::not_found, "command not found: " + program +
                                     (there ? " is not an executable file" : ": no such file in " + folder));
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string_view part = rest.substr(0, colon);
    if (executable(fs::path(part.empty() ? std::string_view(".") : part) / program)) return {};
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  return fail(Errc::not_found, "command not found: " + program + " is nowhere in PATH");
}

}  // namespace pl::engine
