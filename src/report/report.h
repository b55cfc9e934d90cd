#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "facts/facts.h"
#include "facts/finding.h"
#include "verdict/verdict.h"

/// The one structure that every writer prints. Pure: the same facts and verdict give the same report on every machine.
/// All its texts are valid UTF-8 without control characters and of bounded length (clean() in text.h), because much of
/// it was said by the subject; writers escape what their format needs.
namespace pl::report {

/// What the log cannot say of itself.
struct Inputs {
  std::string chain_head;  ///< Hash of the last frame, hexadecimal.
  std::string run_id;      ///< For people and commands: the run folder's name.
};

/// How good or bad a thing is, for its colour; the word is always printed too.
enum class Tone { good, mild, warn, bad, worst, none };
/// "good", "mild", "warn", "bad", "worst" or "none": a style class and a JSON value.
std::string_view tone_word(Tone tone);

/// How the run stands on paper: frame 0, the end, and what it ran on.
struct RunFacts {
  std::string version, subject, command, wall_time, kernel, repeat, isolation, how_ended, end_detail;
  std::string run_id, chain_head;
  std::int64_t seed = 0, uid = 0, cores = 0;
  Ns duration = 0, budget = 0;
  std::int64_t experiments = 0, trials = 0, left_out = 0;
};

/// A tile.
struct CheckpointRow {
  std::string name;     ///< Checkpoint word.
  std::string outcome;  ///< "pass", "fail", "inconclusive" or "not run".
  Tone tone = Tone::none;
  std::int64_t blocking = 0, warnings = 0, passed = 0;
  std::string summary;
  std::string point;  ///< Title of the most severe finding; empty where there is none.
};

/// A component as drawn.
struct Part {
  std::int64_t id = 0;
  std::string name, program, provided, product, version;
  std::vector<std::string> listeners;
  bool entry = false, inside = true;
  /// Of the customers' journeys: how many fail without it, as proved by taking it away.
  enum class Single { no, some, all } single = Single::no;
  std::vector<std::string> needed_by;  ///< Names of those journeys.
  std::string need;                    ///< One clause: "hard: nothing works without it".
  double rate = 0;                     ///< Requests per second that reach it in the steady state.
  std::int64_t connections = 0;        ///< Open at the end, of all edges that lead to it.
  Ns p99 = 0;
  std::int64_t layer = 0, row = 0;  ///< Place in the drawing; see layout.h.
};

/// An edge as drawn.
struct Link {
  std::int64_t id = 0, from = -1, to = -1;
  std::string from_name, to_name, name, protocol, server_name, provenance;
  std::vector<std::string> addresses;
  std::int64_t port = 0;
  bool setup = false;
  std::int64_t connects = 0, refused = 0, requests = 0, exchanges = 0, bytes_up = 0, bytes_down = 0;
  double rate = 0;  ///< Requests per second in the steady state.
  Ns p50 = 0, p99 = 0;
  std::vector<std::pair<std::string, std::string>> needs;  ///< Journey and criticality word, as measured.
  std::vector<std::int64_t> evidence;
};

/// A journey and its steady state.
struct JourneyRow {
  std::string name;
  std::vector<std::string> steps;
  bool crawled = false, health = false, verifies = false;
  bool good = false, latency_steady = true;
  std::string why_no_cells;  ///< Empty where it is good.
  std::int64_t count = 0, success = 0, status = 0;
  Ns median = 0, p95 = 0, p99 = 0;
  double spread_percent = 0, rate = 0;
  bool alone_measured = false;
  std::vector<std::string> uses;  ///< Names of the parts that it sends something to.
};

/// An outcome that holds in a cell.
struct OutcomeRow {
  std::string word;
  Tone tone = Tone::none;
  std::int64_t count = 0, of = 0;
};

/// What one journey saw of one experiment.
struct CellRow {
  std::string journey;
  std::string state;    ///< "decided", "inconclusive" or "not run".
  std::string outcome;  ///< Outcome word when decided, else the state.
  Tone tone = Tone::none;
  bool blocks = false, uses_target = true;
  std::vector<OutcomeRow> all;
  Ns longest_wait = 0, bound = 0, recovery = 0, median_change = 0;
  std::string wait_end;  ///< "", "the application", "the fault's end" or "not seen to end".
  std::int64_t trials = 0;
  std::string note;
  std::vector<std::int64_t> evidence;
};

/// One trial: what was asked for, what it really did, and when.
struct TrialRow {
  std::int64_t frame = 0, trial = 1;
  std::string form;
  Json parameters, achieved;
  std::string requested_text, achieved_text;
  Ns control_from = 0, fault_from = 0, fault_to = 0, watched_to = 0;
  std::int64_t requests_met = 0, connections_met = 0;
  std::string aborted, note;
};

/// A chart of waits over time.
struct Dot {
  Ns at = 0;    ///< When the iteration should have been sent.
  Ns wait = 0;  ///< From then to its end.
  bool good = true;
};
struct Window {
  Ns from = 0, to = 0;
  std::string label, anchor;
  Tone tone = Tone::none;
};
struct Chart {
  std::string title, text;  ///< `text` says in words what the picture shows.
  Ns from = 0, to = 0;
  Ns low = 0, high = 0;  ///< Whole powers of ten that hold all waits.
  std::vector<Dot> dots;
  std::vector<Window> windows;
};

/// A fault on a part, with all that is known of it: an experiment, a drill or one that was left out.
struct ExperimentRow {
  std::string key, anchor;              ///< Anchor is a page's fragment.
  std::string part, edge;               ///< Row of the matrix; "web → postgres" where an edge was faulted.
  std::string fault;                    ///< Row of the fault table.
  std::string fault_text;               ///< For people: "silent", "slow: +200 ms".
  std::string state, outcome, journey;  ///< Of the worst cell.
  Tone tone = Tone::none;
  bool blocks = false;
  std::string figure;  ///< "10.2 s", "back after 0.3 s", "12 of 60".
  std::string note;
  std::string service_impact, customer_impact;
  std::string command;  ///< Repeats it; empty where no finding names one.
  std::vector<CellRow> cells;
  std::vector<TrialRow> trials;
  std::vector<std::pair<std::string, std::string>> facts;  ///< Of a drill: what happened, label and text.
  std::vector<std::int64_t> evidence;
  Chart chart;  ///< Without dots where there is nothing to show.
};

/// A cell of the fault-by-dependency matrix: the worst of the experiments behind it.
struct MatrixCell {
  std::vector<std::size_t> experiments;  ///< Indices into Report::experiments, worst first; empty: not planned.
};
struct MatrixRow {
  std::string part;
  std::vector<MatrixCell> cells;  ///< One per column.
};
struct MatrixColumn {
  std::string fault;  ///< Row of the fault table.
  std::string text;   ///< Heading: "refused".
};
struct Matrix {
  std::vector<MatrixColumn> columns;
  std::vector<MatrixRow> rows;
};

/// A line of "how the run was made".
struct MadeRow {
  std::string label, text;
};

/// Everything that is reported.
struct Report {
  RunFacts run;
  std::string overall;  ///< "ready", "not_ready", "not_measured" or "interrupted".
  Tone tone = Tone::none;
  int exit_code = 3;
  std::string headline, sentence;
  std::vector<std::string> first;  ///< What to do first.
  std::vector<CheckpointRow> checkpoints;
  std::vector<Part> parts;
  std::vector<Link> links;
  std::vector<JourneyRow> journeys;
  Matrix matrix;
  std::vector<ExperimentRow> experiments;  ///< Decided, drilled and left out.
  std::vector<Chart> charts;               ///< The whole campaign, in parts that can be read.
  std::vector<facts::Finding> findings;    ///< Most severe first.
  std::vector<facts::Answer> answers;
  std::vector<verdict::NotTested> not_tested;
  std::vector<MadeRow> made;
};

/// Builds the report. Never fails: what the log does not say is left empty.
Report build(const facts::Facts& facts, const verdict::Verdict& verdict, const Inputs& inputs);

}  // namespace pl::report
