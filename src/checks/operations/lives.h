#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pl::checks {

/// Until when a release line is kept up to date by who makes it.
struct Life {
  std::string_view product;  ///< As announced: "PostgreSQL".
  std::string_view line;     ///< The version begins with it: "13", "10.5".
  std::string_view until;    ///< "2025-11-13".
};

/// The row of a version; nothing where the product or the line is not in the table.
std::optional<Life> life_of(std::string_view product, std::string_view version);
/// Who says so: the maker's own page, as a name without a scheme. Empty for a product that is not in the table.
std::string_view life_source(std::string_view product);
/// Which kind of managed service takes a self-run product over; empty where none is usual.
std::string_view managed_kind(std::string_view product);

}  // namespace pl::checks
