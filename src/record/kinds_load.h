#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "record/fields.h"
#include "record/observation.h"

/// What the load generator sees. See kinds.h.
namespace pl::record {

/// A journey that customers make; ids are dense and in the order of declaration.
struct JourneyDeclared {
  std::int64_t id = 0;
  std::string name;
  std::vector<std::string> steps;  ///< "POST /login", "GET /": method and template.
  double weight = 1;
  bool crawled = false;   ///< Found by crawling, not declared.
  bool health = false;    ///< A health endpoint by its path or name.
  bool live = false;      ///< Its name says live or ping: must stay good.
  bool verifies = false;  ///< Has a `verify`: its writes are read back.
  static constexpr std::string_view kName = "journey_declared", kDoc = "A journey that customers make.";
  static constexpr Source kSource = Source::load;
  template <class To>
  static void fields(To&& field) {
    using K = JourneyDeclared;
    field("id", "", &K::id);
    field("name", "", &K::name);
    field("steps", "", &K::steps);
    field("weight", "", &K::weight);
    field("crawled", "", &K::crawled);
    field("health", "", &K::health);
    field("live", "", &K::live);
    field("verifies", "", &K::verifies);
  }
};

/// What the steady answers of a journey had in common, learned from at least 30 of them.
struct AnswerProfiled {
  std::int64_t journey = 0;
  std::int64_t samples = 0;
  std::int64_t status = 0;
  std::string media;
  std::int64_t features = 0;        ///< JSON key paths or words that 95 % of the answers had.
  std::int64_t stable_percent = 0;  ///< Share of the samples with that status and media type.
  std::vector<std::int64_t> also;   ///< Statuses of other answers that are usual and good.
  static constexpr std::string_view kName = "answer_profiled", kDoc = "What a journey's steady answers had in common.";
  static constexpr Source kSource = Source::load;
  template <class To>
  static void fields(To&& field) {
    using K = AnswerProfiled;
    field("journey", "", &K::journey);
    field("samples", "", &K::samples);
    field("status", "", &K::status);
    field("media", "", &K::media);
    field("features", "", &K::features);
    field("stable_percent", "%", &K::stable_percent);
    field("also", "", &K::also);
  }
};

/// How one iteration of a journey ended.
enum class End : std::uint8_t {
  complete,  ///< The answer arrived whole.
  refused,   ///< The connection was refused.
  reset,     ///< The connection was reset.
  dropped,   ///< The connection was closed before the answer was whole.
  open,      ///< Still waiting when observation stopped: `done` is that moment.
  broken,    ///< The answer was not HTTP.
};

/// One iteration of a journey, judged by the step that decided it: the last one, or the first that went wrong.
/// Written when it ended, so `at` is `done`; an iteration that is never answered is written as `open` at removal of the
/// load.
struct Iteration {
  std::int64_t journey = 0;
  std::int64_t number = 0;  ///< Dense per run.
  std::int64_t user = 0;
  std::int64_t step = 0;  ///< The step that decided it.
  Ns intended = 0;        ///< When the schedule wanted it.
  Ns taken = 0;           ///< When the generator took it up.
  Ns sent = 0;            ///< When its first request was written.
  Ns done = 0;            ///< When its last answer was whole, or when it ended otherwise.
  End end = End::complete;
  std::int64_t status = 0;   ///< Of the deciding step; 0 without an answer.
  std::string media;         ///< Only where it differs from the profile's.
  std::int64_t match = 100;  ///< Percent of the profile's features that the answer has; 100 before there is one.
  bool expected = true;      ///< `expect:` held (steady status where none is declared).
  bool empty = false;        ///< A body where steady answers have data, but with none left.
  std::string error_word;    ///< An error key or word that no steady answer had.
  bool retry_after = false;
  bool stream = false;        ///< An event stream that had begun.
  bool stream_error = false;  ///< It ended with an explicit error event.
  Ns last_gap = 0;            ///< Longest time between two events of the stream, its start and its end included.
  bool session_lost = false;  ///< 401 where the steady state has none; the user logs in anew.
  std::int64_t bytes = 0;     ///< Of the deciding answer's body.
  std::string token;          ///< Of an acknowledged write that will be read back.
  std::string said;           ///< Start of an answer that is not the same, at most 200 bytes; kept for some.
  static constexpr std::string_view kName = "iteration", kDoc = "One iteration of a journey and what its answer said.";
  static constexpr Source kSource = Source::load;
  template <class To>
  static void fields(To&& field) {
    using K = Iteration;
    field("journey", "", &K::journey);
    field("number", "", &K::number);
    field("user", "", &K::user);
    field("step", "", &K::step);
    field("intended", "ns", &K::intended);
    field("taken", "ns", &K::taken);
    field("sent", "ns", &K::sent);
    field("done", "ns", &K::done);
    field("end", "", &K::end);
    field("status", "", &K::status);
    field("media", "", &K::media);
    field("match", "%", &K::match);
    field("expected", "", &K::expected);
    field("empty", "", &K::empty);
    field("error_word", "", &K::error_word);
    field("retry_after", "", &K::retry_after);
    field("stream", "", &K::stream);
    field("stream_error", "", &K::stream_error);
    field("last_gap", "ns", &K::last_gap);
    field("session_lost", "", &K::session_lost);
    field("bytes", "bytes", &K::bytes);
    field("token", "", &K::token);
    field("said", "", &K::said);
  }
};

/// A steady period of load: a solo run of one journey, or all together.
struct LoadPeriod {
  std::string purpose;        ///< "warm-up", "solo", "steady" or "campaign".
  std::int64_t journey = -1;  ///< The only journey, or -1 for all together.
  Ns from = 0;
  Ns to = 0;
  double rate = 0;  ///< Iterations per second and journey.
  static constexpr std::string_view kName = "load_period", kDoc = "A period of constant load.";
  static constexpr Source kSource = Source::load;
  template <class To>
  static void fields(To&& field) {
    using K = LoadPeriod;
    field("purpose", "", &K::purpose);
    field("journey", "", &K::journey);
    field("from", "ns", &K::from);
    field("to", "ns", &K::to);
    field("rate", "1/s", &K::rate);
  }
};

/// The generator's own health in one second; void seconds decide nothing.
struct GeneratorSecond {
  std::int64_t second = 0;
  std::int64_t started = 0;  ///< Iterations taken up.
  Ns lateness_p99 = 0;       ///< Taken up minus intended.
  bool is_void = false;      ///< The generator fell behind.
  static constexpr std::string_view kName = "generator_second", kDoc = "The load generator's own health in one second.";
  static constexpr Source kSource = Source::load;
  template <class To>
  static void fields(To&& field) {
    using K = GeneratorSecond;
    field("second", "s", &K::second);
    field("started", "", &K::started);
    field("lateness_p99", "ns", &K::lateness_p99);
    field("void", "", &K::is_void);
  }
};

/// The machine stood still for us: a watchdog that sleeps 10 ms woke more than 50 ms late.
struct MachineStalled {
  Ns from = 0;
  Ns to = 0;
  std::int64_t core = 0;
  static constexpr std::string_view kName = "machine_stalled", kDoc = "A watchdog woke more than 50 ms late.";
  static constexpr Source kSource = Source::load;
  template <class To>
  static void fields(To&& field) {
    using K = MachineStalled;
    field("from", "ns", &K::from);
    field("to", "ns", &K::to);
    field("core", "", &K::core);
  }
};

/// An acknowledged write was read back.
struct WriteChecked {
  std::int64_t journey = 0;
  std::string token;
  Ns acknowledged = 0;
  std::string result;    ///< "found", "missing", "doubled" or "not readable".
  std::string occasion;  ///< "steady" (the pair is proved) or the key of the experiment it followed; "end".
  static constexpr std::string_view kName = "write_checked", kDoc = "An acknowledged write was read back.";
  static constexpr Source kSource = Source::load;
  template <class To>
  static void fields(To&& field) {
    using K = WriteChecked;
    field("journey", "", &K::journey);
    field("token", "", &K::token);
    field("acknowledged", "ns", &K::acknowledged);
    field("result", "", &K::result);
    field("occasion", "", &K::occasion);
  }
};

}  // namespace pl::record
