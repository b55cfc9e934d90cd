#include "scan/model_count.h"

#include <fmt/format.h>

#include <charconv>

#include "scan/answer_texts.h"

namespace pl::scan {
namespace {

/// Takes a number off the front, with what must follow it.
std::optional<std::int64_t> take_number(std::string_view& text, std::string_view behind) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(behind)) return std::nullopt;
  text.remove_prefix(behind.size());
  return number;
}

}  // namespace

std::string count_request(std::string_view token) { return fmt::format("pl-count-{}", token); }

std::optional<ModelCount> find_count(const Asked& asked, std::string_view token) {
  const std::string said = texts_of(asked).text, begins = fmt::format("pl-counted-{} ", token);
  const std::size_t at = said.rfind(begins);  // an answer may repeat what was said before
  if (at == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(said).substr(at + begins.size());
  const auto messages = take_number(rest, " messages, ");
  if (!messages) return std::nullopt;
  if (rest.starts_with("no limit")) return ModelCount{*messages, 0};
  constexpr std::string_view kLimit = "limit ";
  if (!rest.starts_with(kLimit)) return std::nullopt;
  rest.remove_prefix(kLimit.size());
  const auto limit = take_number(rest, ".");
  return limit ? std::optional(ModelCount{*messages, *limit}) : std::nullopt;
}

}  // namespace pl::scan
