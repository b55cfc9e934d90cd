// End-to-end tests of the sandbox. The binary is its own supervisor; `run [--older] [--subreaper] [--observe]
// [--for SECONDS] -- COMMAND` shows what the sandbox sees of a command.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "record/kinds.h"
#include "rig.h"
#include "sandbox/sandbox.h"

namespace {

int show(const std::vector<std::string>& args) {
  pl::test::RigOptions options;
  pl::Ns longest = 120 * pl::kSec;
  std::size_t next = 0;
  for (; next < args.size() && args[next] != "--"; ++next) {
    options.older_kernel |= args[next] == "--older";
    options.no_namespaces |= args[next] == "--subreaper";
    options.observe_only |= args[next] == "--observe";
    if (args[next] == "--for" && next + 1 < args.size()) longest = std::stoll(args[++next]) * pl::kSec;
  }
  pl::test::Rig rig(options);
  const pid_t pid = rig.start({args.begin() + static_cast<std::ptrdiff_t>(next) + 1, args.end()}, "-");
  rig.await_end(pid, longest);
  rig.sandbox->stop();
  for (const auto& each : rig.log) {
    std::printf("%9.3f %s %s\n", pl::millis(each.at), each.kind.c_str(), each.payload.dump().c_str());
  }
  std::printf("spliced %d refused %d undecided %d\n", rig.relay.spliced.load(), rig.relay.refused.load(),
              rig.relay.undecided.load());
  return 0;
}

/// Starts a sandbox with daemons, writes down what must go with it, and dies without a word.
int die(const std::vector<std::string>& args) {
  pl::test::Rig rig({.no_namespaces = args[0] == "subreaper"});
  const std::string left = rig.folder.path + "/proofload-left";
  std::filesystem::create_directory(left);
  (void)rig.sandbox->journal().add_folder(left);
  (void)rig.sandbox->journal().add_folder(rig.folder.path);
  rig.start({"/bin/sh", "-c", "setsid sleep 1000 & (setsid sleep 1000 &) ; sleep 1000"});
  for (int i = 0; i < 200 && rig.all<pl::record::ProcessStarted>().size() < 6; ++i) pl::os::sleep_for(10 * pl::kMs);
  std::ofstream out(args[1]);
  out << rig.sandbox->supervisor_pid() << "\n" << left << "\n" << rig.sandbox->journal().path() << "\n";
  for (const auto& each : rig.all<pl::record::ProcessStarted>()) out << each.pid << "\n";
  out << std::flush;
  ::kill(::getpid(), SIGKILL);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (!args.empty() && args[0] == "__supervisor") return pl::sandbox::supervisor_main({args.begin() + 1, args.end()});
  if (!args.empty() && args[0] == "run") return show({args.begin() + 1, args.end()});
  if (args.size() == 3 && args[0] == "die") return die({args[1], args[2]});
  doctest::Context context(argc, argv);
  return context.run();
}
