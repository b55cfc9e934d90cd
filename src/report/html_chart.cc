#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "report/html.h"
#include "report/text.h"

namespace pl::report {
namespace {

constexpr double kLeft = 62, kRight = 992;
constexpr double kLabelSize = 11.5, kLabelRow = 15, kLabelGap = 10, kWidestLabel = 200;
constexpr std::size_t kLabelRows = 3;
constexpr std::size_t kMostDots = 1500, kMostDotsSmall = 500;  ///< Drawn; a page stays small.

/// Where a chart's things stand.
struct Plot {
  const Chart& chart;
  double top = 0, bottom = 0;

  double x(Ns at) const {
    const double share =
        static_cast<double>(at - chart.from) / static_cast<double>(std::max<Ns>(chart.to - chart.from, 1));
    return kLeft + (kRight - kLeft) * share;
  }
  double y(Ns wait) const {
    const double low = std::log10(static_cast<double>(chart.low)), high = std::log10(static_cast<double>(chart.high));
    const double at = std::log10(static_cast<double>(std::max<Ns>(wait, 1)));
    return bottom - (bottom - top) * std::clamp((at - low) / std::max(high - low, 0.1), 0.0, 1.0);
  }
};

/// Points on a grid of two pixels, each once: what cannot be seen apart is not drawn twice. Each is told by its
/// distance from the one before, which takes fewer bytes than its place.
std::string dots(const Plot& plot, bool good, std::size_t most) {
  std::set<std::pair<int, int>> grid;
  for (const Dot& dot : plot.chart.dots) {
    if (dot.good != good) continue;
    grid.insert({static_cast<int>(plot.x(dot.at) / 2), static_cast<int>(plot.y(dot.wait) / 2)});
  }
  if (grid.empty()) return "";
  const std::size_t step = grid.size() / most + 1;
  std::string path;
  std::size_t i = 0;
  int from_x = 0, from_y = 0;
  for (const auto& [x, y] : grid) {
    if (i++ % step != 0) continue;
    const int right = 2 * x + 1 - from_x, down = 2 * y + 1 - from_y;
    path += fmt::format("m{}{}{}z", right, down < 0 ? "" : " ", down);
    from_x = 2 * x + 1;
    from_y = 2 * y + 1;
  }
  return fmt::format("<path class=\"dot{}\" d=\"{}\"/>", good ? "" : " no", path);
}

/// Where a window's label stands: above the plot, in the lowest row in which it meets no other.
struct Label {
  const Window* window = nullptr;
  double x = 0;
  std::size_t row = 0;
  std::string text;
};

/// Labels that have room; a window without one still has its colour.
std::vector<Label> labels_of(const Plot& plot) {
  std::vector<Label> out;
  std::array<double, kLabelRows> taken{};
  for (const Window& window : plot.chart.windows) {
    const std::string text = fitted(window.label, kWidestLabel, kLabelSize);
    const double wide = text_width(text, kLabelSize), x = std::min(plot.x(window.from), kRight - wide);
    for (std::size_t row = 0; row < kLabelRows; ++row) {
      if (taken[row] > 0 && taken[row] + kLabelGap > x) continue;
      taken[row] = x + wide;
      out.push_back({&window, x, row, text});
      break;
    }
  }
  return out;
}

std::string windows(const Plot& plot, const std::vector<Label>& labels) {
  std::string out;
  for (const Window& window : plot.chart.windows) {
    const double from = plot.x(window.from), to = plot.x(window.to);
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"var(--{}-bg)\"/>",
                       from, plot.top, std::max(to - from, 1.0), plot.bottom - plot.top,
                       window.tone == Tone::worst ? "bad" : tone_word(window.tone));
  }
  for (const Label& label : labels) {
    const double y = plot.top - 5 - static_cast<double>(label.row) * kLabelRow, x = plot.x(label.window->from);
    if (label.row > 0) {
      out += fmt::format("<path d=\"M{:.1f} {:.1f}V{:.1f}\" stroke=\"var(--line)\"/>", x, y + 3, plot.top);
    }
    out += fmt::format("<text class=\"s\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", label.x, y, html_text(label.text));
  }
  return out;
}

std::string axes(const Plot& plot) {
  std::string out;
  for (Ns value = plot.chart.low; value <= plot.chart.high; value *= 10) {
    const double y = plot.y(value);
    const std::string label = value >= kSec  ? fmt::format("{} s", value / kSec)
                              : value >= kMs ? fmt::format("{} ms", value / kMs)
                                             : "0.1 ms";
    out += fmt::format(
        "<path d=\"M{} {:.1f}H{}\" stroke=\"var(--line)\"/><text class=\"s\" x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{}</text>",
        kLeft, y, kRight, kLeft - 7, y + 4, label);
  }
  Ns step = kSec;
  while ((plot.chart.to - plot.chart.from) / step > 12)
    step *= step % (5 * kSec) == 0 && step % (10 * kSec) != 0 ? 2 : 5;
  for (Ns at = (plot.chart.from + step - 1) / step * step; at <= plot.chart.to; at += step) {
    out += fmt::format("<text class=\"s\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{} s</text>", plot.x(at),
                       plot.bottom + 17, plot.x(at) > kRight - 16 ? "end" : "middle", at / kSec);
  }
  return out;
}

}  // namespace

std::string html_chart(const Chart& chart, std::string_view id, bool small) {
  const std::vector<Label> labels = labels_of({chart});
  std::size_t rows = 1;
  for (const Label& label : labels) rows = std::max(rows, label.row + 1);
  const double top = static_cast<double>(rows) * kLabelRow + 6, bottom = top + (small ? 110 : 150);
  const Plot plot{chart, top, bottom};
  const std::size_t most = small ? kMostDotsSmall : kMostDots;
  return fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 1000 {:.0f}\" role=\"img\" aria-labelledby=\"{}t\" "
      "style=\"min-width:{}px\"><title "
      "id=\"{}t\">"
      "Latency: {}. {}</title>{}{}{}{}</svg>",
      bottom + 24, id, small ? 560 : 720, id, html_text(chart.title), html_text(chart.text), windows(plot, labels),
      axes(plot), dots(plot, true, most), dots(plot, false, most));
}

}  // namespace pl::report
