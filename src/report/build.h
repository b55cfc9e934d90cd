#pragma once
#include <string>
#include <vector>

#include "report/report.h"

/// The parts of build(), a file each.
namespace pl::report {

/// Parts and links with their traffic in the steady state and what they are needed for.
void build_graph(const facts::Facts& facts, Report& report);
/// Experiments, drills and what was left out; then the matrix over them. Needs the graph.
void build_experiments(const facts::Facts& facts, const verdict::Verdict& verdict, Report& report);
void build_matrix(Report& report);
/// Charts of the campaign and of each experiment. Needs the experiments.
void build_charts(const facts::Facts& facts, Report& report);
/// How the run was made.
void build_made(const facts::Facts& facts, Report& report);

/// Of a column: "refused".
std::string fault_heading(std::string_view fault);

Tone tone_of(facts::Outcome outcome);
Tone tone_of(verdict::Outcome outcome);
/// Name of a component, or "start-up helpers" and "outside" where there is none.
std::string part_name(const facts::Facts& facts, std::int64_t component);
/// Members of a flat JSON object as text: "delay 200 ms, connections 12"; units are taken from the names' endings.
std::string members_text(const Json& object);
/// The same of what a fault achieved, without what it did not do.
std::string effects_text(const Json& achieved);
/// Names joined: "a, b and c".
std::string listed(const std::vector<std::string>& names);

}  // namespace pl::report
