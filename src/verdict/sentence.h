#pragma once
#include <string>
#include <vector>

#include "facts/finding.h"

namespace pl::verdict {

/// What a finding means in words that need no engineer: "When the database stalls, every customer waits until it is
/// back (31.8 s seen)". Without a full stop, and without code marks. The finding's own title where there is no plainer
/// way to say it.
std::string plain_words(const facts::Facts& facts, const facts::Finding& finding);

/// The one sentence of a run with blocking findings: the first of them in plain words, and how many more there are.
/// Findings are the policy's, most severe first; empty where none blocks.
std::string worst_sentence(const facts::Facts& facts, const std::vector<facts::Finding>& findings);

}  // namespace pl::verdict
