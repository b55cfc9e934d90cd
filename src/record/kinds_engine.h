#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "record/fields.h"
#include "record/observation.h"

/// What the engine says of the run and its experiments. See kinds.h.
namespace pl::record {

/// Frame 0: what was run, by what, where and when. The only place of wall time.
struct RunStarted {
  std::string version;            ///< proofload's own.
  std::string name;               ///< Of the run, for people and commands: its folder's name when it was made.
  std::string subject;            ///< Name for people: the folder's name or the command's.
  std::vector<std::string> argv;  ///< The application's command.
  std::string wall_time;          ///< UTC, RFC 3339, whole seconds.
  std::int64_t seed = 0;
  std::int64_t uid = 0;
  std::int64_t cores = 0;
  std::string kernel;
  Json config;         ///< The configuration in force, defaults included, secrets hashed.
  std::string repeat;  ///< Arguments that repeat this run, after "proofload run ".
  Ns budget = 0;       ///< 0: none given.
  std::string folder;  ///< Where the application worked: an absolute path.
  std::string file;    ///< The configuration file, as an absolute path; empty where none was read.
  bool full = false;   ///< All experiments were asked for, not just the core.
  static constexpr std::string_view kName = "run_started", kDoc = "What was run, by what, where and when.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = RunStarted;
    field("version", "", &K::version);
    field("name", "", &K::name);
    field("subject", "", &K::subject);
    field("argv", "", &K::argv);
    field("wall_time", "UTC", &K::wall_time);
    field("seed", "", &K::seed);
    field("uid", "", &K::uid);
    field("cores", "", &K::cores);
    field("kernel", "", &K::kernel);
    field("config", "", &K::config);
    field("repeat", "", &K::repeat);
    field("budget", "ns", &K::budget);
    field("folder", "", &K::folder);
    field("file", "", &K::file);
    field("full", "", &K::full);
  }
};

/// A stage of the run ended; its beginning is `at` minus `elapsed`.
struct StageEnded {
  std::string name;
  Ns elapsed = 0;
  std::string note;  ///< Empty, or why it was skipped or failed.
  static constexpr std::string_view kName = "stage_ended", kDoc = "A stage of the run ended, was skipped or failed.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = StageEnded;
    field("name", "", &K::name);
    field("elapsed", "ns", &K::elapsed);
    field("note", "", &K::note);
  }
};

/// The application answers: the address that customers connect to, and how long that took.
struct SubjectReady {
  std::string address;
  std::int64_t port = 0;
  Ns after = 0;          ///< Since its start.
  std::int64_t pid = 0;  ///< Process that listens there, 0 where unknown.
  static constexpr std::string_view kName = "subject_ready",
                                    kDoc = "The application answers at its customers' address.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = SubjectReady;
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("after", "ns", &K::after);
    field("pid", "", &K::pid);
  }
};

/// The subject was started afresh in the course of the run.
struct SubjectRestarted {
  std::string why;
  static constexpr std::string_view kName = "subject_restarted",
                                    kDoc = "The subject was started afresh during the run.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = SubjectRestarted;
    field("why", "", &K::why);
  }
};

/// An experiment of the plan that this run does not make, and why.
struct ExperimentLeftOut {
  std::string key;       ///< "chaos.postgres.freeze": checkpoint, component or edge, fault.
  std::string why;       ///< "budget", "not permitted: ...", "no restart yet: ...".
  bool required = true;  ///< The policy asks for it, so its question is open.
  static constexpr std::string_view kName = "experiment_left_out", kDoc = "A planned experiment that was not made.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = ExperimentLeftOut;
    field("key", "", &K::key);
    field("why", "", &K::why);
    field("required", "", &K::required);
  }
};

