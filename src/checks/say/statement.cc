#include "checks/say/statement.h"

#include "base/text.h"

namespace pl::checks {
namespace {

constexpr std::size_t kText = 160;  ///< Bytes of a statement in a sentence.

}  // namespace

std::string text_of(const facts::Statement& statement) {
  const std::string& text = statement.seen.text;
  return text.size() <= kText ? text : std::string(beginning(text, kText)) + "...";
}

std::string edge_name(const facts::Facts& facts, std::int64_t edge) {
  const bool known = edge >= 0 && edge < static_cast<std::int64_t>(facts.topology.edges.size());
  const std::string name = known ? facts.topology.edges[static_cast<std::size_t>(edge)].name : "";
  return name.empty() ? "the database" : name;
}

}  // namespace pl::checks
