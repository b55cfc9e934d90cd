#pragma once
#include <vector>

#include "report/report.h"

namespace pl::report {

/// Gives every part its layer (customers' side first) and its row within the layer: longest paths from the entry over
/// links that are not set-up, cycles cut at the link that closes them, rows ordered by the mean row of the neighbours
/// (Sugiyama, Tagawa, Toda 1981). Depends on the order of parts and links alone.
void place(std::vector<Part>& parts, const std::vector<Link>& links);

}  // namespace pl::report
