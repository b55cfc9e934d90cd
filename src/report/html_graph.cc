#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/build.h"
#include "report/html.h"
#include "report/text.h"

namespace pl::report {
namespace {

constexpr double kBox = 74, kGapY = 28, kGapX = 104, kLane = 18, kMargin = 12, kPad = 14, kWidest = 310;

/// Boxes and lanes in pixels.
struct Drawing {
  std::vector<double> left, wide;  ///< Of each layer; layer 0 is the customers.
  std::vector<double> x, y;        ///< Of each part's box.
  std::vector<double> bottom;      ///< Of each layer's boxes; lanes lie below it.
  std::vector<int> lanes;          ///< Taken in each layer.
  double width = 0, height = 0;
};

std::string numbers_line(const Part& part) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (part.connections > 0) add(counted(part.connections, "connection", "connections"));
  if (part.rate > 0) add(number(std::round(part.rate * 10) / 10) + " requests/s");
  if (out.empty() && part.entry) out = listed(part.listeners);
  return out;
}

std::string title_line(const Part& part) {
  if (part.version.empty() || part.name.find(part.version) != std::string::npos) return part.name;
  return part.name + " " + part.version;
}

std::string second_line(const Part& part) {
  if (part.entry && !part.program.empty()) return short_command(part.program);
  return part.need;
}

std::string third_line(const Part& part) {
  const std::string numbers = numbers_line(part);
  return part.entry && part.single == Part::Single::all ? part.need : numbers;
}

double part_width(const Part& part) {
  const double text = std::max({text_width(title_line(part), 14.2), text_width(second_line(part), 11.5),
                                text_width(third_line(part), 11.5), 90.0});
  return std::min(text * 1.07 + 2 * kPad, kWidest);
}

std::size_t layer_of(const Part& part) { return static_cast<std::size_t>(part.layer) + 1; }

Drawing arrange(const Report& report) {
  Drawing out;
  std::size_t layers = 1;
  for (const Part& part : report.parts) layers = std::max(layers, layer_of(part) + 1);
  out.wide.assign(layers, 90);
  out.wide[0] = 128;
  out.lanes.assign(layers, 0);
  std::vector<std::vector<std::size_t>> columns(layers);
  for (std::size_t i = 0; i < report.parts.size(); ++i) {
    const std::size_t layer = layer_of(report.parts[i]);
    columns[layer].push_back(i);
    out.wide[layer] = std::max(out.wide[layer], part_width(report.parts[i]));
  }
  double at = kMargin, tallest = kBox;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    out.left.push_back(at);
    at += out.wide[layer] + kGapX;
    std::ranges::stable_sort(columns[layer], {}, [&](std::size_t i) { return report.parts[i].row; });
    tallest = std::max(tallest, static_cast<double>(columns[layer].size()) * (kBox + kGapY) - kGapY);
  }
  out.width = at - kGapX + kMargin;
  out.x.assign(report.parts.size(), 0);
  out.y = out.x;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const double high = std::max(static_cast<double>(columns[layer].size()) * (kBox + kGapY) - kGapY, 0.0);
    double y = kMargin + (tallest - high) / 2;
    for (const std::size_t i : columns[layer]) {
      out.x[i] = out.left[layer];
      out.y[i] = y;
      y += kBox + kGapY;
    }
    out.bottom.push_back(high > 0 ? y - kGapY : kMargin + tallest / 2);
  }
  out.height = tallest + 2 * kMargin;
  return out;
}

/// Where an arrow ends before a box: outside of the ring where there is one.
double tip(const Part& part) { return part.single == Part::Single::no ? 1 : 8; }

std::string curve(double x1, double y1, double x2, double y2) {
  const double middle = (x1 + x2) / 2;
  return fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", middle, y1, middle, y2, x2, y2);
}

