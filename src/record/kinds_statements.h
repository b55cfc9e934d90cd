#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "record/fields.h"
#include "record/observation.h"

/// What the relay sees of database statements. See kinds.h. A flow is named as in FlowSecond: by its owner, or by its
/// process where there is none, and the destination.
namespace pl::record {

/// A statement that succeeded on a flow for the first time. Statements are told apart by their normalised text, which
/// holds no values.
struct StatementSeen {
  std::int64_t pid = 0;
  std::int64_t owner = 0;
  std::string address;
  std::int64_t port = 0;
  std::int64_t statement = 0;  ///< Its number in this run, the same on all flows.
  std::string fingerprint;     ///< The same in all runs.
  std::string kind;            ///< "select", "insert", "transaction" ...: see wire/sql_shape.h.
  std::string text;
  bool limited = false;
  bool aggregate = false;
  static constexpr std::string_view kName = "statement_seen", kDoc = "A database statement, without its values.";
  static constexpr Source kSource = Source::relay;
  static constexpr auto fields() {
    using K = StatementSeen;
    return std::tuple{Field{"pid", "", &K::pid},
                      Field{"owner", "", &K::owner},
                      Field{"address", "", &K::address},
                      Field{"port", "", &K::port},
                      Field{"statement", "", &K::statement},
                      Field{"fingerprint", "", &K::fingerprint},
                      Field{"kind", "", &K::kind},
                      Field{"text", "", &K::text},
                      Field{"limited", "", &K::limited},
                      Field{"aggregate", "", &K::aggregate}};
  }
};

/// What the statements of one flow did in one second. The lists are parallel: a place per statement.
struct StatementSecond {
  std::int64_t pid = 0;
  std::int64_t owner = 0;
  std::string address;
  std::int64_t port = 0;
  std::int64_t second = 0;
  std::vector<std::int64_t> statements;
  std::vector<std::int64_t> executions;  ///< Those that failed included.
  std::vector<std::int64_t> errors;
  std::vector<std::int64_t> rows;       ///< Sent to the program.
  std::vector<std::int64_t> most_rows;  ///< Of one execution.
  std::vector<std::int64_t> time;       ///< From asking to the end, all executions together.
  static constexpr std::string_view kName = "statement_second",
                                    kDoc = "What the statements of one flow did in one second.";
  static constexpr Source kSource = Source::relay;
  static constexpr auto fields() {
    using K = StatementSecond;
    return std::tuple{Field{"pid", "", &K::pid},
                      Field{"owner", "", &K::owner},
                      Field{"address", "", &K::address},
                      Field{"port", "", &K::port},
                      Field{"second", "s", &K::second},
                      Field{"statements", "", &K::statements},
                      Field{"executions", "", &K::executions},
                      Field{"errors", "", &K::errors},
                      Field{"rows", "", &K::rows},
                      Field{"most_rows", "", &K::most_rows},
                      Field{"time", "ns", &K::time}};
  }
};

/// What the statements of one flow did while one journey was made once, alone, by a user whom the journeys share.
struct StatementsTraced {
  std::int64_t pid = 0;
  std::int64_t owner = 0;
  std::string address;
  std::int64_t port = 0;
  std::int64_t journey = 0;
  std::int64_t round = 0;  ///< How often the user had made every journey before.
  std::vector<std::int64_t> statements;
  std::vector<std::int64_t> executions;  ///< That succeeded.
  std::vector<std::int64_t> rows;
  static constexpr std::string_view kName = "statements_traced", kDoc = "The statements of one journey made once.";
  static constexpr Source kSource = Source::relay;
  static constexpr auto fields() {
    using K = StatementsTraced;
    return std::tuple{Field{"pid", "", &K::pid},
                      Field{"owner", "", &K::owner},
                      Field{"address", "", &K::address},
                      Field{"port", "", &K::port},
                      Field{"journey", "", &K::journey},
                      Field{"round", "", &K::round},
                      Field{"statements", "", &K::statements},
                      Field{"executions", "", &K::executions},
                      Field{"rows", "", &K::rows}};
  }
};

/// A parameter of a step was given a value that is nowhere else, to see where it comes out.
struct ParameterProbed {
  std::int64_t canary = 0;  ///< Number of the value.
  std::int64_t journey = 0;
  std::int64_t step = 0;
  std::string target;     ///< Method and template as declared.
  std::string place;      ///< "body", "query" or "path".
  std::string parameter;  ///< Its name or path: "q", "filter.name", "segment 3".
  bool quote = false;     ///< A quotation mark stood behind the value.
  std::int64_t status = 0;
  static constexpr std::string_view kName = "parameter_probed",
                                    kDoc = "A parameter was given a value that is nowhere else.";
  static constexpr Source kSource = Source::scan;
  static constexpr auto fields() {
    using K = ParameterProbed;
    return std::tuple{Field{"canary", "", &K::canary}, Field{"journey", "", &K::journey},
                      Field{"step", "", &K::step},     Field{"target", "", &K::target},
                      Field{"place", "", &K::place},   Field{"parameter", "", &K::parameter},
                      Field{"quote", "", &K::quote},   Field{"status", "", &K::status}};
  }
};

/// Such a value came out on the way to a database. The value itself is not told.
struct CanarySeen {
  std::int64_t pid = 0;
  std::int64_t owner = 0;
  std::string address;
  std::int64_t port = 0;
  std::int64_t canary = 0;
  /// "raw": in a statement's text, its quotation mark as it was sent; "escaped": there, the mark doubled or behind a
  /// backslash; "text": there, without the mark; "bound": among bound values.
  std::string form;
  std::int64_t statement = -1;  ///< Where the text could be read; -1 else.
  static constexpr std::string_view kName = "canary_seen", kDoc = "A probed value came out on the way to a database.";
  static constexpr Source kSource = Source::relay;
  static constexpr auto fields() {
    using K = CanarySeen;
    return std::tuple{Field{"pid", "", &K::pid},
                      Field{"owner", "", &K::owner},
                      Field{"address", "", &K::address},
                      Field{"port", "", &K::port},
                      Field{"canary", "", &K::canary},
                      Field{"form", "", &K::form},
                      Field{"statement", "", &K::statement}};
  }
};

}  // namespace pl::record
