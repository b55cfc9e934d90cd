#pragma once
#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace pl::cli {

/// The arguments of `proofload proxy` as the original's command line takes them, in our spelling. A long flag may stand
/// behind one dash (`-type latency`, `-tox=0.5`), a short one may have its value behind a mark (`-n=late`), which may
/// be empty (`-n=`), and `-h URL` before the order is `--host URL`; alone it asks for help. What follows `--` stays as
/// it is. `command`: with its sub-commands, which have the flags; `args`: what follows its name.
std::vector<std::string> with_double_dashes(const CLI::App& command, const std::vector<std::string>& args);

}  // namespace pl::cli