/// A link's path; one that passes layers takes a lane below their boxes, one that leads back goes below its ends.
std::string path_of(const Report& report, const Link& link, Drawing& drawing) {
  const auto from = static_cast<std::size_t>(link.from), to = static_cast<std::size_t>(link.to);
  const std::size_t first = layer_of(report.parts[from]), last = layer_of(report.parts[to]);
  double x = drawing.x[from] + drawing.wide[first], y = drawing.y[from] + kBox / 2;
  const double end_x = drawing.x[to], end_y = drawing.y[to] + kBox / 2;
  if (last <= first) {
    const double x1 = drawing.x[from] + drawing.wide[first] / 2, x2 = drawing.x[to] + drawing.wide[last] / 2 + 14;
    const double y1 = drawing.y[from] + kBox, y2 = drawing.y[to] + kBox, low = std::max(y1, y2) + 34;
    drawing.height = std::max(drawing.height, low + kMargin);
    return fmt::format("M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", x1, y1, x1, low, x2, low, x2, y2);
  }
  std::string path = fmt::format("M{:.1f} {:.1f}", x, y);
  for (std::size_t layer = first + 1; layer < last; ++layer) {
    const double lane = drawing.bottom[layer] + kLane * ++drawing.lanes[layer];
    drawing.height = std::max(drawing.height, lane + kMargin);
    path += curve(x, y, drawing.left[layer], lane);
    x = drawing.left[layer] + drawing.wide[layer];
    y = lane;
    path += fmt::format("H{:.1f}", x);
  }
  return path + curve(x, y, end_x - tip(report.parts[to]) - 6, end_y);
}

/// From 1.5 for none to 8 for very much.
double stroke(double rate) { return std::min(1.5 + 1.6 * std::log10(1 + std::max(rate, 0.0)), 8.0); }

bool is_hard(const Link& link) {
  return link.provenance == "proved" &&
         std::ranges::any_of(link.needs, [](const auto& need) { return need.second == "hard"; });
}

std::string arrow(double x, double y, std::string_view colour) {
  return fmt::format("<path d=\"M{:.1f} {:.1f}l-9 -5v10z\" fill=\"{}\"/>", x, y, colour);
}

std::string box(double x, double y, double wide, Part::Single single) {
  std::string out;
  if (single != Part::Single::no) {
    out = fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"15\" fill=\"none\" "
        "stroke=\"var(--ring)\" stroke-width=\"3\"{}/>",
        x - 6, y - 6, wide + 12, kBox + 12, single == Part::Single::some ? " stroke-dasharray=\"7 6\"" : "");
  }
  return out + fmt::format(
                   "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"10\" "
                   "fill=\"var(--card)\" stroke=\"var(--edge)\" stroke-width=\"1.3\"/>",
                   x, y, wide, kBox);
}

std::string box_texts(double x, double y, double wide, const std::string& title, std::string_view a,
                      std::string_view b) {
  const double room = wide - 2 * kPad + 6;
  return fmt::format(
      "<text class=\"b\" x=\"{0:.1f}\" y=\"{1:.1f}\">{2}</text><text class=\"s\" x=\"{0:.1f}\" y=\"{3:.1f}\">"
      "{4}</text><text class=\"s\" x=\"{0:.1f}\" y=\"{5:.1f}\">{6}</text>",
      x + kPad, y + 24, html_text(fitted(title, room, 15)), y + 43, html_text(fitted(a, room, 12.4)), y + 60,
      html_text(fitted(b, room, 12.4)));
}

std::string links_svg(const Report& report, Drawing& drawing) {
  std::string out, heads;
  const auto valid = [&](std::int64_t id) { return id >= 0 && id < static_cast<std::int64_t>(report.parts.size()); };
  for (const Link& link : report.links) {
    if (link.setup || !valid(link.from) || !valid(link.to) || link.from == link.to) continue;
    const std::string_view colour = is_hard(link) ? "var(--ring)" : "var(--edge)";
    out += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:.1f}\"/>",
                       path_of(report, link, drawing), colour, stroke(link.rate));
    const auto to = static_cast<std::size_t>(link.to);
    const bool back = report.parts[to].layer <= report.parts[static_cast<std::size_t>(link.from)].layer;
    if (!back) heads += arrow(drawing.x[to] - tip(report.parts[to]), drawing.y[to] + kBox / 2, colour);
  }
  return out + heads;
}

std::string customers_svg(const Report& report, const Drawing& drawing) {
  double rate = 0;
  Ns p99 = 0;
  for (const JourneyRow& row : report.journeys) {
    rate += row.rate;
    p99 = std::max(p99, row.p99);
  }
  const double y = drawing.height / 2 - kBox / 2;
  std::string out;
  for (std::size_t i = 0; i < report.parts.size(); ++i) {
    if (!report.parts[i].entry) continue;
    const double x = drawing.left[0] + drawing.wide[0], to = drawing.y[i] + kBox / 2;
    out += fmt::format("<path d=\"M{:.1f} {:.1f}{}\" fill=\"none\" stroke=\"var(--edge)\" stroke-width=\"{:.1f}\"/>", x,
                       y + kBox / 2, curve(x, y + kBox / 2, drawing.x[i] - tip(report.parts[i]) - 6, to), stroke(rate));
    out += arrow(drawing.x[i] - tip(report.parts[i]), to, "var(--edge)");
  }
  out += box(drawing.left[0], y, drawing.wide[0], Part::Single::no);
  return out + box_texts(drawing.left[0], y, drawing.wide[0], "customers",
                         rate > 0 ? number(std::round(rate * 10) / 10) + " journeys/s" : "",
                         p99 > 0 ? "p99 " + duration(p99) : "");
}