/// One trial of an experiment, written when it ended. All its times are points of the run. Trials of the same key are
/// numbered from 1 and pooled by the procedure.
struct TrialEnded {
  std::string key;
  std::int64_t trial = 1;
  std::string form;                 ///< "hold", "brief" (a restart: its own length), "switchback" or "patience".
  std::string fault;                ///< Row of the fault table.
  Json parameters;                  ///< As requested.
  std::int64_t component = -1;      ///< Topology index of the faulted component, or -1 for an edge.
  std::int64_t edge = -1;           ///< Topology index of the faulted edge, or -1 for a component.
  std::vector<std::int64_t> edges;  ///< Several edges faulted at once: then component and edge are -1.
  Ns control_from = 0;              ///< The control window ends where the fault begins.
  Ns fault_from = 0;
  Ns fault_to = 0;
  Ns watched_to = 0;                 ///< End of the watch for recovery.
  std::vector<std::int64_t> blocks;  ///< Switchback: begin of each block, off first, and the end of the last.
  std::int64_t requests_met = 0;     ///< Requests on the edge while the fault was in force.
  std::int64_t connections_met = 0;  ///< Connections that it touched.
  Json achieved;                     ///< What the fault really did, with units in the names.
  bool core = true;                  ///< The policy asks for the experiment.
  std::string aborted;               ///< Empty, or why the trial decides nothing.
  std::string note;                  ///< "start script gave up after 2.1 s": things to say that are not outcomes.
  std::string never_back;            ///< Why the application did not serve again after a restart; empty: it did.
  static constexpr std::string_view kName = "trial_ended",
                                    kDoc = "One trial of an experiment: windows and achieved fault.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = TrialEnded;
    field("key", "", &K::key);
    field("trial", "", &K::trial);
    field("form", "", &K::form);
    field("fault", "", &K::fault);
    field("parameters", "", &K::parameters);
    field("component", "", &K::component);
    field("edge", "", &K::edge);
    field("edges", "", &K::edges);
    field("control_from", "ns", &K::control_from);
    field("fault_from", "ns", &K::fault_from);
    field("fault_to", "ns", &K::fault_to);
    field("watched_to", "ns", &K::watched_to);
    field("blocks", "ns", &K::blocks);
    field("requests_met", "", &K::requests_met);
    field("connections_met", "", &K::connections_met);
    field("achieved", "", &K::achieved);
    field("core", "", &K::core);
    field("aborted", "", &K::aborted);
    field("note", "", &K::note);
    field("never_back", "", &K::never_back);
  }
};

/// TERM, or a start without a dependency: drills whose result is not a hold. What TERM meets is requests in flight
/// ("terminate"), event streams that have begun ("terminate_streams"), or keep-alive connections that are idle and are
/// asked something right after it ("terminate_idle").
struct DrillEnded {
  std::string key;
  std::string drill;  ///< "terminate", "terminate_streams", "terminate_idle" or "absent".
  std::int64_t component = -1;
  std::int64_t edge = -1;
  std::int64_t drained = 0;  ///< Answered in full; streams that came to their end.
  std::int64_t cut = 0;      ///< Neither of the others: lost.
  std::int64_t waiting = 0;  ///< Of the cut ones: not even accepted when TERM came.
  std::int64_t refused = 0;  ///< 503 or 429; streams that ended with an error event; idle ones closed beforehand.
  std::string result;        ///< "drained", "cut", "refused"; "starts", "retries", "gives up", "stays broken"; or "not
                             ///< decided".
  std::int64_t status = -1;  ///< Exit status of the ended process, -1 where unknown or still running.
  std::int64_t signal = 0;
  Ns exit_after = 0;  ///< From the signal or the start to the exit, 0 while it runs.
  std::string note;
  static constexpr std::string_view kName = "drill_ended", kDoc = "A drill: TERM, or a start without a dependency.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = DrillEnded;
    field("key", "", &K::key);
    field("drill", "", &K::drill);
    field("component", "", &K::component);
    field("edge", "", &K::edge);
    field("drained", "", &K::drained);
    field("cut", "", &K::cut);
    field("waiting", "", &K::waiting);
    field("refused", "", &K::refused);
    field("result", "", &K::result);
    field("status", "", &K::status);
    field("signal", "", &K::signal);
    field("exit_after", "ns", &K::exit_after);
    field("note", "", &K::note);
  }
};

/// The application's command was started a second time beside the first, at another loopback address with the same
/// port: first the second alone was asked, then both in turn, request by request of each customer.
struct SecondInstance {
  std::string address;  ///< Where the second one was made to listen.
  Ns alone_from = 0;
  Ns alone_to = 0;
  Ns turns_from = 0;
  Ns turns_to = 0;
  std::int64_t exchanges_first = 0;  ///< With dependencies while both were asked in turn.
  std::int64_t exchanges_second = 0;
  Ns processor_first = 0;  ///< Processor time in the same period.
  Ns processor_second = 0;
  std::int64_t writes_read = 0;     ///< Acknowledged then, and looked for at the second one afterwards.
  std::int64_t writes_missing = 0;  ///< Not there.
  std::string undecided;            ///< Why nothing was learned; empty where it was.
  Ns replaced_from = 0;             ///< Then the second one took over and the first was told to end; 0: not tried.
  Ns replaced_to = 0;
  bool old_ended = false;  ///< The first one ended, as it was told to.
  static constexpr std::string_view kName = "second_instance", kDoc = "Two instances of the application were tried.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = SecondInstance;
    field("address", "", &K::address);
    field("alone_from", "ns", &K::alone_from);
    field("alone_to", "ns", &K::alone_to);
    field("turns_from", "ns", &K::turns_from);
    field("turns_to", "ns", &K::turns_to);
    field("exchanges_first", "", &K::exchanges_first);
    field("exchanges_second", "", &K::exchanges_second);
    field("processor_first", "ns", &K::processor_first);
    field("processor_second", "ns", &K::processor_second);
    field("writes_read", "", &K::writes_read);
    field("writes_missing", "", &K::writes_missing);
    field("undecided", "", &K::undecided);
    field("replaced_from", "ns", &K::replaced_from);
    field("replaced_to", "ns", &K::replaced_to);
    field("old_ended", "", &K::old_ended);
  }
};

