#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

/// Answers to the questions of a checkpoint, a file each: answers_security.cc and its like. A function fills text and
/// state; a question that it cannot answer keeps `not_run` and gets the reason.
namespace pl::checks {

/// Answers it from evidence.
void give(facts::Answer& answer, std::string text, const std::vector<std::int64_t>& evidence);

void answer_single(const facts::Facts& facts, facts::Answer& answer);
void answer_pairs(const facts::Facts& facts, facts::Answer& answer);
void answer_alternative(const facts::Facts& facts, facts::Answer& answer);
void answer_failover(const facts::Facts& facts, facts::Answer& answer);

void answer_network(const facts::Facts& facts, facts::Answer& answer);
void answer_application(const facts::Facts& facts, facts::Answer& answer);
void answer_model(const facts::Facts& facts, facts::Answer& answer);

void answer_fail_open(const facts::Facts& facts, facts::Answer& answer);

void answer_data_stage(const facts::Facts& facts, facts::Answer& answer);
void answer_indices(const facts::Facts& facts, facts::Answer& answer);
void answer_growth(const facts::Facts& facts, facts::Answer& answer);
void answer_easy_buttons(const facts::Facts& facts, facts::Answer& answer);
void answer_sharding(const facts::Facts& facts, facts::Answer& answer);

void answer_backup(const facts::Facts& facts, facts::Answer& answer);
void answer_start(const facts::Facts& facts, facts::Answer& answer);
void answer_infrastructure(const facts::Facts& facts, facts::Answer& answer);
void answer_sight(const facts::Facts& facts, facts::Answer& answer);

void answer_references(const facts::Facts& facts, facts::Answer& answer);
void answer_validation(const facts::Facts& facts, facts::Answer& answer);
void answer_stress(const facts::Facts& facts, facts::Answer& answer);
void answer_pivot(const facts::Facts& facts, facts::Answer& answer);

}  // namespace pl::checks
