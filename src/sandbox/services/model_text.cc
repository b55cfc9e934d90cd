#include "sandbox/services/model_text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "base/sha256.h"

namespace pl::sandbox {
namespace {

constexpr std::string_view kWords[] = {
    "about",    "answer",   "area",     "balance", "because", "before",  "better",    "between", "bridge",    "builds",
    "careful",  "certain",  "change",   "choice",  "clear",   "common",  "consider",  "cost",    "could",     "detail",
    "early",    "easy",     "effort",   "enough",  "example", "fair",    "first",     "follow",  "friends",   "garden",
    "general",  "gives",    "good",     "ground",  "happens", "helpful", "house",     "however", "important", "keeps",
    "kind",     "large",    "later",    "learn",   "less",    "light",   "likely",    "little",  "longer",    "makes",
    "matter",   "means",    "might",    "moment",  "most",    "moving",  "needs",     "never",   "notice",    "number",
    "often",    "order",    "other",    "paper",   "part",    "people",  "place",     "plain",   "plan",      "point",
    "possible", "practice", "question", "quick",   "rather",  "reason",  "remember",  "result",  "river",     "room",
    "seems",    "several",  "shape",    "short",   "simple",  "small",   "sometimes", "start",   "steady",    "step",
    "still",    "story",    "strong",   "things",  "think",   "time",    "together",  "travel",  "useful",    "water",
    "while",    "with",     "without",  "work",    "world",   "worth",   "year",      "young"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Calls `each` with every run of ASCII letters and digits, at most limits::kModelWords of them.
template <class Each>
void for_each_word(std::string_view text, Each each) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size() && count < limits::kModelWords;) {
    std::size_t end = at;
    while (end < text.size() && (is_letter(text[end]) || (text[end] >= '0' && text[end] <= '9'))) ++end;
    if (end > at) {
      each(text.substr(at, end - at));
      ++count;
    }
    at = std::max(end, at + 1);
  }
}

std::vector<std::string> subjects_of(std::string_view question) {
  std::vector<std::string> out;
  for_each_word(question, [&](std::string_view word) {
    if (word.size() >= 5 && word.size() <= 20 && std::ranges::all_of(word, is_letter)) out.emplace_back(word);
  });
  return out;
}

std::uint64_t word_seed(std::string_view word, std::uint64_t seed) {
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  const Digest digest = sha256(lower);
  std::uint64_t out;
  std::memcpy(&out, digest.data(), sizeof out);
  return out ^ seed;
}

/// The lower-case letters and digits behind the words that ask for something.
std::string token_behind(std::string_view prompt, std::string_view asks) {
  constexpr std::size_t kLongest = 32;
  const std::size_t at = prompt.find(asks);
  if (at == std::string_view::npos) return {};
  std::string token;
  for (const char c : prompt.substr(at + asks.size())) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain || token.size() >= kLongest) break;
    token += c;
  }
  return token;
}

}  // namespace

std::string_view plain_word(Rng& rng) { return kWords[rng.below(std::size(kWords))]; }

std::string plain_answer(std::string_view question, std::int64_t tokens, Rng& rng) {
  const std::vector<std::string> subjects = subjects_of(question);
  std::string out;
  std::int64_t left_in_sentence = 0;
  for (std::int64_t i = 0; i < tokens; ++i) {
    const bool begins = left_in_sentence == 0;
    if (begins) left_in_sentence = 6 + static_cast<std::int64_t>(rng.below(8));
    std::string word(plain_word(rng));
    if (!subjects.empty() && rng.below(8) == 0) word = subjects[rng.below(subjects.size())];
    if (begins && word[0] >= 'a') word[0] = static_cast<char>(word[0] - 32);
    if (i > 0) out += ' ';
    out += word;
    if (--left_in_sentence == 0 || i + 1 == tokens) {
      out += '.';
      left_in_sentence = 0;
    }
  }
  return out;
}

std::string asked_markup(std::string_view prompt) {
  const std::string token = token_behind(prompt, "pl-markup-");
  return token.empty() ? token : "<b data-pl=\"" + token + "\">" + token + "</b>";
}

std::string asked_count(std::string_view prompt) { return token_behind(prompt, "pl-count-"); }

std::vector<std::string> token_pieces(std::string_view text) {
  constexpr std::size_t kLongest = 9;
  std::vector<std::string> out;
  std::string piece;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool continues = (text[i] & 0xC0) == 0x80;
    const bool space = text[i] == ' ' && !piece.empty() && piece.back() != ' ';
    if (!continues && (space || piece.size() >= kLongest)) out.push_back(std::exchange(piece, {}));
    piece += text[i];
  }
  if (!piece.empty()) out.push_back(piece);
  return out;
}

std::int64_t estimated_tokens(std::string_view text) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>((text.size() + 3) / 4));
}

std::vector<float> text_embedding(std::string_view text, std::size_t dimensions, std::uint64_t seed) {
  std::vector<double> sum(dimensions, 0);
  const auto add = [&](std::string_view word) {
    Rng rng(word_seed(word, seed));
    for (double& value : sum) value += rng.uniform() - 0.5;
  };
  add("");  // never a vector of zeros
  for_each_word(text, add);
  double square = 0;
  for (const double value : sum) square += value * value;
  std::vector<float> out;
  for (const double value : sum) out.push_back(static_cast<float>(value / std::sqrt(square)));
  return out;
}

}  // namespace pl::sandbox
