#pragma once
#include "base/json.h"

namespace pl::record {

/// The payload of a kind's struct; fields at their default are left out, so that common observations stay small.
/// Defined once for every kind, in kinds.cc.
template <class Kind>
Json encode(const Kind& kind);

/// The struct of a payload; a field that is absent or of another type keeps its default. Defined in kinds.cc.
template <class Kind>
Kind decode(const Json& payload);

}  // namespace pl::record
