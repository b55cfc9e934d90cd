#pragma once
#include <string>

#include "record/observation.h"

namespace pl::record {

/// An observation as one line of text without line end: seconds since the run began, source, kind, then its fields with
/// their units. Control characters are shown escaped; long texts (histograms) are cut. For `proofload log RUN`.
std::string print_observation(const Observation& observation);

}  // namespace pl::record
