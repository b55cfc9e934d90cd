#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace pl::conf {

/// A header or form field: name and template.
using NameValue = std::pair<std::string, std::string>;

/// What an answer must say for the step to have succeeded. Nothing declared: the status that steady answers have.
struct Expect {
  std::vector<int> status;  ///< Any of these; empty: not checked.
  std::string json;         ///< A path that must exist: `$.id`, `$.choices[0].message`; empty: not checked.
  std::string contains;     ///< Text (a template) that the body must contain; empty: not checked.
};

/// How an acknowledged write is read back later.
struct Verify {
  std::string get;  ///< Path template.
  std::vector<NameValue> headers;
  std::string contains;  ///< Template.
};

/// What a step keeps of its answer: a variable and the JSON path it comes from.
struct Capture {
  std::string name;
  std::string path;
};

/// One request of a journey. Templates know ${user}, ${n} and captured variables.
struct Step {
  enum class Body { none, json, form, text };
  std::string method;  ///< Upper case.
  std::string path;    ///< Template, with query.
  std::vector<NameValue> headers;
  Body body_kind = Body::none;
  Json json;                    ///< Document whose strings are templates; for Body::json.
  std::vector<NameValue> form;  ///< For Body::form.
  std::string text;             ///< For Body::text.
  std::vector<Capture> capture;
  std::optional<Expect> expect;
  std::optional<Verify> verify;
  Ns think = 0;  ///< Pause after the answer.
};

/// Named steps that a customer makes, and how often compared with the others.
struct Journey {
  std::string name;
  double weight = 1;
  std::vector<Step> steps;
};

struct Traffic {
  std::string target;             ///< http://host:port; empty: the application's first listener.
  double rate = 0;                ///< What customers do today, per second; 0: not said.
  std::vector<Journey> journeys;  ///< Empty: discovered by crawling.
};

/// A throw-away service that proofload starts: its name and its options as written.
struct Provide {
  std::string name;  ///< "postgres", "model".
  Json options;
};

struct Slo {
  Ns p99 = 0;                  ///< 0: not declared.
  double errors_percent = -1;  ///< -1: not declared.
  Ns patience = 0;             ///< 0: not declared.
};

/// Which outcomes and findings block: "block", "warn" or "ignore" (with the reason) by check id or outcome word.
struct PolicyRule {
  std::string subject;
  std::string action;
  std::string reason;
};

/// What a vendor says to buyers beside what a run can measure. The report shows it as declared.
struct Vendor {
  std::vector<std::string> references;  ///< Who uses it at scale.
  std::vector<std::string> reviews;     ///< Security evaluations, architecture reviews: by whom and when.
};

/// proofload.yaml, defaults filled in. Plain data, owned by the caller.
struct Config {
  std::string file;              ///< An absolute path; empty where no file was read.
  std::vector<std::string> run;  ///< Argument list; a string is run by /bin/sh -c.
  std::string ready;             ///< URL; empty: the first listener answers.
  Ns ready_timeout = 120 * kSec;
  std::vector<Provide> provide;
  std::map<std::string, std::string>
      names;  ///< Address ("10.0.0.1:5432", "127.0.0.1:5432") to the name it is drawn with.
  Traffic traffic;
  Slo slo;
  std::vector<std::string> egress;  ///< host:port, addresses or networks that may be reached besides loopback.
  std::vector<PolicyRule> policy;
  Vendor vendor;
};

}  // namespace pl::conf
