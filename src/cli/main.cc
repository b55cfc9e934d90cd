#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/values.h"
#include "cli/commands.h"
#include "cli/single_dash.h"
#include "engine/run.h"
#include "os/say.h"
#include "sandbox/sandbox.h"

namespace pl::cli {
namespace {

using Work = std::function<Result<int>()>;

/// A flag that may be given several times, with one value each time: what stands behind that is not its.
void repeated(CLI::Option* option) { option->take_all()->expected(1)->allow_extra_args(false); }

using Check = std::function<std::string(const std::string&)>;
constexpr std::uint64_t kMostSeed = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMostPort = std::numeric_limits<std::uint16_t>::max();

/// CLI11 takes what is out of range for the nearest that is not, or does not tell the range.
Check whole_number(std::uint64_t most) {
  return [most](const std::string& text) -> std::string {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, value);
    if (read == end && error == std::errc() && value <= most) return {};
    return fmt::format("{} is no whole number from 0 to {}", text.empty() ? "\"\"" : text, most);
  };
}

/// Also where nothing stands behind the flag's mark, which is not the same as no flag.
std::string share(const std::string& text) {
  const auto value = parse_number(text);
  if (value && *value >= 0 && *value <= 1) return {};
  return fmt::format("{} is no number from 0 to 1", text.empty() ? "\"\"" : text);
}

/// Flags of one sub-command; sets the work to do when it is the one that was called.
void add_run(CLI::App& app, const std::vector<std::string>& after, Work& work) {
  auto flags = std::make_shared<RunFlags>();
  flags->command = after;
  CLI::App* command = app.add_subcommand("run", "Prove an application: load it, break what it depends on, judge it.");
  command->add_option("folder", flags->folder, "Use this folder's proofload.yaml, and work there.");
  command->add_option("--config", flags->config, "Another configuration file.")->type_name("FILE");
  command->add_option("--out", flags->out, "The run folder. Default: a dated one below runs/.")->type_name("DIR");
  command->add_option("--budget", flags->budget, "End within this time; what does not fit is listed.")
      ->type_name("TIME");
  repeated(command
               ->add_option("--provide", flags->provide,
                            "Start a throw-away service: postgres, redis, model, or auto for each that is installed. "
                            "Its address is in the application's environment. May be repeated.")
               ->type_name("NAME"));
  repeated(command
               ->add_option("--only", flags->only,
                            "Only experiments with this key or below it; * stands for anything. May be repeated.")
               ->type_name("KEY"));
  repeated(command
               ->add_option(
                   "--skip", flags->skip,
                   "Leave out a stage: probe, chaos, writes, instances, capacity, grow, terminate or absent. May be "
                   "repeated.")
               ->type_name("STAGE"));
  command->add_option("--seed", flags->seed, "Seed of everything that is drawn by chance.")
      ->check(whole_number(kMostSeed))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--full", flags->full,
                    "All experiments, not just the core. The estimate is said before the first.");
  command->add_flag("--reverse", flags->reverse, "Experiments in the reverse order.");
  command
      ->add_option("--patience", flags->patience,
                   "Longest hold of what hangs. Default: slo.patience, 30s; with --full 120s.")
      ->type_name("TIME");
  command->add_option("--key", flags->key, "Private key (P-256, PEM) that signs the run. Default: one made for it.")
      ->type_name("FILE");
  command->add_flag("--print-config", flags->print_config, "Print the configuration in force, and stop.");
  command->footer(
      "A command after -- is what is run; it goes before the file's `run:`.\n\n"
      "Examples:\n  proofload run -- node server.js\n  proofload run --provide auto -- node server.js\n"
      "  proofload run examples/playhouse --budget 2m\n"
      "  proofload run --config traffic.yaml -- ./start.sh\n"
      "  proofload run --only chaos.postgres.silent examples/playhouse\n\n"
      "Exit codes: 0 ready, 1 not ready, 2 wrong input, 3 could not measure, 130 interrupted.");
  command->callback([&work, flags] { work = [flags] { return run(*flags); }; });
}