std::string graph_title(const Report& report) {
  std::vector<std::string> links, single;
  for (const Link& link : report.links) {
    if (!link.setup && link.from >= 0 && link.to >= 0) links.push_back(link.from_name + " to " + link.to_name);
  }
  for (const Part& part : report.parts) {
    if (part.single != Part::Single::no) single.push_back(part.name);
  }
  return "Dependency graph: " + (links.empty() ? "no dependencies were seen" : listed(links)) + ". " +
         (single.empty() ? "No single point of failure was proved."
                         : "Single points of failure: " + listed(single) + ".");
}

std::string svg(const Report& report) {
  Drawing drawing = arrange(report);
  const double drawn = drawing.height;
  const std::string links = links_svg(report, drawing);
  std::string boxes;
  for (std::size_t i = 0; i < report.parts.size(); ++i) {
    const Part& part = report.parts[i];
    const double wide = drawing.wide[layer_of(part)];
    boxes += box(drawing.x[i], drawing.y[i], wide, part.single);
    boxes += box_texts(drawing.x[i], drawing.y[i], wide, title_line(part), second_line(part), third_line(part));
  }
  const double height = drawing.height;
  drawing.height = drawn;
  return fmt::format(
      "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" aria-labelledby=\"graph-t\" "
      "style=\"min-width:{2:.0f}px;max-width:{3:.0f}px;margin:0 auto\"><title "
      "id=\"graph-t\">{4}</title>{5}{6}{7}</svg>",
      drawing.width, height, std::min(drawing.width * 0.8, 700.0), drawing.width * 1.35, html_text(graph_title(report)),
      links, customers_svg(report, drawing), boxes);
}

/// "hard: ask, note; unused: browse".
std::string needs_text(const Link& link) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_word;
  for (const auto& [journey, word] : link.needs) {
    auto at = std::ranges::find(by_word, word, &decltype(by_word)::value_type::first);
    if (at == by_word.end()) at = by_word.insert(by_word.end(), {word, {}});
    at->second.push_back(journey);
  }
  std::string out;
  for (const auto& [word, journeys] : by_word) out += (out.empty() ? "" : "; ") + word + ": " + listed(journeys);
  return out;
}

std::string link_row(const Link& link) {
  std::string where;
  for (const std::string& address : link.addresses) where += (where.empty() ? "" : ", ") + address;
  if (link.port > 0) where += fmt::format(":{}", link.port);
  return fmt::format(
      "<tr><th scope=\"row\">{} → {}</th><td>{}</td><td class=\"w\"><code>{}</code></td><td>{}</td><td "
      "class=\"n\">{}</td><td "
      "class=\"n\">"
      "{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
      html_text(link.from_name), html_text(link.to_name), html_text(link.protocol), html_text(where),
      html_chip(link.provenance, Tone::none), count(link.connects), count(link.requests), duration(link.p50),
      duration(link.p99), html_text(needs_text(link)));
}

std::string links_table(const Report& report, bool setup) {
  std::string rows;
  for (const Link& link : report.links) {
    if (link.setup == setup) rows += link_row(link);
  }
  if (rows.empty()) return "";
  const std::string_view label = setup ? "Connections made only while starting" : "Connections";
  return "<div class=\"card flat\">" +
         html_scroll(label,
                     fmt::format("<table><caption>{}; times over the whole run, faults included</caption>", label) +
                         html_head({"from → to", "speaks", "address", "known", "+connects", "+requests", "+p50", "+p99",
                                    "needed for"}) +
                         "<tbody>" + rows + "</tbody></table>") +
         "</div>";
}

}  // namespace

std::string html_graph(const Report& report) {
  std::string out = "<h2 id=\"graph\">What it is made of</h2>";
  if (report.parts.empty()) return out + "<p>No part of the application was seen.</p>";
  out +=
      "<p>Seen while it ran. A ring marks a part without which every customer fails, a broken ring one without which "
      "some do; each was proved by taking the part away. Lines are as wide as their traffic.</p><div class=\"card\">" +
      html_scroll("Dependency graph", svg(report)) + "</div>";
  return out + links_table(report, false) + links_table(report, true);
}

}  // namespace pl::report
