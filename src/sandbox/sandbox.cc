#include "sandbox/sandbox.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "os/process.h"
#include "record/kinds.h"
#include "sandbox/channel.h"
#include "sandbox/rules.h"

namespace pl::sandbox {
namespace {

constexpr Ns kStartWithin = 10 * kSec;
constexpr Ns kSpawnWithin = 30 * kSec;
constexpr Ns kAnswerWithin = 5 * kSec;
constexpr Ns kStopWithin = kSec;

Json text_list(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push(text);
  return list;
}

/// Waits for a child of ours, then kills it.
void await_end(pid_t pid, Ns patience) {
  const os::Fd pidfd(static_cast<int>(::syscall(434 /* pidfd_open */, pid, 0)));
  pollfd ended{pidfd.get(), POLLIN, 0};
  if (!pidfd || ::poll(&ended, 1, static_cast<int>(patience / kMs)) <= 0) ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Sandbox::Sandbox(Options options) : options_(std::move(options)) {}

Sandbox::~Sandbox() { stop(); }

Result<std::unique_ptr<Sandbox>> Sandbox::start(Options options) {
  std::unique_ptr<Sandbox> sandbox(new Sandbox(std::move(options)));
  sandbox->journal_ = PL_TRY(Journal::open());
  PL_TRY(sandbox->launch());
  PL_TRY(sandbox->greet());
  sandbox->reader_ = std::thread([raw = sandbox.get()] { raw->read_loop(); });
  return sandbox;
}

Result<void> Sandbox::launch() {
  auto [ours, theirs] = PL_TRY(channel_pair());
  std::vector<int> fds{theirs.get()};
  if (options_.handoff_fd >= 0) fds.push_back(options_.handoff_fd);
  std::vector<std::string> argv{options_.supervisor_exe};
  argv.insert(argv.end(), options_.supervisor_args.begin(), options_.supervisor_args.end());
  argv.insert(argv.end(), {"3", options_.handoff_fd >= 0 ? "4" : "-1", std::to_string(options_.clock.origin())});
  const pid_t pid = PL_TRY(os::start_process(options_.supervisor_exe, argv, fds));
  channel_ = std::move(ours);
  supervisor_ = pid;
  (void)journal_->add_process(pid);
  return {};
}

/// Sends what the supervisor must know, and waits until the sandbox stands.
Result<void> Sandbox::greet() {
  Json setup = Json::object();
  setup.set("relay4", endpoint_json(options_.relay4)).set("relay6", endpoint_json(options_.relay6));
  setup.set("allowed", text_list(options_.allowed)).set("allow_unreadable", options_.allow_unreadable);
  setup.set("older_kernel", options_.older_kernel).set("no_namespaces", options_.no_namespaces);
  setup.set("journal", journal_->path());
  const auto sent = send_packet(channel_.get(), setup);
  const Ns deadline = options_.clock.now() + kStartWithin;
  while (sent && options_.clock.now() < deadline) {
    pollfd ready{channel_.get(), POLLIN, 0};
    ::poll(&ready, 1, 100);
    const Packet packet = receive_packet(channel_.get(), false);
    if (packet.kind == Packet::Kind::end) break;
    if (packet.kind == Packet::Kind::again) continue;
    const std::string& op = packet.message["op"].as_string();
    if (op == "failed") {
      return fail(static_cast<Errc>(packet.message["code"].as_int()), packet.message["error"].as_string());
    }
    take_message(packet.message);
    if (op == "ready") {
      (void)journal_->add_process(static_cast<pid_t>(packet.message["init"].as_int()));
      return {};
    }
  }
  return fail(Errc::unsupported, "the sandbox's supervisor (" + options_.supervisor_exe + ") did not start");
}

void Sandbox::read_loop() {
  for (;;) {
    const Packet packet = receive_packet(channel_.get(), true);
    if (packet.kind == Packet::Kind::end) break;
    if (packet.kind == Packet::Kind::message) take_message(packet.message);
  }
  const std::lock_guard lock(mutex_);
  gone_ = true;
  answered_.notify_all();
}

void Sandbox::take_message(const Json& message) {
  const std::string& op = message["op"].as_string();
  if (op == "see") return take_observation(message);
  if (op != "answer") return;
  const std::lock_guard lock(mutex_);
  answers_[message["id"].as_int()] = message;
  answered_.notify_all();
}

void Sandbox::take_observation(const Json& message) {
  const std::string& kind = message["kind"].as_string();
  const Json& payload = message["payload"];
  {
    const std::lock_guard lock(mutex_);
    const auto pid = static_cast<pid_t>(payload["pid"].as_int());
    if (kind == record::SandboxStarted::kName) {
      scattered_ = payload["isolation"].as_string() == "subreaper";
    } else if (kind == record::ProcessStarted::kName) {
      processes_[pid] = std::nullopt;
      if (scattered_) (void)journal_->add_process(pid);
    } else if (kind == record::ProcessEnded::kName) {
      const auto ended = record::decode<record::ProcessEnded>(payload);
      processes_[pid] = ExitStatus{static_cast<int>(ended.status), static_cast<int>(ended.signal)};
      roots_.erase(pid);
    } else if (kind == record::ListenerSeen::kName && payload["port"].as_int() != 0) {
      roots_.insert(pid);
    }
  }
  if (!options_.sink) return;
  const record::Source source =
      kind == record::InstrumentFailed::kName ? record::InstrumentFailed::kSource : record::Source::sandbox;
  options_.sink(record::Observation{0, message["at"].as_int(), source, kind, payload});
}

Result<Json> Sandbox::call(Json request, Ns patience) {
  std::unique_lock lock(mutex_);
  if (gone_ || stopped_) return fail(Errc::ended_early, "the sandbox has ended");
  const std::int64_t id = next_call_++;
  request.set("id", id);
  lock.unlock();
  PL_TRY(send_packet(channel_.get(), request));
  lock.lock();
  const auto done = [&] { return gone_ || answers_.contains(id); };
  answered_.wait_for(lock, std::chrono::nanoseconds(patience), done);
  const auto answer = answers_.extract(id);
  if (!answer.empty()) return answer.mapped();
  if (gone_) return fail(Errc::ended_early, "the sandbox has ended");
  return fail(Errc::timeout, "the sandbox's supervisor does not answer");
}

Result<pid_t> Sandbox::spawn(const Spawn& spawn) {
  if (spawn.argv.empty()) return fail(Errc::usage, "no command to run");
  Json request = Json::object();
  request.set("op", "spawn").set("argv", text_list(spawn.argv)).set("env", text_list(spawn.env));
  request.set("folder", spawn.folder).set("output", spawn.output).set("uid", spawn.uid).set("gid", spawn.gid);
  request.set("provided", spawn.provided).set("bind", spawn.bind_address);
  const Json answer = PL_TRY(call(std::move(request), kSpawnWithin));
  const auto error = static_cast<int>(answer["errno"].as_int());
  if (error == ENOENT || error == EACCES || error == ENOEXEC || error == ENOTDIR) {
    return fail(Errc::not_found, "cannot run " + spawn.argv[0] + ": " + answer["error"].as_string());
  }
  if (!answer["error"].as_string().empty()) {
    return fail(Errc::io, "cannot run " + spawn.argv[0] + ": " + answer["error"].as_string());
  }
  return static_cast<pid_t>(answer["pid"].as_int());
}

Result<void> Sandbox::rule(const char* effect, const Endpoint& destination, pid_t owner, const std::string& program) {
  Json request = Json::object();
  request.set("op", "rule").set("effect", effect).set("destination", endpoint_json(destination)).set("owner", owner);
  request.set("program", program);
  const Json answer = PL_TRY(call(std::move(request), kAnswerWithin));
  if (const std::string& error = answer["error"].as_string(); !error.empty()) return fail(Errc::limit, error);
  return {};
}

Result<void> Sandbox::redirect(bool through_relay) {
  Json request = Json::object();
  request.set("op", "redirect").set("on", through_relay);
  PL_TRY(call(std::move(request), kAnswerWithin));
  return {};
}

Result<void> Sandbox::request(const char* op, pid_t pid, Ns patience) {
  Json request = Json::object();
  request.set("op", op).set("pid", pid);
  const Json answer = PL_TRY(call(std::move(request), patience));
  if (const std::string& error = answer["error"].as_string(); !error.empty()) return fail(Errc::not_found, error);
  return {};
}

Result<void> Sandbox::mark_component(pid_t root) {
  PL_TRY(request("mark", root, kAnswerWithin));
  const std::lock_guard lock(mutex_);
  roots_.insert(root);
  return {};
}

Result<void> Sandbox::freeze(pid_t root) { return request("freeze", root, kAnswerWithin); }
Result<void> Sandbox::thaw(pid_t root) { return request("thaw", root, kAnswerWithin); }
Result<void> Sandbox::kill(pid_t root) { return request("kill", root, kAnswerWithin); }
Result<void> Sandbox::terminate(pid_t root) { return request("terminate", root, kAnswerWithin); }

bool Sandbox::running(pid_t pid) const {
  const std::lock_guard lock(mutex_);
  const auto found = processes_.find(pid);
  return !gone_ && !stopped_ && found != processes_.end() && !found->second;
}

std::optional<ExitStatus> Sandbox::exit_status(pid_t pid) const {
  const std::lock_guard lock(mutex_);
  const auto found = processes_.find(pid);
  return found == processes_.end() ? std::nullopt : found->second;
}

std::vector<pid_t> Sandbox::roots() const {
  const std::lock_guard lock(mutex_);
  return {roots_.begin(), roots_.end()};
}

std::vector<pid_t> Sandbox::tree(pid_t root) const {
  const std::vector<pid_t> others = roots();
  std::vector<pid_t> out;
  if (os::process_stat(root)) out.push_back(root);
  for (std::size_t next = 0; next < out.size(); ++next) {
    for (const pid_t child : os::process_children(out[next])) {
      if (std::find(others.begin(), others.end(), child) == others.end()) out.push_back(child);
    }
  }
  return out;
}

Ns Sandbox::processor_time(pid_t root) const {
  Ns total = 0;
  for (const pid_t pid : tree(root)) {
    if (const auto stat = os::process_stat(pid)) total += stat->processor;
  }
  return total;
}

bool Sandbox::alive() const {
  const std::lock_guard lock(mutex_);
  return !gone_ && !stopped_;
}

void Sandbox::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    answered_.notify_all();
  }
  if (supervisor_ > 0) {
    Json request = Json::object();
    request.set("op", "stop");
    (void)send_packet(channel_.get(), request, {}, false);
    await_end(supervisor_, kStopWithin);
  }
  if (channel_) ::shutdown(channel_.get(), SHUT_RDWR);
  if (reader_.joinable()) reader_.join();
  journal_.reset();
}

}  // namespace pl::sandbox
