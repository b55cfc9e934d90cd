#pragma once
#include "facts/facts.h"
#include "report/report.h"
#include "verdict/verdict.h"

namespace pl::report {

/// Facts and verdict made by hand for the tests of the writers: components, edges, journeys and experiments with every
/// outcome. `hostile` puts markup, controls and broken UTF-8 into everything that the subject says.
struct Sample {
  facts::Facts facts;
  verdict::Verdict verdict;
  Inputs inputs;
};
Sample sample(bool hostile = false);

}  // namespace pl::report
