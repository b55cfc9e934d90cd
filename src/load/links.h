#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace pl::load {

/// Where a link of a page leads.
struct Link {
  enum class Kind {
    page,    ///< `a href`, or a form with method GET.
    asset,   ///< Script, style or image.
    script,  ///< An asset that is a script: paths may stand in it.
    base,    ///< `base href`: where the page's other links are read from.
  };
  Kind kind = Kind::page;
  std::string url;  ///< As written, entities decoded; a form's fields as its query.
};

/// Links of an HTML page in the order they stand; at most limits::kCrawlLinks. Broken markup gives what can be read.
std::vector<Link> html_links(std::string_view html);
/// Strings of a JSON document that look like URLs or absolute paths.
std::vector<std::string> json_links(const Json& document);
/// Quoted absolute paths in a script, without those that are put together there or that name a file.
std::vector<std::string> script_paths(std::string_view script);

/// The request target that a URL on page `base` means, when it is of the same origin; without fragment, dots resolved
/// (RFC 3986 section 5).
std::optional<std::string> resolve(std::string_view base, std::string_view url, std::string_view host);
/// Whether following it may end the session or destroy something: log-out, delete, remove and the like.
bool is_dangerous(std::string_view target);
/// A target with what looks like an identifier as `{id}` and values of the query left out: one journey per template.
std::string template_of(std::string_view target);

}  // namespace pl::load
