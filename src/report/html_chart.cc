#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "report/html.h"
#include "report/text.h"

namespace pl::report {
namespace {

constexpr double kLeft = 62, kRight = 992;
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

/// Points on a grid of two pixels, each once: what cannot be seen apart is not drawn twice.
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
  for (const auto& [x, y] : grid) {
    if (i++ % step == 0) path += fmt::format("M{} {}h0", 2 * x + 1, 2 * y + 1);
  }
  return fmt::format("<path class=\"dot{}\" d=\"{}\"/>", good ? "" : " no", path);
}

std::string windows(const Plot& plot, bool small) {
  std::string out;
  double last = -100;
  for (const Window& window : plot.chart.windows) {
    const double from = plot.x(window.from), to = plot.x(window.to);
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"var(--{}-bg)\"/>",
                       from, plot.top, std::max(to - from, 1.0), plot.bottom - plot.top,
                       window.tone == Tone::worst ? "bad" : tone_word(window.tone));
    if (small) {
      const std::string label = html_text(fitted(window.label, std::max(to - from, 120.0), 11.5));
      if (from - last > 126) out += fmt::format("<text class=\"s\" x=\"{:.1f}\" y=\"12\">{}</text>", from, label);
      if (from - last > 126) last = from;
    } else if (from - last > 12) {
      const std::string label = html_text(fitted(window.label, plot.top - 10, 11.5));
      const double middle = std::min((from + to) / 2 + 4, kRight - 2);
      out += fmt::format("<text class=\"s\" transform=\"translate({:.1f} {:.1f}) rotate(-90)\">{}</text>", middle,
                         plot.top - 5, label);
      last = from;
    }
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

/// Room above the plot for labels that stand on end.
double head_room(const Chart& chart) {
  double widest = 0;
  for (const Window& window : chart.windows) widest = std::max(widest, text_width(window.label, 11.5));
  return std::clamp(widest + 14, 16.0, 170.0);
}

}  // namespace

std::string html_chart(const Chart& chart, std::string_view id, bool small) {
  const double top = small ? 18 : head_room(chart), bottom = top + (small ? 110 : 170);
  const Plot plot{chart, top, bottom};
  const std::size_t most = small ? kMostDotsSmall : kMostDots;
  return fmt::format(
      "<svg viewBox=\"0 0 1000 {:.0f}\" role=\"img\" aria-labelledby=\"{}t\" style=\"min-width:{}px\"><title "
      "id=\"{}t\">"
      "Latency: {}. {}</title>{}{}{}{}</svg>",
      bottom + 24, id, small ? 560 : 720, id, html_text(chart.title), html_text(chart.text), windows(plot, small),
      axes(plot), dots(plot, true, most), dots(plot, false, most));
}

}  // namespace pl::report