/// One step of the ladder that looks for the capacity: all journeys together at an offered rate, in the proportion of
/// their weights, on an application that was started afresh.
struct CapacityStep {
  bool through_relay = true;  ///< Else connects were only observed.
  Ns from = 0;
  Ns to = 0;
  double offered = 0;  ///< Iterations per second, all journeys together.
  std::int64_t started = 0;
  std::int64_t good = 0;         ///< Answered as expected within the limit.
  std::int64_t failed = 0;       ///< Answered otherwise, or not at all.
  Ns limit = 0;                  ///< An answer later than this is not good: slo.p99, or ten times the usual p99.
  Ns p99 = 0;                    ///< Of what was answered.
  bool is_void = false;          ///< The generator fell behind, or the instrument took too much of the machine.
  bool held = false;             ///< 95 % of what was started was good, or what slo.errors asks for.
  std::string busiest;           ///< Component that used the most processor time.
  double busiest_cores = 0;      ///< Cores that it used.
  double machine_cores = 0;      ///< Cores that all components used together.
  double instrument_cores = 0;   ///< Cores that relay, load and supervisor used.
  std::int64_t connections = 0;  ///< Most connections that were open on one edge; 0 without the relay.
  std::string connections_edge;  ///< That edge.
  static constexpr std::string_view kName = "capacity_step", kDoc = "One step of the ladder that looks for capacity.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = CapacityStep;
    field("through_relay", "", &K::through_relay);
    field("from", "ns", &K::from);
    field("to", "ns", &K::to);
    field("offered", "1/s", &K::offered);
    field("started", "", &K::started);
    field("good", "", &K::good);
    field("failed", "", &K::failed);
    field("limit", "ns", &K::limit);
    field("p99", "ns", &K::p99);
    field("void", "", &K::is_void);
    field("held", "", &K::held);
    field("busiest", "", &K::busiest);
    field("busiest_cores", "", &K::busiest_cores);
    field("machine_cores", "", &K::machine_cores);
    field("instrument_cores", "", &K::instrument_cores);
    field("connections", "", &K::connections);
    field("connections_edge", "", &K::connections_edge);
  }
};

/// Processor time of a process tree in a period: what the instrument itself weighs, and what the components use.
struct ProcessorUsed {
  std::string who;  ///< "relay", "load", "supervisor", "proofload", or "component:<root pid>".
  Ns from = 0;
  Ns to = 0;
  Ns processor = 0;
  static constexpr std::string_view kName = "processor_used", kDoc = "Processor time of the instrument or a component.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = ProcessorUsed;
    field("who", "", &K::who);
    field("from", "ns", &K::from);
    field("to", "ns", &K::to);
    field("processor", "ns", &K::processor);
  }
};

/// Place of a component in the drawn graph, computed once so that every re-derivation draws the same.
struct GraphPlaced {
  std::vector<std::int64_t> layer;  ///< Column of each component, topology order; customers are column -1.
  std::vector<std::int64_t> row;
  static constexpr std::string_view kName = "graph_placed", kDoc = "Where components stand in the drawn graph.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = GraphPlaced;
    field("layer", "", &K::layer);
    field("row", "", &K::row);
  }
};

/// An instrument failed, or a limit was reached: what is said here is part of what was not tested.
struct InstrumentFailed {
  std::string code;  ///< Row of the error table.
  std::string detail;
  static constexpr std::string_view kName = "instrument_failed", kDoc = "An instrument failed or reached a limit.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = InstrumentFailed;
    field("code", "", &K::code);
    field("detail", "", &K::detail);
  }
};

/// The last frame of a run that came to its end or was interrupted.
struct RunEnded {
  std::string how;  ///< "complete", "interrupted" or "failed".
  std::string detail;
  static constexpr std::string_view kName = "run_ended", kDoc = "The run came to its end.";
  static constexpr Source kSource = Source::engine;
  template <class To>
  static void fields(To&& field) {
    using K = RunEnded;
    field("how", "", &K::how);
    field("detail", "", &K::detail);
  }
};

}  // namespace pl::record