void add_readers(CLI::App& app, Work& work) {
  auto path = std::make_shared<std::string>(), extra = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("report", "Print the report that follows from a run's log.");
  command->add_option("run", *path, "Run folder, or its log.")->required();
  *extra = "terminal";
  command->add_option("--format", *extra, "html, json, md or terminal.")->type_name("FORMAT")->capture_default_str();
  command->footer("Example:\n  proofload report runs/2026-11-23-1 --format md");
  command->callback([&work, path, extra] { work = [path, extra] { return report(*path, *extra); }; });

  auto checked = std::make_shared<std::string>(), trust = std::make_shared<std::string>();
  command = app.add_subcommand("verify", "Check that a run folder is as it was signed, and follows from its log.");
  command->add_option("run", *checked, "Run folder.")->required();
  command->add_option("--trust", *trust, "Public key (PEM) that must have signed it.")->type_name("KEY");
  command->footer(
      "Example:\n  proofload verify runs/2026-11-23-1 --trust vendor.pub.pem\n\n"
      "Exit codes: 0 as signed, 1 altered.");
  command->callback([&work, checked, trust] { work = [checked, trust] { return verify(*checked, *trust); }; });

  auto logged = std::make_shared<std::string>();
  auto kinds = std::make_shared<std::vector<std::string>>();
  command = app.add_subcommand("log", "Print a run's log as text, an observation a line.");
  command->add_option("run", *logged, "Run folder, or its log.")->required();
  repeated(command->add_option("--kind", *kinds, "Only this kind. May be repeated.")->type_name("KIND"));
  command->footer("Example:\n  proofload log runs/2026-11-23-1 --kind trial_ended");
  command->callback([&work, logged, kinds] { work = [logged, kinds] { return log(*logged, *kinds); }; });
}

constexpr const char* kNames =
    "FINDING is a fingerprint (its beginning where that is enough), a check (chaos.hangs), a check and its\n"
    "subject ('chaos.hangs postgres silent'), or the key of an experiment.\n\n";

void add_evidence(CLI::App& app, Work& work) {
  auto path = std::make_shared<std::string>(), name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("why", "Print the chain of evidence of a finding, down to the log's frames.");
  command->add_option("run", *path, "Run folder, or its log.")->required();
  command->add_option("finding", *name, "What was found.")->required();
  command->footer(std::string(kNames) +
                  "Examples:\n  proofload why runs/2026-11-23-1 chaos.postgres.silent\n"
                  "  proofload why runs/2026-11-23-1 1f0c");
  command->callback([&work, path, name] { work = [path, name] { return why(*path, *name); }; });

  auto flags = std::make_shared<RepeatFlags>();
  command = app.add_subcommand("repeat", "Make one experiment of a run again, and say whether it agrees.");
  command->add_option("run", flags->run, "Run folder, or its log.")->required();
  command->add_option("finding", flags->what, "The experiment, or what was found by it.")->required();
  command->add_option("--out", flags->out, "The new run folder. Default: a dated one below runs/.")->type_name("DIR");
  command->add_option("--folder", flags->folder, "Where the application is, if not where it was.")->type_name("DIR");
  command->footer(std::string(kNames) +
                  "Command, folder, seed and configuration file are those of the first run.\n\n"
                  "Examples:\n  proofload repeat runs/2026-11-23-1 chaos.postgres.silent\n"
                  "  proofload repeat runs/2026-11-23-1 1f0c --folder ../app\n\n"
                  "Exit codes: 0 agrees, 1 disagrees, 2 wrong input, 3 could not measure, 130 interrupted.");
  command->callback([&work, flags] { work = [flags] { return repeat(*flags); }; });
}

