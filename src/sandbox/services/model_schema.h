#pragma once
#include "base/json.h"
#include "base/rng.h"

namespace pl::sandbox {

/// A value that a JSON schema allows (JSON Schema 2020-12, as far as structured output and tool parameters use it:
/// type, properties, required, items, enum, const, anyOf, oneOf, allOf, $ref into the document, lengths, bounds,
/// formats; not patterns). The same schema and generator give the same value; recursion ends at limits::kSchemaDepth.
Json value_for_schema(const Json& schema, Rng& rng);

}  // namespace pl::sandbox
