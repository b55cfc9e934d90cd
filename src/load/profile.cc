#include "load/profile.h"

#include <algorithm>

#include "base/limits.h"

namespace pl::load {
namespace {

constexpr int kUnauthorized = 401;
constexpr std::int64_t kUsualPercent = 5;  ///< Of the samples: an answer that is usual beside the commonest.

void count_all(std::map<std::string, std::int64_t>& counts, const TextSet& texts) {
  for (const std::string& text : texts) {
    const auto found = counts.find(text);
    if (found != counts.end()) {
      ++found->second;
    } else if (counts.size() < limits::kAnswerFeatures) {
      counts.emplace(text, 1);
    }
  }
}

/// Those that at least 95 % of the answers had.
TextSet usual(const std::map<std::string, std::int64_t>& counts, std::int64_t answers) {
  TextSet out;
  for (const auto& [text, count] : counts) {
    if (count * 100 >= answers * 95) out.insert(text);
  }
  return out;
}

int percent_present(const TextSet& wanted, const TextSet& seen) {
  if (wanted.empty()) return 100;
  const auto present = std::ranges::count_if(wanted, [&](const std::string& text) { return seen.contains(text); });
  return static_cast<int>(present * 100 / static_cast<std::ptrdiff_t>(wanted.size()));
}

bool none_of(const TextSet& usual, const TextSet& seen) {
  return std::ranges::none_of(usual, [&](const std::string& path) { return seen.contains(path); });
}

bool nothing_left(const AnswerProfile& profile, const Features& features) {
  if (profile.hollow) return false;
  if (features.hollow) return true;
  if (!profile.filled.empty()) return none_of(profile.filled, features.filled);
  return !profile.envelopes.empty() && none_of(profile.envelopes, features.envelopes);
}

}  // namespace

const AnswerProfile& AnswerProfile::of(int of_status, std::string_view of_media) const {
  const auto found = std::ranges::find_if(
      others, [&](const AnswerProfile& other) { return other.status == of_status && other.media == of_media; });
  return found == others.end() ? *this : *found;
}

bool AnswerProfile::usual_status(int of_status) const {
  return status == of_status ||
         std::ranges::any_of(others, [&](const AnswerProfile& other) { return other.status == of_status; });
}

Likeness compare(const AnswerProfile& profile, const AnswerSeen& seen) {
  Likeness likeness;
  likeness.same_kind = seen.status == profile.status && seen.media == profile.media;
  // Of an answer that is kept in part there are words, of a whole one key paths: they cannot be compared.
  const bool comparable = seen.cut == profile.cut;
  if (comparable) likeness.match = percent_present(profile.parts, seen.features.parts);
  if (leads_elsewhere(profile.parts, seen.features.parts)) likeness.match = 0;
  likeness.session_lost = seen.status == kUnauthorized && !profile.unauthorized;
  const bool success = seen.status >= 200 && seen.status < 300;
  likeness.empty = success && comparable && nothing_left(profile, seen.features);
  const auto fresh = std::ranges::find_if(seen.features.error_words,
                                          [&](const std::string& word) { return !profile.error_words.contains(word); });
  if (fresh != seen.features.error_words.end()) likeness.error_word = *fresh;
  likeness.unfinished = seen.stream && profile.stream_done && !seen.stream_done && !seen.stream_error;
  return likeness;
}

void ProfileLearner::add(const AnswerSeen& seen) {
  ++samples_;
  const std::pair key{seen.status, seen.media};
  if (!groups_.contains(key) && groups_.size() >= limits::kAnswerKinds) return;
  Group& group = groups_[key];
  ++group.count;
  group.hollow += seen.features.hollow ? 1 : 0;
  group.stream_done += seen.stream_done ? 1 : 0;
  group.cut += seen.cut ? 1 : 0;
  count_all(group.parts, seen.features.parts);
  count_all(group.envelopes, seen.features.envelopes);
  count_all(group.filled, seen.stream ? seen.features.flowing : seen.features.filled);
  for (const std::string& word : seen.features.error_words) {
    if (group.error_words.size() < limits::kAnswerFeatures) group.error_words.insert(word);
  }
}

AnswerProfile ProfileLearner::profile_of(const Kind& kind, const Group& group) const {
  AnswerProfile profile;
  profile.samples = samples_;
  profile.status = kind.first;
  profile.media = kind.second;
  profile.stable_percent = static_cast<int>(group.count * 100 / samples_);
  profile.parts = usual(group.parts, group.count);
  profile.filled = usual(group.filled, group.count);
  profile.envelopes = usual(group.envelopes, group.count);
  profile.error_words = group.error_words;
  profile.hollow = group.hollow * 100 > group.count * 5;
  profile.unauthorized =
      std::ranges::any_of(groups_, [](const auto& entry) { return entry.first.first == kUnauthorized; });
  profile.cut = group.cut * 2 > group.count;
  profile.stream_done = group.stream_done * 100 >= group.count * 95;
  return profile;
}

std::optional<AnswerProfile> ProfileLearner::learn(std::span<const int> good) const {
  if (samples_ < limits::kProfileSamples || groups_.empty()) return std::nullopt;
  const auto most = std::ranges::max_element(groups_, {}, [](const auto& entry) { return entry.second.count; });
  AnswerProfile profile = profile_of(most->first, most->second);
  for (const auto& [kind, group] : groups_) {
    const bool declared = std::ranges::find(good, kind.first) != good.end();
    const bool usual = group.count * 100 >= samples_ * kUsualPercent;
    if (kind == most->first || !usual || !(declared || (kind.first >= 200 && kind.first < 400))) continue;
    profile.others.push_back(profile_of(kind, group));
  }
  return profile;
}

}  // namespace pl::load
