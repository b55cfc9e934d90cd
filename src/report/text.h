#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "facts/finding.h"

/// Texts and numbers as reports print them: the same bytes on every machine.
namespace pl::report {

/// A text of the subject made harmless: invalid UTF-8 and controls (C0, C1, bidirectional overrides) become U+FFFD,
/// runs of white space one space; cut to `limit` code points with an ellipsis.
std::string clean(std::string_view text, std::size_t limit = 400);
/// The same for one line of a terminal: spaces stay as they are, and nothing is cut.
std::string visible(std::string_view text);
/// As HTML or SVG text or a quoted attribute.
std::string html_text(std::string_view text);
/// The same, with what stands in backquotes as code: how checks write names.
std::string html_said(std::string_view text);
/// As Markdown text inside a line or a table's cell.
std::string md_text(std::string_view text);
/// As a Markdown code span; backquotes become apostrophes.
std::string md_code(std::string_view text);

/// "0.40 ms", "8.1 ms", "431 ms", "10.2 s", "2 min 41 s".
std::string duration(Ns ns);
/// "+118 ms", "-3.0 ms".
std::string change(Ns ns);
/// A point of the run: "12.3 s".
std::string moment(Ns ns);
/// "20,411".
std::string count(std::int64_t value);
/// "1.5 MB".
std::string bytes(std::int64_t value);
/// Three significant digits at least, whole numbers in full.
std::string number(double value);
/// "longest wait 10.2 s (612 samples)": value, unit and samples without the name.
std::string number_text(const facts::Number& value);
/// "23 November 2026, 10:12 UTC" of RFC 3339; the text itself where it is another.
std::string date(std::string_view wall_time);
/// "3 fit", "1 fits": the count and the word that agrees with it.
std::string counted(std::int64_t value, std::string_view one, std::string_view many);

/// A command as people call it: without "/bin/sh -c" and the folders of its programs.
std::string short_command(std::string_view command);

/// Code points of valid UTF-8.
std::size_t points(std::string_view text);
/// The text cut or filled with spaces to `width` code points.
std::string padded(std::string_view text, std::size_t width);
/// The text broken at spaces into lines of `width` code points, further lines indented.
std::string wrapped(std::string_view text, std::size_t width, std::string_view indent);
/// A text that begins at a column of a line `width` wide: broken at spaces, its further lines below its first.
std::string beside(std::string_view text, std::size_t column, std::size_t width);
/// Approximate width of a text in a sans-serif font of `size` pixels: a small table of glyph widths, so that drawings
/// are the same everywhere.
double text_width(std::string_view text, double size);
/// The text cut with an ellipsis so that it is at most `width` pixels wide.
std::string fitted(std::string_view text, double width, double size);

}  // namespace pl::report
