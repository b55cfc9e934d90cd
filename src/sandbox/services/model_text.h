#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"

/// What the built-in model says: plain words, the same for the same seed and question.
namespace pl::sandbox {

/// A plain English word.
std::string_view plain_word(Rng& rng);
/// Sentences of about that many tokens, on the words of the question that are long enough to be its subject.
std::string plain_answer(std::string_view question, std::int64_t tokens, Rng& rng);
/// Harmless markup for a prompt that holds "pl-markup-" and a token of lower-case letters and digits: the element
/// `<b data-pl="token">token</b>`. It asks what an application does with markup that a model answers. Empty otherwise.
std::string asked_markup(std::string_view prompt);
/// The token of a prompt that holds "pl-count-" and such a token: who asks so is told in a few words how many messages
/// came with the question, and what limit is set on the answer (scan/model_count.h reads it). Empty otherwise.
std::string asked_count(std::string_view prompt);
/// Text cut into what a model would send as its tokens: words with the space before them, long words in two. Joined
/// they are the text; no piece ends inside a UTF-8 character.
std::vector<std::string> token_pieces(std::string_view text);
/// Tokens of a prompt, by the usual estimate of four bytes per token; at least 1.
std::int64_t estimated_tokens(std::string_view text);
/// A unit vector for a text: words in common give vectors that are close. Same text and seed, same vector.
std::vector<float> text_embedding(std::string_view text, std::size_t dimensions, std::uint64_t seed);

}  // namespace pl::sandbox