void add_sandbox(CLI::App& app, const std::vector<std::string>& after, Work& work) {
  auto egress = std::make_shared<std::vector<std::string>>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("sandbox", "Run a program in the sandbox and print what it depends on.");
  repeated(command->add_option("--egress", *egress, "What it may reach beside loopback: host:port, address or network.")
               ->type_name("PLACE"));
  command->add_flag("--json", *json, "Print the graph as JSON.");
  command->footer(
      "Example:\n  proofload sandbox -- ./start.sh\n\nEnds with the program, or by Ctrl-C; the exit code is the "
      "program's own.");
  command->callback(
      [&work, after, egress, json] { work = [after, egress, json] { return sandbox(after, *egress, *json); }; });
}

constexpr const char* kProxy = "proxy";
constexpr const char* kProxyExamples =
    "Examples:\n  proofload proxy &\n  proofload proxy create -l 127.0.0.1:26379 -u 127.0.0.1:6379 redis\n"
    "  proofload proxy toxic add -t latency -a latency=200 -a jitter=50 redis\n"
    "  proofload proxy create --protocol dns -l 127.0.0.1:5353 -u 192.0.2.53:53 names\n"
    "  proofload proxy toxic add -t dns_nxdomain -a name=db.example.com names\n"
    "  proofload proxy --config proxies.json --seed 7\n\n"
    "Speaks Toxiproxy's API: its clients and toxiproxy-cli work unchanged. The sub-commands find a running\n"
    "proxy by --host and --port, or by TOXIPROXY_URL; as in the original, -h URL before them is --host, and a\n"
    "long flag may have one dash (-type). A name that begins with a dash stands behind --. docs/faults.md\n"
    "(proofload proxy faults) lists every toxic and every field of a proxy; among them \"tls\": TLS on either\n"
    "side, also where it begins inside PostgreSQL's or MySQL's protocol, with faults inside it and on its\n"
    "handshake, and \"protocol\": \"dns\": a forwarder of DNS queries, with faults on names.";

using Order = std::shared_ptr<ProxyOrder>;

/// One order of `proofload proxy`: its name, with another one that the original also takes.
CLI::App* add_order(CLI::App* parent, Work& work, const std::shared_ptr<ProxyFlags>& flags, const char* name,
                    const char* help, ProxyOrder::Verb verb, const Order& order) {
  CLI::App* command = parent->add_subcommand(name, help)->fallthrough();
  order->verb = verb;
  if (verb != ProxyOrder::Verb::list) command->add_option("proxy", order->proxy, "Name of the proxy.")->required();
  command->callback([&work, flags, order] { work = [flags, order] { return order_proxy(*flags, *order); }; });
  return command;
}

void add_toxic_orders(CLI::App* proxy, Work& work, const std::shared_ptr<ProxyFlags>& flags) {
  using Verb = ProxyOrder::Verb;
  CLI::App* toxic = proxy->add_subcommand("toxic", "Add, update or remove a toxic.")->alias("t")->fallthrough();
  toxic->require_subcommand(1);
  struct Row {
    const char *name, *alias, *help;
    Verb verb;
  };
  for (const Row& row :
       {Row{"add", "a", "Add a toxic.", Verb::toxic_add}, Row{"update", "u", "Change a toxic.", Verb::toxic_update},
        Row{"remove", "r", "Remove a toxic.", Verb::toxic_remove}}) {
    const Order order = std::make_shared<ProxyOrder>();
    CLI::App* command = add_order(toxic, work, flags, row.name, row.help, row.verb, order)->alias(row.alias);
    const bool adds = row.verb == Verb::toxic_add;
    command->add_option("-n,--toxicName", order->toxic, "Name of the toxic.")->required(!adds);
    if (row.verb == Verb::toxic_remove) {
      command->alias("delete")->alias("d");
      continue;
    }
    command->add_option("--toxicity,--tox", order->toxicity, "Share of the connections, 0 to 1.")->check(share);
    repeated(command->add_option("-a,--attribute", order->attributes, "name=value. May be repeated."));
    if (!adds) continue;
    command->add_option("-t,--type", order->type, "Type of the toxic.")->required();
    command->add_flag("-u,--upstream", order->to_upstream, "On what goes to the upstream.");
    command->add_flag("-d,--downstream", order->to_downstream, "On what comes back (default).");
  }
}

