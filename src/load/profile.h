#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "load/features.h"

namespace pl::load {

/// What is compared of one whole answer.
struct AnswerSeen {
  int status = 0;
  std::string media;
  Features features;
  bool stream = false;
  bool stream_done = false;
  bool stream_error = false;
  bool cut = false;  ///< Longer than what is kept.
};

/// What the steady answers of one step had in common (DESIGN 9, "same answer").
struct AnswerProfile {
  std::int64_t samples = 0;
  int status = 0;  ///< Of most samples, as is `media`.
  std::string media;
  int stable_percent = 0;     ///< Share of the samples with both.
  TextSet parts;              ///< That 95 % of those answers had.
  TextSet filled;             ///< Arrays that had elements in 95 % of them; of streams, the texts that flowed.
  TextSet envelopes;          ///< Features::envelopes of 95 % of them.
  TextSet error_words;        ///< That any of them had: not signs of an error here.
  bool hollow = false;        ///< More than 5 % were hollow: emptiness says nothing.
  bool unauthorized = false;  ///< 401 is usual here.
  bool cut = false;           ///< Most were longer than what is kept.
  bool stream_done = false;   ///< Streams end with a final event.
  /// Other answers that are usual and good: 5 % of the samples or more, 2xx, 3xx, or a status that was declared as
  /// good.
  std::vector<AnswerProfile> others;

  /// The profile of answers with this status and media type; the commonest where there is none.
  const AnswerProfile& of(int of_status, std::string_view of_media) const;
  bool usual_status(int of_status) const;
};

/// What an answer is against the profile.
struct Likeness {
  int match = 100;        ///< Percent of the profile's features that it has.
  bool same_kind = true;  ///< Steady status and media type.
  bool empty = false;
  std::string error_word;  ///< The first that no steady answer had.
  bool session_lost = false;
  bool unfinished = false;  ///< A stream without the final event that steady ones have, and without an error.
};

/// Compares an answer with a profile.
Likeness compare(const AnswerProfile& profile, const AnswerSeen& seen);

/// Counts what answers have until a profile is learned from them. Memory is bounded by limits::kAnswerFeatures and
/// limits::kAnswerKinds.
class ProfileLearner {
 public:
  void add(const AnswerSeen& seen);
  std::int64_t samples() const { return samples_; }
  /// Nothing below limits::kProfileSamples answers. `good`: statuses that the configuration declares as good.
  std::optional<AnswerProfile> learn(std::span<const int> good = {}) const;

 private:
  struct Group {
    std::int64_t count = 0, hollow = 0, stream_done = 0, cut = 0;
    std::map<std::string, std::int64_t> parts, filled, envelopes;
    TextSet error_words;
  };
  using Kind = std::pair<int, std::string>;  ///< Status and media type.
  AnswerProfile profile_of(const Kind& kind, const Group& group) const;

  std::int64_t samples_ = 0;
  std::map<Kind, Group> groups_;
};

}  // namespace pl::load
