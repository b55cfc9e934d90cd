#pragma once
#include <cstdint>
#include <string>
#include <string_view>
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
  template <class To>
  static void fields(To&& field) {
    using K = StatementSeen;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("statement", "", &K::statement);
    field("fingerprint", "", &K::fingerprint);
    field("kind", "", &K::kind);
    field("text", "", &K::text);
    field("limited", "", &K::limited);
    field("aggregate", "", &K::aggregate);
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
  template <class To>
  static void fields(To&& field) {
    using K = StatementSecond;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("second", "s", &K::second);
    field("statements", "", &K::statements);
    field("executions", "", &K::executions);
    field("errors", "", &K::errors);
    field("rows", "", &K::rows);
    field("most_rows", "", &K::most_rows);
    field("time", "ns", &K::time);
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
  template <class To>
  static void fields(To&& field) {
    using K = StatementsTraced;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("journey", "", &K::journey);
    field("round", "", &K::round);
    field("statements", "", &K::statements);
    field("executions", "", &K::executions);
    field("rows", "", &K::rows);
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
  template <class To>
  static void fields(To&& field) {
    using K = ParameterProbed;
    field("canary", "", &K::canary);
    field("journey", "", &K::journey);
    field("step", "", &K::step);
    field("target", "", &K::target);
    field("place", "", &K::place);
    field("parameter", "", &K::parameter);
    field("quote", "", &K::quote);
    field("status", "", &K::status);
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
  template <class To>
  static void fields(To&& field) {
    using K = CanarySeen;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("canary", "", &K::canary);
    field("form", "", &K::form);
    field("statement", "", &K::statement);
  }
};

}  // namespace pl::record
