#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "facts/facts.h"
#include "record/kinds.h"

/// Which experiments a run makes, in which order, and which it leaves out and why. Pure functions of the facts.
namespace pl::plan {

/// One experiment to make. Its trials carry the same key.
struct PlannedExperiment {
  std::string key{};         ///< "chaos.postgres.freeze": unique in a plan, the same in every run of the same subject.
  std::string hypothesis{};  ///< What a sound application does.
  std::string fault{};       ///< A row of the fault table (edge); "restart", "freeze" (component); "terminate".
  std::string row{};         ///< The fault table's, where `fault` is a use of it with a name of its own ("status_500").
  Json parameters = Json::object();   ///< Of the fault's row, times in ms; "down" of a restart: how long it stays away.
  std::int64_t component = -1;        ///< Faulted component; with an edge fault: all edges that lead to it at once.
  std::int64_t edge = -1;             ///< Faulted edge, or -1.
  std::vector<std::int64_t> edges{};  ///< Several faulted at once; then component and edge are -1.
  std::string form{};                 ///< As TrialEnded.form: "hold", "brief", "switchback"; "drill" for terminate.
  Ns length = 0;                      ///< Of a hold; 0: the procedure's.
  Ns estimate = 0;                    ///< Expected length with control and recovery.
  bool core = true;  ///< The policy asks for it; else only --full, or --only with its key or a pattern, makes it.
};

/// What may be used.
struct PlanOptions {
  std::vector<std::string> only;  ///< Keys, or what they begin with, or patterns with *; empty: all.
  Ns budget = 0;                  ///< Of the whole run; 0: no limit.
  Ns spent = 0;                   ///< Of the run so far.
  bool reverse = false;           ///< Last first, to check that the order does not matter.
  Ns patience = 30 * kSec;        ///< Longest hold of a cell that hangs; 0: none.
  bool full = false;              ///< Also what does not belong to the core.
  bool restart_entry = false;     ///< The engine can start the component that customers connect to again.
};

/// Experiments in the order in which they are made, and what stays open.
struct Plan {
  std::vector<PlannedExperiment> experiments;
  std::vector<record::ExperimentLeftOut> left_out;
  Ns estimate = 0;  ///< Of `experiments`.
};

/// The core cells of DESIGN 9 for the topology in the facts (of Fold::finish()), and after them whatever else was asked
/// for: most customer impact first, cut where the budget ends.
Plan core_plan(const facts::Facts& facts, const PlanOptions& options);

/// Whether an experiment is among those asked for: by its key, by what the key begins with ("chaos.postgres"), or by a
/// pattern ("chaos.*.status_500"). An empty list asks for all.
bool asked_for(const std::vector<std::string>& only, const std::string& key);

/// The experiments of a plan with that key, or all below it ("chaos.postgres"): what `repeat` makes again.
std::vector<PlannedExperiment> with_key(const Plan& plan, const std::string& key);

/// Names of components and edges as keys spell them.
std::string component_key(const facts::Topology& topology, std::int64_t component);
std::string edge_key(const facts::Topology& topology, std::int64_t edge);

}  // namespace pl::plan
