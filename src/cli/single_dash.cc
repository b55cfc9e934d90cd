#include "cli/single_dash.h"

#include <map>
#include <set>

namespace pl::cli {
namespace {

using Names = std::set<std::string, std::less<>>;

/// The flags of a command and of those below it.
struct Flags {
  Names names;                                   ///< Of two letters or more: one letter behind a dash is a short flag.
  Names valued;                                  ///< Those of them that take a value.
  std::map<std::string, std::string> long_of{};  ///< By the letter of the short one.
};

void collect_flags(const CLI::App& command, Flags& flags) {
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      if (name.size() > 1) flags.names.insert(name);
      if (option->get_items_expected_max() > 0) flags.valued.insert(name);
    }
    for (const std::string& letter : option->get_snames()) {
      if (!option->get_lnames().empty()) flags.long_of[letter] = option->get_lnames().front();
    }
  }
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; })) collect_flags(*one, flags);
}

Names orders_of(const CLI::App& command) {
  Names names;
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; })) {
    names.insert(one->get_name());
    names.insert(one->get_aliases().begin(), one->get_aliases().end());
  }
  return names;
}

/// One argument, with two dashes before a flag's name. `names_host`: it is a -h that is no call for help.
std::string spelled_out(std::string arg, const Flags& flags, bool names_host) {
  const bool one_dash = arg.size() > 1 && arg[0] == '-' && arg[1] != '-';
  if (!one_dash) return arg;
  const std::size_t mark = arg.find('=');
  const std::string name = arg.substr(1, mark - 1);
  if (names_host) return arg.replace(0, 2, "--host");
  if (flags.names.contains(name)) return "-" + arg;
  const auto letter = flags.long_of.find(name);
  const bool valued = mark != std::string::npos && letter != flags.long_of.end();
  return valued ? "--" + letter->second + arg.substr(mark) : arg;
}

}  // namespace

std::vector<std::string> with_double_dashes(const CLI::App& command, const std::vector<std::string>& args) {
  Flags flags;
  collect_flags(command, flags);
  const Names orders = orders_of(command);
  std::vector<std::string> spelled;
  bool ordered = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& given = args[i];
    if (given == "--") {
      spelled.insert(spelled.end(), args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
      break;
    }
    ordered = ordered || orders.contains(given);
    const bool url_follows = i + 1 < args.size() && !args[i + 1].starts_with('-') && !orders.contains(args[i + 1]);
    const bool names_host = !ordered && (given.starts_with("-h=") || (given == "-h" && url_follows));
    std::string arg = spelled_out(given, flags, names_host);
    // Of a flag with nothing behind the mark CLI11 takes the next argument as its value.
    const bool empty_value = arg.starts_with("--") && arg.find('=') == arg.size() - 1 &&
                             flags.valued.contains(arg.substr(2, arg.size() - 3));
    if (empty_value) arg.pop_back();
    spelled.push_back(std::move(arg));
    if (empty_value) spelled.emplace_back();
  }
  return spelled;
}

}  // namespace pl::cli