CLI::App* add_proxy(CLI::App& app, Work& work) {
  using Verb = ProxyOrder::Verb;
  auto flags = std::make_shared<ProxyFlags>();
  CLI::App* proxy = app.add_subcommand(kProxy, "A proxy that breaks connections on demand, with Toxiproxy's API.");
  const auto given = [flags](const std::string&) { flags->host_given = true; };
  proxy->add_option("--host", flags->host, "Address of the API.")->capture_default_str()->each(given);
  proxy->add_option("--port", flags->port, "Port of the API; 0 picks a free one.")
      ->check(whole_number(kMostPort))
      ->capture_default_str()
      ->each(given);
  proxy->add_option("--config", flags->config, "Proxies to begin with: a JSON list, as of /populate.")
      ->type_name("FILE");
  proxy->add_option("--seed", flags->seed, "Seed of everything that is drawn by chance.")
      ->check(whole_number(kMostSeed))
      ->capture_default_str();
  proxy->add_flag_function(
      "--proxy-metrics,--runtime-metrics", [](std::int64_t) {},
      "As the original's: GET /metrics answers without them too.");
  proxy->set_version_flag("--version", app.version());
  proxy->footer(kProxyExamples);
  proxy->require_subcommand(0, 1);
  const auto add = [&](const char* name, const char* help, Verb verb) {
    return add_order(proxy, work, flags, name, help, verb, std::make_shared<ProxyOrder>());
  };
  add("list", "List all proxies.", Verb::list)->alias("ls")->alias("l")->alias("li");
  add("inspect", "Show a proxy with its toxics.", Verb::inspect)->alias("i")->alias("ins");
  add("toggle", "Enable or disable a proxy.", Verb::toggle)->alias("tog");
  add("delete", "Delete a proxy.", Verb::remove)->alias("d");
  const Order order = std::make_shared<ProxyOrder>();
  CLI::App* create = add_order(proxy, work, flags, "create", "Make a proxy.", Verb::create, order);
  create->alias("new")->alias("c");
  create->add_option("-l,--listen", order->listen, "Where it listens.")->required();
  create->add_option("-u,--upstream", order->upstream, "Where it connects to; several with commas.")->required();
  create->add_option("--protocol", order->protocol, "tcp, or dns: a forwarder to a name server.")
      ->check(CLI::IsMember({"tcp", "dns"}));
  add_toxic_orders(proxy, work, flags);
  proxy->add_subcommand("faults", "Print every fault with its parameters.")->callback([&work] {
    work = []() -> Result<int> { return proxy_faults(); };
  });
  proxy->callback([&work, flags, proxy] {
    if (proxy->get_subcommands().empty()) work = [flags] { return cli::proxy(*flags); };
  });
  return proxy;
}

void add_others(CLI::App& app, Work& work) {
  auto flags = std::make_shared<ModelServerFlags>();
  CLI::App* command = app.add_subcommand("model-server", "Serve the built-in OpenAI-compatible model.");
  command->add_option("--host", flags->host, "Address to listen on.")->capture_default_str();
  command->add_option("--port", flags->port, "Port; 0 picks a free one.")
      ->check(whole_number(kMostPort))
      ->capture_default_str();
  command->add_option("--seed", flags->seed, "Same seed and request, same answer.")
      ->check(whole_number(kMostSeed))
      ->capture_default_str();
  command->add_option("--ttft", flags->first_token, "Time to the first token.")
      ->type_name("TIME")
      ->capture_default_str();
  command->add_option("--tokens-per-second", flags->tokens_per_second, "Of each answer; 0: no pauses.")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command->add_option("--jitter", flags->jitter, "Share by which pauses vary.")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--models", flags->models, "Names that /v1/models lists, with commas.");
  command->footer(
      "Example:\n  proofload model-server --port 8000 &\n  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 node app.js");
  command->callback([&work, flags] { work = [flags] { return model_server(*flags); }; });

  auto schema = std::make_shared<bool>(false);
  command = app.add_subcommand("config", "Explain the keys of proofload.yaml.");
  command->add_flag("--schema", *schema, "Print its JSON Schema instead.");
  command->callback([&work, schema] { work = [schema]() -> Result<int> { return config(*schema); }; });
}

