#include "base/internals.h"

#include <algorithm>
#include <array>

namespace pl {
namespace {

constexpr std::size_t kExcerpt = 200;  ///< Bytes.
constexpr std::size_t kBefore = 40;    ///< Of them, before the place.
constexpr auto npos = std::string_view::npos;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A text that alone proves the mark.
struct Mark {
  std::string_view what, text;
};

constexpr std::string_view kTrace = "a stack trace", kPath = "a file path", kSql = "a database's error text",
                           kAddress = "an address of the inside", kDebug = "a debug page";

constexpr Mark kMarks[] = {
    {kTrace, "Traceback (most recent call last)"},
    {kTrace, "goroutine 1 [running]"},
    {kTrace, "Stack trace:\n#0 "},
    {kTrace, "&nbsp; &nbsp;at "},
    {kDebug, "Werkzeug Debugger"},
    {kDebug, "you have <code>DEBUG = True</code>"},
    {kDebug, "Action Controller: Exception caught"},
    {kDebug, "Whoops, looks like something went wrong."},
    {kSql, "syntax error at or near \""},
    {kSql, "unterminated quoted string at or near"},
    {kSql, "You have an error in your SQL syntax"},
    {kSql, "SQLSTATE["},
    {kSql, "SQLITE_ERROR"},
    {kSql, "no such table: "},
    {kSql, "violates unique constraint"},
    {kSql, "violates foreign key constraint"},
    {kSql, "violates not-null constraint"},
    {kSql, "invalid input syntax for type "},
    {kSql, "remaining connection slots are reserved"},
    {kSql, "too many clients already"},
    {kSql, "terminating connection due to administrator command"},
    {kSql, "PG::"},
    {kSql, "ORA-0"},
    {kAddress, "connect ECONNREFUSED "},
    {kAddress, "getaddrinfo ENOTFOUND "},
    {kAddress, "connect ETIMEDOUT "},
    {kPath, "/node_modules/"},
    {kPath, "/site-packages/"},
    {kPath, "file:///"},
};

/// A line of a trace as JavaScript, Java and .NET write it: "    at f (server.js:10:3)".
std::size_t find_trace_line(std::string_view text) {
  for (std::size_t at = text.find("at "); at != npos; at = text.find("at ", at + 1)) {
    const bool indented =
        at >= 2 && (text[at - 1] == ' ' || text[at - 1] == '\t') && (text[at - 1] == '\t' || text[at - 2] == ' ');
    if (!indented) continue;
    const std::string_view line = text.substr(at, std::min(text.find_first_of("\n<", at), text.size()) - at);
    const std::size_t colon = line.find(':');
    for (std::size_t i = colon; i < line.size(); ++i) {
      // After the ending of a file's name: times of day have a digit there.
      if (line[i] == ':' && i + 1 < line.size() && is_digit(line[i + 1]) && is_letter(line[i - 1])) return at;
    }
  }
  return npos;
}

/// A path below a folder where programs live, to a source file with a line: "/srv/app/db.py:12" or "db.py\", line 12".
std::size_t find_source_path(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kRoots = {"/home/", "/root/", "/usr/", "/var/",
                                                             "/opt/",  "/srv/",  "/app/", "/workspace/"};
  static constexpr std::array<std::string_view, 9> kEndings = {".js", ".mjs", ".cjs", ".ts",  ".py",
                                                               ".rb", ".php", ".go",  ".java"};
  for (const std::string_view root : kRoots) {
    for (std::size_t at = text.find(root); at != npos; at = text.find(root, at + 1)) {
      const std::size_t end = std::min(text.find_first_of(" \n\t\"'<>()", at), text.size());
      const std::string_view path = text.substr(at, end - at);
      const std::string_view file = path.substr(0, path.find(':'));
      const bool source =
          std::ranges::any_of(kEndings, [&](std::string_view ending) { return file.ends_with(ending); });
      const bool placed = path.size() > file.size() + 1 && is_digit(path[file.size() + 1]);
      if (source && (placed || text.substr(end).starts_with("\", line "))) return at;
    }
  }
  return npos;
}

/// Masks "user:password@" of URLs.
void mask_passwords(std::string& text) {
  for (std::size_t at = text.find("://"); at != npos; at = text.find("://", at + 3)) {
    const std::size_t end = std::min(text.find_first_of(" /\"'<>", at + 3), text.size());
    const std::size_t sign = text.rfind('@', end), colon = text.find(':', at + 3);
    if (sign == npos || sign < at || colon == npos || colon > sign) continue;
    text.replace(colon + 1, sign - colon - 1, "***");
  }
}

}  // namespace

std::string excerpt_at(std::string_view text, std::size_t place) {
  const std::size_t from = place > kBefore ? place - kBefore : 0;
  std::string line;
  for (const char c : text.substr(from)) {
    const bool plain = static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
    if (plain || (!line.empty() && line.back() != ' ')) line += plain ? c : ' ';
    if (line.size() >= kExcerpt) break;
  }
  mask_passwords(line);
  return line.substr(0, kExcerpt);
}

std::optional<Internals> find_internals(std::string_view text) {
  if (const std::size_t at = find_trace_line(text); at != npos) return Internals{kTrace, excerpt_at(text, at)};
  for (const Mark& mark : kMarks) {
    if (const std::size_t at = text.find(mark.text); at != npos) return Internals{mark.what, excerpt_at(text, at)};
  }
  if (const std::size_t at = find_source_path(text); at != npos) return Internals{kPath, excerpt_at(text, at)};
  return std::nullopt;
}

}  // namespace pl
