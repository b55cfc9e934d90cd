#include "data/plan.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "data/condition.h"

namespace pl::data {
namespace {

constexpr int kDepth = 100;  ///< Nodes above each other that are read.
constexpr const char* kConditions[] = {"Index Cond", "Recheck Cond", "Filter",   "Hash Cond",
                                       "Merge Cond", "Join Filter",  "TID Cond", "Order By"};
constexpr const char* kJoins[] = {"Hash Cond", "Merge Cond", "Join Filter"};

void add(std::vector<std::string>& list, const std::string& word) {
  if (std::ranges::find(list, word) == list.end()) list.push_back(word);
}

bool one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& first_columns) : first_columns_(first_columns) {}

  Plan read(const Json& root) {
    collect(root, 0);
    find_unserved(root, false, 0);
    return std::move(plan_);
  }

 private:
  /// Tables by alias, and all conditions.
  void collect(const Json& node, int depth) {
    if (depth > kDepth) return;
    const std::string& relation = node["Relation Name"].as_string();
    const std::string& schema = node["Schema"].as_string();
    if (!relation.empty() && schema != "pg_catalog" && schema != "information_schema") {
      const std::string table = schema.empty() || schema == "public" ? relation : schema + "." + relation;
      tables_[node["Alias"].as_string()] = table;
      add(plan_.tables, table);
    }
    // Conditions name tables of nodes further down, so those come first.
    for (const Json& below : node["Plans"].items()) collect(below, depth + 1);
    for (const char* key : kConditions) note_condition(node[key].as_string());
    for (const char* key : kJoins) {
      if (node.has(key)) joins_.push_back(read_condition(node[key].as_string()));
    }
    for (const char* key : {"Sort Key", "Group Key"}) {
      for (const Json& one : node[key].items()) note_columns(one.as_string());
    }
  }

  void note_columns(const std::string& text) {
    for (const ColumnName& name : columns_of(text)) {
      const auto table = tables_.find(name.alias);
      if (table != tables_.end()) add(plan_.asked, table->second + "." + name.column);
    }
  }

  void note_condition(const std::string& text) {
    note_columns(text);
    restricted_ = restricted_ || text.find('$') != text.npos;
    for (const Term& term : read_condition(text).all) {
      const auto table = tables_.find(term.alias);
      if (term.kind != Term::Kind::equal || table == tables_.end()) continue;
      add(plan_.equal, table->second + "." + term.column);
    }
  }

  /// `limited`: a LIMIT above ends this node's work as soon as it has enough.
  void find_unserved(const Json& node, bool limited, int depth) {
    if (depth > kDepth) return;
    const std::string& type = node["Node Type"].as_string();
    if (type == "Limit") limited = true;
    // These read everything below them before they give a row.
    if (one_of(type, {"Sort", "Aggregate", "Hash", "ModifyTable", "SetOp", "WindowAgg"})) limited = false;
    const bool scan = one_of(type, {"Seq Scan", "Index Scan", "Index Only Scan"});
    if (scan && !begins_index(node)) look_at(node, node["Index Cond"].as_string(), limited);
    const Json& only = node["Plans"].at(0);
    const bool bitmap = type == "Bitmap Heap Scan" && only["Node Type"].as_string() == "Bitmap Index Scan";
    if (bitmap && !begins_index(only)) look_at(node, only["Index Cond"].as_string(), limited);
    for (const Json& below : node["Plans"].items()) {
      const bool own_work = one_of(below["Parent Relationship"].as_string(), {"SubPlan", "InitPlan"});
      find_unserved(below, limited && !own_work, depth + 1);
    }
  }

  /// The node has an index condition that leads to a place of the index.
  bool begins_index(const Json& node) const {
    if (!node.has("Index Cond")) return false;
    const auto first = first_columns_.find(node["Index Name"].as_string());
    if (first == first_columns_.end()) return true;
    const std::vector<ColumnName> names = columns_of(node["Index Cond"].as_string());
    return std::ranges::any_of(names, [&](const ColumnName& name) { return name.column == first->second; });
  }

  void look_at(const Json& node, const std::string& passed_over, bool limited) {
    const std::string& alias = node["Alias"].as_string();
    const auto table = tables_.find(alias);
    if (table == tables_.end()) return;
    Scan scan{.table = table->second, .limited = limited};
    const Condition filter = read_condition(node["Filter"].as_string());
    for (const Term& term : read_condition(passed_over).all) put(scan, term, alias);
    for (const Term& term : filter.all) put(scan, term, alias);
    if (empty(scan)) {
      for (const Term& term : filter.either) put(scan, term, alias);
      scan.either = !empty(scan);
    }
    if (empty(scan) && restricted_) {
      for (const Condition& join : joins_) {
        for (const Term& term : join.all) put_joined(scan, term, alias);
      }
      scan.joined = !empty(scan);
    }
    if (!empty(scan)) plan_.unserved.push_back(std::move(scan));
  }

  static bool empty(const Scan& scan) { return scan.equal.empty() && scan.range.empty() && scan.pattern.empty(); }

  static void put(Scan& scan, const Term& term, const std::string& alias) {
    if (term.alias != alias) return;
    add(term.kind == Term::Kind::equal   ? scan.equal
        : term.kind == Term::Kind::range ? scan.range
                                         : scan.pattern,
        term.column);
  }

  /// Of a comparison of two tables the column that is this one's, on whichever side it stands.
  static void put_joined(Scan& scan, const Term& term, const std::string& alias) {
    if (term.kind != Term::Kind::equal) return;
    if (term.alias == alias) add(scan.equal, term.column);
    for (const ColumnName& name : columns_of(term.other)) {
      if (name.alias == alias) add(scan.equal, name.column);
    }
  }

  const std::map<std::string, std::string>& first_columns_;
  std::map<std::string, std::string> tables_;  ///< By alias.
  std::vector<Condition> joins_;
  bool restricted_ = false;  ///< Some condition has a parameter.
  Plan plan_;
};

}  // namespace

Plan read_plan(const Json& explained, const std::map<std::string, std::string>& first_columns) {
  return Reader(first_columns).read(explained.at(0)["Plan"]);
}

}  // namespace pl::data
