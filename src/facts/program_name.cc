#include "facts/program_name.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace pl::facts {
namespace {

constexpr std::string_view kInterpreters[] = {"node", "nodejs", "bun",  "deno", "tsx",  "ts-node", "python", "ruby",
                                              "perl", "php",    "java", "sh",   "bash", "dash",    "lua",    "dotnet"};
/// Options of interpreters whose value is the next argument.
constexpr std::string_view kValued[] = {"-r",           "--require", "--import", "--loader", "--env-file",
                                        "-e",           "--eval",    "-c",       "-cp",      "-classpath",
                                        "--class-path", "-I",        "-W",       "-X",       "--experimental-loader"};
/// Sub-commands that stand before the script.
constexpr std::string_view kSubcommands[] = {"run", "exec", "watch", "serve"};
/// Scripts that say nothing without their folder.
constexpr std::string_view kGeneric[] = {"index", "server", "main", "app", "start", "cli", "run", "www", "__main__"};
/// Folders that say nothing.
constexpr std::string_view kPlainFolders[] = {"bin", "dist", "build", "lib", "src", "out", ".", "..", ""};

template <class List>
bool holds(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_interpreter(std::string_view base) {
  while (!base.empty() && (std::isdigit(static_cast<unsigned char>(base.back())) || base.back() == '.')) {
    base.remove_suffix(1);
  }
  return holds(kInterpreters, base);
}

/// "shop/index.js" for a generic script in a telling folder, else the script's base name.
std::string script_name(std::string_view path) {
  const std::string_view base = base_name(path);
  if (!holds(kGeneric, base.substr(0, base.find('.')))) return std::string(base);
  std::string_view folder = path.substr(0, path.size() - base.size());
  while (!folder.empty()) {
    folder.remove_suffix(1);
    const std::string_view name = base_name(folder);
    if (!holds(kPlainFolders, name)) return std::string(name) + "/" + std::string(base);
    folder.remove_suffix(std::min(name.size(), folder.size()));
  }
  return std::string(base);
}

/// "localhost:8000", which servers inside an interpreter are told to listen on.
bool is_address(std::string_view word) {
  const std::size_t colon = word.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == word.size()) return false;
  return std::ranges::all_of(word.substr(colon + 1), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The script, module or jar among an interpreter's arguments; empty where there is none (an inline script).
std::string script_of(const std::vector<std::string>& argv) {
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string& word = argv[i];
    if ((word == "-jar" || word == "-m") && i + 1 < argv.size()) return script_name(argv[i + 1]);
    if (holds(kValued, word)) {
      ++i;
    } else if (!word.empty() && word[0] != '-' && !holds(kSubcommands, word) && !is_address(word)) {
      return script_name(word);
    }
  }
  return {};
}

}  // namespace

std::string program_name(const std::vector<std::string>& argv, std::string_view exe) {
  std::string_view base = argv.empty() || argv[0].empty() ? base_name(exe) : base_name(argv[0]);
  if (base.starts_with('-')) base.remove_prefix(1);
  base = base.substr(0, base.find_first_of(": "));
  if (is_interpreter(base)) {
    if (std::string script = script_of(argv); !script.empty()) return script;
  }
  return base.empty() ? "program" : std::string(base);
}

std::string product_name(std::string_view product, std::string_view protocol) {
  if (product.empty()) {
    return protocol == "postgres" || protocol == "redis" || protocol == "mysql" ? std::string(protocol) : std::string();
  }
  std::string name = lower(product);
  if (name == "postgresql") return "postgres";
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string short_version(std::string_view version) {
  return std::string(version.substr(0, version.find_first_of(" (-+")));
}

}  // namespace pl::facts
