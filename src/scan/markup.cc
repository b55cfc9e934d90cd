#include "scan/markup.h"

#include <fmt/format.h>

#include "base/internals.h"
#include "scan/answer_texts.h"

namespace pl::scan {

std::string markup_request(std::string_view token) { return fmt::format("pl-markup-{}", token); }

MarkupSeen find_markup(const Asked& asked, std::string_view token) {
  const auto [form, text] = texts_of(asked);
  MarkupSeen seen;
  const std::size_t raw = text.find(fmt::format("<b data-pl=\"{}\">", token));
  const std::size_t escaped = text.find(fmt::format("&lt;b data-pl=&quot;{}", token));
  const std::size_t bare = text.find(fmt::format("{}</b", token));
  seen.raw = raw != std::string::npos;
  const std::size_t place = seen.raw ? raw : escaped != std::string::npos ? escaped : bare;
  if (place == std::string::npos) return seen;
  seen.form = form;
  seen.excerpt = excerpt_at(text, place);
  return seen;
}

}  // namespace pl::scan
