#include "checks/data/indices.h"

#include <algorithm>
#include <string>

namespace pl::checks {
namespace {

/// The words of a column definition ("lower(name) text_ops": lower, name, text_ops).
std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : text + " ") {
    const bool part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c < 0;
    if (part) word += c;
    if (part || word.empty()) continue;
    out.push_back(std::move(word));
    word.clear();
  }
  return out;
}

/// Some statement of the run asks for one of these columns; one without a plan is believed to ask for all it names.
bool asked(const facts::Facts& facts, const std::string& table, const std::vector<std::string>& columns) {
  for (const auto& plan : facts.plans) {
    for (const std::string& column : columns) {
      const auto& list = plan.value.asked;
      if (std::find(list.begin(), list.end(), table + "." + column) != list.end()) return true;
    }
    if (plan.value.failed.empty()) continue;
    for (const auto& seen : facts.timed_statements) {
      if (seen.value.statement != plan.value.statement) continue;
      const std::vector<std::string> named = words(seen.value.text);
      for (const std::string& column : columns) {
        if (std::find(named.begin(), named.end(), column) != named.end()) return true;
      }
    }
  }
  return false;
}

bool serves_reference(const facts::Facts& facts, const std::string& table, const std::vector<std::string>& columns) {
  return std::any_of(facts.foreign_keys.begin(), facts.foreign_keys.end(), [&](const auto& seen) {
    if (seen.value.table != table) return false;
    return std::any_of(seen.value.columns.begin(), seen.value.columns.end(), [&](const std::string& column) {
      return std::find(columns.begin(), columns.end(), column) != columns.end();
    });
  });
}

bool begins_alike(const record::IndexSeen& index, const record::IndexSeen& longer) {
  return index.table == longer.table && index.method == longer.method && index.predicate == longer.predicate &&
         index.method == "btree" && !index.columns.empty() && index.columns.size() <= longer.columns.size() &&
         std::equal(index.columns.begin(), index.columns.end(), longer.columns.begin());
}

}  // namespace

std::vector<const SeenIndex*> unused_indices(const facts::Facts& facts) {
  std::vector<const SeenIndex*> unused;
  for (const SeenIndex& seen : facts.indices) {
    const record::IndexSeen& index = seen.value;
    if (index.unique || index.scans > 0 || index.columns.empty()) continue;
    const std::vector<std::string> columns = words(index.columns[0]);
    if (asked(facts, index.table, columns) || serves_reference(facts, index.table, columns)) continue;
    unused.push_back(&seen);
  }
  return unused;
}

std::vector<std::pair<const SeenIndex*, const SeenIndex*>> doubled_indices(const facts::Facts& facts) {
  std::vector<std::pair<const SeenIndex*, const SeenIndex*>> doubled;
  for (const SeenIndex& seen : facts.indices) {
    if (seen.value.unique) continue;
    for (const SeenIndex& other : facts.indices) {
      if (&other == &seen || !begins_alike(seen.value, other.value)) continue;
      // Of two that are the same one stays.
      const bool same = seen.value.columns.size() == other.value.columns.size() && !other.value.unique;
      if (same && &other > &seen) continue;
      doubled.emplace_back(&seen, &other);
      break;
    }
  }
  return doubled;
}

}  // namespace pl::checks
