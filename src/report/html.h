#pragma once
#include <string>
#include <string_view>

#include "report/report.h"

/// The parts of the page, a file each. Every text goes through html_text().
namespace pl::report {

/// Style sheet: light, dark, phone, paper. No address in it, so that the page requests nothing.
std::string_view html_style();
/// Dependency graph with its table, and what was only used while starting.
std::string html_graph(const Report& report);
/// Fault-by-dependency matrix and failure-model table.
std::string html_matrix(const Report& report);
/// Charts of the whole campaign.
std::string html_latency(const Report& report);
/// A section for every experiment: journeys, trials, command.
std::string html_evidence(const Report& report);
/// A chart as SVG.
std::string html_chart(const Chart& chart, std::string_view id, bool small);
/// Findings; the questions; what was not tested; how the run was made; words.
std::string html_findings(const Report& report);
std::string html_answers(const Report& report);
std::string html_not_tested(const Report& report);
std::string html_journeys(const Report& report);
std::string html_made(const Report& report);
std::string html_glossary();

/// A word on its colour.
std::string html_chip(std::string_view text, Tone tone);
/// A region that scrolls sideways by itself, reachable with the keyboard.
std::string html_scroll(std::string_view label, std::string_view inner);
/// A table's head: columns with their scope.
std::string html_head(std::initializer_list<std::string_view> columns);
/// Frames of the log: "2000, 2041", "frames 2000, 2041"; the first ones of many.
std::string html_frame_numbers(const std::vector<std::int64_t>& frames);
std::string html_frames(const std::vector<std::int64_t>& frames);

}  // namespace pl::report
