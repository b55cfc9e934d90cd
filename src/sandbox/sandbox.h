#pragma once
#include <sys/types.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/handoff.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "os/clock.h"
#include "os/fd.h"
#include "record/sink.h"
#include "sandbox/journal.h"

namespace pl::sandbox {

/// A command to run in the sandbox.
struct Spawn {
  std::vector<std::string> argv;  ///< Program (looked up in the PATH of `env` when it has no slash) and arguments.
  std::vector<std::string> env;   ///< The complete environment, KEY=VALUE.
  std::string folder;             ///< Working folder; empty: proofload's own.
  std::string output;             ///< File that gets stdout and stderr, appended; empty: proofload's own.
  int uid = -1, gid = -1;         ///< User and group to become, -1: stay. Needs root. Groups become just `gid`.
  std::string bind_address{};     ///< Where it listens instead of loopback and all addresses; empty: as it wants.
  std::string provided;           ///< Name of the throw-away service that this is; empty: the application's own.
};

/// How a process ended.
struct ExitStatus {
  int status = -1;  ///< Exit status, -1 where a signal ended it or nobody could tell.
  int signal = 0;
};

/// What a sandbox is made with.
struct Options {
  const os::RealClock& clock;   ///< Outlives the sandbox.
  record::Sink sink;            ///< Called from the sandbox's own thread.
  Endpoint relay4{}, relay6{};  ///< The relay's listeners. Family 0 for both: connects are only observed.
  int handoff_fd = -1;          ///< Supervisor's end of the hand-over; copied, the caller's.
  /// What beyond loopback may be reached: "host:port", "host", "[::1]:port", address or CIDR.
  std::vector<std::string> allowed{};
  bool allow_unreadable = false;  ///< Let non-dumpable programs connect unseen instead of refusing them.
  std::string supervisor_exe = "/proc/self/exe";             ///< Program that has the hidden sub-command.
  std::vector<std::string> supervisor_args{"__supervisor"};  ///< Its arguments before those that start() adds.
  bool older_kernel = false;   ///< For tests: do without everything that Linux 5.14 lacks.
  bool no_namespaces = false;  ///< For tests: behave as where namespaces are denied.
};

/// The interception sandbox (DESIGN 6): a supervisor process, below it an init, below that everything that spawn()
/// starts, under a seccomp filter that hands connect, listen, execve and datagram sockets to the supervisor. Nothing
/// of it outlives this object, not even when this process is killed. Thread-safe.
/// Process ids are those of the caller's PID namespace.
class Sandbox {
 public:
  /// Errc::unsupported says what the machine lacks (such as: proofload runs inside proofload).
  static Result<std::unique_ptr<Sandbox>> start(Options options);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Starts a command. Errc::not_found: it does not exist or cannot be executed.
  Result<pid_t> spawn(const Spawn& spawn);

  /// From now on connects to the destination by the component with this root (0: by anybody) are refused by the
  /// kernel as if nothing listened. Open connections are the relay's. A rule that stands already is no error.
  Result<void> refuse(const Endpoint& destination, pid_t owner) { return rule("refuse", destination, owner); }
  /// The same for whoever executes a program of this name (base name of its executable), also before it is known as a
  /// component: for a start without a dependency. accept_program_again() ends it.
  Result<void> refuse_program(const Endpoint& destination, const std::string& program) {
    return rule("refuse", destination, 0, program);
  }
  Result<void> accept_program_again(const Endpoint& destination, const std::string& program) {
    return rule("none", destination, 0, program);
  }
  /// Like refuse(), but the connect stays unanswered: a listener whose queue is full. Blocking programs wait, and
  /// connect when the rule is gone only if they try anew.
  Result<void> unanswered(const Endpoint& destination, pid_t owner) { return rule("unanswered", destination, owner); }
  /// Ends refuse() and unanswered() of the same arguments.
  Result<void> accept_again(const Endpoint& destination, pid_t owner) { return rule("none", destination, owner); }
  /// From now on new connections pass the relay (as at the beginning), or go straight to where they lead and are only
  /// observed: then no fault on an edge reaches them. Open ones stay as they are.
  Result<void> redirect(bool through_relay);
  /// Makes a process the root of a component although it listens on no TCP port (a queue worker).
  Result<void> mark_component(pid_t root);

  /// Stops the root, then its descendants until none is new, without entering other components below it.
  Result<void> freeze(pid_t root);
  /// Continues the component, also what others stopped.
  Result<void> thaw(pid_t root);
  /// SIGKILL in the same order; returns when all are gone or nobody is left to reap them (at most 3 s).
  Result<void> kill(pid_t root);
  /// SIGTERM to the root only.
  Result<void> terminate(pid_t root);

  /// Whether a process of the sandbox that ran a program still does.
  bool running(pid_t pid) const;
  /// How it ended; nothing while it runs or when it is unknown.
  std::optional<ExitStatus> exit_status(pid_t pid) const;
  /// Roots of components: whoever listened on TCP or was marked, and still runs.
  std::vector<pid_t> roots() const;
  /// The component's living processes, root first.
  std::vector<pid_t> tree(pid_t root) const;
  /// User and system time of the component so far, reaped children included.
  Ns processor_time(pid_t root) const;
  pid_t supervisor_pid() const { return supervisor_; }
  /// False once the supervisor has died: then everything below it has ended too.
  bool alive() const;
  /// What to remove when this process dies before it could.
  Journal& journal() { return *journal_; }

  /// Ends everything below and the supervisor, within a second. Twice is harmless.
  void stop();

 private:
  explicit Sandbox(Options options);
  Result<void> launch();
  Result<void> greet();
  void read_loop();
  void take_message(const Json& message);
  void take_observation(const Json& message);
  Result<Json> call(Json request, Ns patience);
  Result<void> request(const char* op, pid_t pid, Ns patience);
  Result<void> rule(const char* effect, const Endpoint& destination, pid_t owner, const std::string& program = {});

  Options options_;
  std::unique_ptr<Journal> journal_;
  os::Fd channel_;
  pid_t supervisor_ = -1;
  std::thread reader_;

  mutable std::mutex mutex_;  ///< Guards everything below.
  std::condition_variable answered_;
  std::map<std::int64_t, Json> answers_;
  std::int64_t next_call_ = 1;
  bool gone_ = false, stopped_ = false;
  bool scattered_ = false;  ///< No namespace ends the processes: each stands in the journal.
  std::map<pid_t, std::optional<ExitStatus>> processes_;
  std::set<pid_t> roots_;
};

/// The hidden sub-command: `PROGRAM __supervisor CHANNEL HANDOFF ORIGIN`. `args` are those after `__supervisor`.
/// Returns the process's exit status.
int supervisor_main(const std::vector<std::string>& args);

}  // namespace pl::sandbox
