#include "cli/single_dash.h"

#include <set>

namespace pl::cli {
namespace {

using Names = std::set<std::string, std::less<>>;

/// Names of two letters or more: one letter behind a dash is a short flag.
void collect_flags(const CLI::App& command, Names& names) {
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      if (name.size() > 1) names.insert(name);
    }
  }
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; })) collect_flags(*one, names);
}

Names orders_of(const CLI::App& command) {
  Names names;
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; })) {
    names.insert(one->get_name());
    names.insert(one->get_aliases().begin(), one->get_aliases().end());
  }
  return names;
}

}  // namespace

std::vector<std::string> with_double_dashes(const CLI::App& command, std::vector<std::string> args) {
  Names flags;
  collect_flags(command, flags);
  const Names orders = orders_of(command);
  bool ordered = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    std::string& arg = args[i];
    ordered = ordered || orders.contains(arg);
    const bool one_dash = arg.size() > 1 && arg[0] == '-' && arg[1] != '-';
    if (!one_dash) continue;
    const std::string name = arg.substr(1, arg.find('=') - 1);
    const bool url_follows = i + 1 < args.size() && !args[i + 1].starts_with('-') && !orders.contains(args[i + 1]);
    const bool names_host = name == "h" && !ordered && (arg.find('=') != std::string::npos || url_follows);
    if (names_host) {
      arg.replace(0, 2, "--host");
    } else if (flags.contains(name)) {
      arg.insert(0, "-");
    }
  }
  return args;
}

}  // namespace pl::cli