/// Where the last of the commands that were called has others below it and got none of them: what it got instead, and
/// what there is. Empty: that is not what is wrong. `rest`: what no command takes.
std::string missing_order(const CLI::App& command, const std::vector<std::string>& rest) {
  const std::vector<CLI::App*> called = command.get_subcommands();
  if (!called.empty()) return missing_order(*called.front(), rest);
  std::string names;
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + one->get_name();
  }
  if (names.empty() || (!rest.empty() && rest[0].starts_with('-'))) return {};
  if (rest.empty()) return fmt::format("{}: a sub-command is missing; there are: {}", command.get_name(), names);
  return fmt::format("{} {}: there is no such sub-command; there are: {}", command.get_name(), rest[0], names);
}

/// The line of an error of the command line.
std::string line_of(const CLI::ParseError& error, const CLI::App& app) {
  const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
  const bool unfinished = code == CLI::ExitCodes::RequiredError || code == CLI::ExitCodes::ExtrasError;
  const std::string missing = unfinished ? missing_order(app, app.remaining(true)) : "";
  const std::vector<CLI::App*> called = app.get_subcommands();
  return fmt::format("{} (proofload {}--help lists what there is)", missing.empty() ? error.what() : missing,
                     called.empty() ? "" : called.front()->get_name() + " ");
}

/// The last line on standard error; fmt::print() would throw where that cannot be written.
void say(const std::string& line) { std::fputs(fmt::format("proofload: {}\n", line).c_str(), stderr); }

/// What follows the first "--" is the application's command, whatever it looks like; of a proxy's order it is a name.
int parse_and_work(std::vector<std::string> args) {
  std::vector<std::string> after;
  const bool of_proxy = !args.empty() && args[0] == kProxy;
  if (const auto mark = std::ranges::find(args, "--"); mark != args.end() && !of_proxy) {
    after.assign(mark + 1, args.end());
    args.erase(mark, args.end());
  }
  CLI::App app("proofload proves, with measured evidence, that an application is ready for real customers.",
               "proofload");
  app.set_version_flag("--version", "proofload " + std::string(engine::kVersion));
  app.require_subcommand(1);
  app.footer("Start with:  proofload run -- node server.js");
  Work work;
  add_run(app, after, work);
  add_readers(app, work);
  add_evidence(app, work);
  add_sandbox(app, after, work);
  const CLI::App* proxy = add_proxy(app, work);
  add_others(app, work);
  if (of_proxy) args = with_double_dashes(*proxy, args);
  std::ranges::reverse(args);  // as CLI11 takes them
  try {
    app.parse(args);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    say(line_of(error, app));
    return 2;
  }
  Result<int> done = work();
  // What was printed may still wait in the library, and cannot be written.
  if (const Result<int> flushed = print_text(""); done && *done == 0 && !flushed) done = flushed;
  if (done) return *done;
  say(done.error().message());
  return error_row(done.error().code).exit_code;
}

}  // namespace
}  // namespace pl::cli

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  // The sandbox's supervisor is this program again; nothing else may run before it.
  if (!args.empty() && args[0] == "__supervisor") return pl::sandbox::supervisor_main({args.begin() + 1, args.end()});
  pl::os::hold_standard_descriptors();
  return pl::cli::parse_and_work(args);
}
