#include "sandbox/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/limits.h"
#include "os/net.h"
#include "os/process.h"
#include "os/stream.h"
#include "sandbox/journal.h"
#include "sandbox/kernel.h"
#include "sandbox/sandbox.h"

namespace pl::sandbox {
namespace {

// What an event is about; a process's id stands in the lower half.
constexpr std::uint64_t kEngine = 1ULL << 32, kInit = 2ULL << 32, kCalls = 3ULL << 32, kInitEnd = 4ULL << 32,
                        kProcess = 5ULL << 32;
constexpr int kTickMs = 250, kBusyTickMs = 3;
constexpr Ns kLookAgain = 10 * kMs;
constexpr int kEventsAtOnce = 64;

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list.items()) out.push_back(item.as_string());
  return out;
}

/// The number at the start of a text, after the tab that /proc puts there; 0 for anything else.
template <class T>
T number(std::string_view text) {
  T value = 0;
  while (text.starts_with('\t')) text.remove_prefix(1);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Wakes every system call now and then, so that a notification that vanished can never keep us waiting.
void start_heartbeat() {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval beat{{0, kTickMs * 1000}, {0, kTickMs * 1000}};
  ::setitimer(ITIMER_REAL, &beat, nullptr);
}

std::vector<std::string> read_arguments(pid_t thread, std::uint64_t address) {
  std::vector<std::string> out;
  while (out.size() < limits::kExecStrings) {
    const std::string bytes = read_memory(thread, address, sizeof(std::uint64_t));
    std::uint64_t text = 0;
    if (bytes.size() == sizeof text) std::memcpy(&text, bytes.data(), sizeof text);
    if (text == 0) break;
    out.push_back(read_text(thread, text, limits::kExecStringBytes));
    address += sizeof text;
  }
  return out;
}

/// Whether a path, as a process of another mount namespace sees it, is a file that can be executed.
bool executable(pid_t thread, const std::string& path) {
  const std::string base = "/proc/" + std::to_string(thread) + (path.starts_with("/") ? "/root" : "/cwd/");
  struct stat status{};
  return ::stat((base + path).c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
}

}  // namespace

Supervisor::Supervisor(os::Fd channel, os::Fd handoff, Ns origin)
    : channel_(std::move(channel)), handoff_(std::move(handoff)), clock_(origin), outbox_(channel_.get(), clock_) {}

int Supervisor::run() {
  ::prctl(PR_SET_NAME, "proofload-super");
  for (const int fd : {channel_.get(), handoff_.get()}) {
    if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  const Packet options = receive_packet(channel_.get(), true);
  if (options.kind != Packet::Kind::message) return 1;
  if (const auto ready = set_up(options.message); !ready) {
    Json answer = Json::object();
    answer.set("op", "failed").set("code", static_cast<int>(ready.error().code)).set("error", ready.error().message());
    (void)send_packet(channel_.get(), answer);
    end_everything();
    return 1;
  }
  announce();
  serve();
  connects_->tick(true);
  outbox_.flush();
  end_everything();
  if (!stop_asked_ && !journal_.empty()) sweep_journal(journal_);  // The engine died: nobody else would.
  return 0;
}

Result<void> Supervisor::set_up(const Json& options) {
  older_kernel_ = options["older_kernel"].as_bool();
  journal_ = options["journal"].as_string();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  exits_told_ = !older_kernel_ && kernel_tells_exits();
  FilterOptions filter{.notify_exit = !exits_told_, .older_kernel = older_kernel_};
  init_ = PL_TRY(start_init(filter, options["no_namespaces"].as_bool(), !exits_told_));
  os::raise_descriptor_limit();
  init_pidfd_ = open_pidfd(init_.pid, 0);
  epoll_ = os::Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return fail_errno(errno, "epoll");
  return set_up_interception(options);
}

Result<void> Supervisor::set_up_interception(const Json& options) {
  auto destinations = PL_TRY(Destinations::parse(texts(options["allowed"]), own_addresses()));
  auto targets = PL_TRY(Targets::create());
  notifications_ = std::make_unique<Notifications>(std::move(init_.listener), older_kernel_);
  threads_ = std::make_unique<Threads>(older_kernel_);
  tree_ = std::make_unique<Tree>(
      outbox_, init_.pid, [this](pid_t pid, int pidfd) { watch(pidfd, kProcess | static_cast<std::uint32_t>(pid)); });
  ConnectSettings settings{endpoint_of(options["relay4"]), endpoint_of(options["relay6"]), handoff_.get(),
                           options["allow_unreadable"].as_bool()};
  if (handoff_) ::fcntl(handoff_.get(), F_SETFL, ::fcntl(handoff_.get(), F_GETFL) | O_NONBLOCK);
  connects_ = std::make_unique<Connects>(settings, std::move(destinations), std::move(targets), *notifications_,
                                         *threads_, *tree_, outbox_);
  components_ = std::make_unique<Components>(*tree_, outbox_, !init_.private_shm);
  watch(channel_.get(), kEngine);
  watch(init_.channel.get(), kInit);
  watch(notifications_->fd(), kCalls);
  if (init_pidfd_) watch(init_pidfd_.get(), kInitEnd);
  return {};
}

void Supervisor::announce() {
  record::SandboxStarted started;
  const char* words[] = {"subreaper", "pid+mount", "user+pid+mount"};
  started.isolation = words[static_cast<int>(init_.isolation)];
  started.limits = init_.limits;
  if (!init_.wait_killable) {
    started.limits.push_back("connects are not shielded from signals (Linux 5.19 is)");
  }
  if (!exits_told_) started.limits.push_back("how a process ended is not always known (Linux 6.15 tells)");
  if (init_.isolation == Isolation::none) {
    started.limits.push_back("processes are not kept apart: what escapes its parents is ended by search");
  }
  if (::geteuid() != 0) started.limits.push_back("no_new_privs: sudo and setuid programs gain no rights");
  outbox_.see(started);
  Json ready = Json::object();
  ready.set("op", "ready").set("init", init_.pid);
  outbox_.send(std::move(ready));
}

void Supervisor::watch(int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

int Supervisor::patience() const {
  const bool busy = tree_->execs_under_way() || components_->waiting() || !unclear_.empty();
  return busy ? kBusyTickMs : kTickMs;
}

void Supervisor::serve() {
  start_heartbeat();
  while (serving_) {
    epoll_event events[kEventsAtOnce];
    const int count = ::epoll_wait(epoll_.get(), events, kEventsAtOnce, patience());
    if (count < 0 && errno != EINTR) return;
    // The init speaks first: what it says about a spawned process belongs before that process's calls.
    handle_init();
    for (int i = 0; i < count && serving_; ++i) handle_event(events[i].data.u64);
    tick();
  }
}

void Supervisor::handle_event(std::uint64_t tag) {
  if (tag == kEngine) return handle_engine();
  if (tag == kCalls) return handle_calls();
  if (tag == kInitEnd) return init_ended();
  if (tag >= kProcess) process_ended(static_cast<pid_t>(tag & 0xffffffff));
}

void Supervisor::handle_calls() {
  constexpr int kCallsAtOnce = 32;  // Then requests and ends have their turn.
  for (int i = 0; i < kCallsAtOnce; ++i) {
    const auto call = notifications_->receive();
    if (!call) return;
    handle_init();
    const Answer answer = handle(*call);
    if (!notifications_->answer(call->id, answer) && call->number == __NR_connect) {
      connects_->undelivered(*call, answer);
    }
  }
}

Answer Supervisor::handle(const Call& call) {
  switch (call.number) {
    case __NR_connect:
      return connects_->connect(call);
    case __NR_listen:
      return connects_->listen(call);
    case __NR_bind:
      return connects_->bind(call);
    case __NR_socket:
      return connects_->datagram_socket(call);
    case __NR_execve:
    case __NR_execveat:
      return handle_exec(call);
    case __NR_exit_group:
      tree_->note_exit_status(threads_->process_of(call.thread), static_cast<int>(call.args[0]) & 0xff);
      return {};
    default:
      return {};
  }
}

Answer Supervisor::handle_exec(const Call& call) {
  const bool at = call.number == __NR_execveat;
  const std::string path = read_text(call.thread, call.args[at ? 1 : 0], limits::kExecStringBytes);
  if (!path.empty() && !executable(call.thread, path)) return {};  // One of the places of a search along PATH.
  Exec exec{path, read_arguments(call.thread, call.args[at ? 2 : 1])};
  if (notifications_->valid(call.id)) tree_->executes(threads_->process_of(call.thread), std::move(exec));
  return {};
}

void Supervisor::handle_engine() {
  for (;;) {
    const Packet packet = receive_packet(channel_.get(), false);
    if (packet.kind == Packet::Kind::again) return;
    if (packet.kind == Packet::Kind::end) {
      serving_ = false;
      return;
    }
    handle_request(packet.message);
  }
}

void Supervisor::handle_rule(const Json& request) {
  const std::string& effect = request["effect"].as_string();
  const Endpoint destination = endpoint_of(request["destination"]);
  const RuleFor whom{static_cast<pid_t>(request["owner"].as_int()), request["program"].as_string()};
  bool fits = true;
  if (effect == "none") {
    connects_->rules().remove(destination, whom);
  } else {
    fits = connects_->rules().add(destination, whom,
                                  effect == "refuse" ? Rules::Effect::refuse : Rules::Effect::unanswered);
  }
  outbox_.answer(request, fits ? "" : "too many rules");
}

void Supervisor::handle_request(const Json& request) {
  const std::string& op = request["op"].as_string();
  if (op == "stop") {
    stop_asked_ = true;
    serving_ = false;
  } else if (op == "spawn") {
    spawns_.push_back(request);
    next_spawn();
  } else if (op == "rule") {
    handle_rule(request);
  } else if (op == "redirect") {
    connects_->redirect(request["on"].as_bool());
    outbox_.answer(request);
  } else {
    handle_component(request);
  }
}

void Supervisor::handle_component(const Json& request) {
  const std::string& op = request["op"].as_string();
  const auto pid = static_cast<pid_t>(request["pid"].as_int());
  const auto stat = os::process_stat(pid);
  if (pid <= 1 || pid == init_.pid || !stat || !tree_->is_known(pid)) {
    return outbox_.answer(request, "no process " + std::to_string(pid) + " in the sandbox");
  }
  if (op == "kill") return components_->kill(request, pid);
  if (op == "mark") tree_->mark_root(pid);
  if (op == "freeze") components_->freeze(pid);
  if (op == "thaw") components_->thaw(pid);
  if (op == "terminate") components_->terminate(pid);
  outbox_.answer(request);
}

void Supervisor::handle_init() {
  for (;;) {
    const Packet packet = receive_packet(init_.channel.get(), false);
    if (packet.kind == Packet::Kind::end) serving_ = false;
    if (packet.kind != Packet::Kind::message) return;
    const std::string& op = packet.message["op"].as_string();
    if (op == "reaped") {
      tree_->note_reaped(static_cast<pid_t>(packet.message["pid"].as_int()),
                         static_cast<int>(packet.message["status"].as_int()));
    } else if (op == "forked" && !packet.fds.empty() && !spawns_.empty()) {
      const std::string info = "fdinfo/" + std::to_string(packet.fds[0].get());
      const std::string text = os::process_file(::getpid(), info.c_str());
      const std::size_t label = text.find("\nPid:");
      spawning_ = label == std::string::npos ? 0 : number<pid_t>(std::string_view(text).substr(label + 5));
      if (spawning_ > 0) tree_->spawned(spawning_, spawns_.front()["provided"].as_string());
      const auto elsewhere = os::parse_endpoint(spawns_.front()["bind"].as_string(), 0);
      if (spawning_ > 0 && elsewhere) connects_->bind_elsewhere(spawning_, *elsewhere);
    } else if (op == "spawned") {
      handle_spawned(packet.message);
    }
  }
}

void Supervisor::handle_spawned(const Json& message) {
  if (spawns_.empty()) return;
  tree_->confirm(spawning_);
  const auto error = static_cast<int>(message["error"].as_int());
  Json extra = Json::object();
  extra.set("pid", spawning_).set("errno", error);
  std::string text;
  if (error != 0) text = message["doing"].as_string() + ": " + std::strerror(error);
  outbox_.answer(spawns_.front(), std::move(text), std::move(extra));
  spawns_.pop_front();
  spawn_sent_ = false;
  next_spawn();
}

void Supervisor::next_spawn() {
  if (spawn_sent_ || spawns_.empty()) return;
  spawning_ = 0;
  if (const auto sent = send_packet(init_.channel.get(), spawns_.front(), {}, false); !sent) {
    outbox_.answer(spawns_.front(), sent.error().message());
    spawns_.pop_front();
    return;
  }
  spawn_sent_ = true;
}

void Supervisor::process_ended(pid_t process) {
  if (tree_->ended(process, false)) return;
  tree_->stop_watching(process, epoll_.get());
  unclear_.emplace_back(process, clock_.now() + kLookAgain);
}

void Supervisor::init_ended() {
  record::InstrumentFailed failed{"ended_early", "the sandbox's init has ended, and everything below it"};
  outbox_.see(failed);
  serving_ = false;
}

void Supervisor::tick() {
  if (tree_->execs_under_way()) tree_->confirm();
  if (components_->waiting()) components_->tick();
  connects_->tick();
  outbox_.flush();
  const Ns now = clock_.now();
  std::erase_if(unclear_, [&](const auto& each) { return now >= each.second && tree_->ended(each.first, true); });
}

void Supervisor::end_everything() {
  if (init_.pid <= 0) return;
  std::set<std::string> shm;
  if (!init_.private_shm) {
    std::vector<pid_t> all = os::process_children(init_.pid);
    for (std::size_t next = 0; next < all.size(); ++next) {
      shm.merge(mapped_shm(all[next]));
      for (const pid_t child : os::process_children(all[next])) all.push_back(child);
    }
  }
  // Without a namespace the init's death would not end the others; what escapes becomes our child, and is searched.
  if (init_.isolation == Isolation::none) kill_descendants(init_.pid);
  kill_descendants(::getpid());
  for (const std::string& path : shm) ::unlink(path.c_str());
}

int supervisor_main(const std::vector<std::string>& args) {
  if (args.size() != 3) return 2;
  Supervisor supervisor(os::Fd(number<int>(args[0])), os::Fd(number<int>(args[1])), number<Ns>(args[2]));
  return supervisor.run();
}

}  // namespace pl::sandbox
