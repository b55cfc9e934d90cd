#include "report/html.h"

namespace pl::report {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#1c1b1a;--soft:#5f5b56;--line:#e0dbd4;--edge:#8b857e;--accent:#2b5fb4;
--good:#17603a;--good-bg:#dff2e4;--mild:#17603a;--mild-bg:#eff6df;--warn:#6f4b00;--warn-bg:#fdeecb;--bad:#a01c16;--bad-bg:#fbe2df;
--worst:#fff;--worst-bg:#8f1713;--none:#5a564f;--none-bg:#efedea;--ring:#a8201a}
@media(prefers-color-scheme:dark){:root{--bg:#161514;--card:#1f1e1c;--ink:#efece8;--soft:#b5afa8;--line:#3a3734;--edge:#8d8780;--accent:#8ab4ff;
--good:#a4e3b6;--good-bg:#163a22;--mild:#c4e3a4;--mild-bg:#2a3714;--warn:#ffd88a;--warn-bg:#453408;--bad:#ffb3ab;--bad-bg:#4d1e1a;
--worst:#fff;--worst-bg:#a5211b;--none:#b9b3ac;--none-bg:#2b2926;--ring:#ff8a7f}}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 24px}
a{color:var(--accent)}h1{font-size:2.4rem;line-height:1.15;margin:.1em 0 .3em;letter-spacing:-.015em}
h2{font-size:1.4rem;margin:2.4em 0 .3em;letter-spacing:-.005em}h3{font-size:1.04rem;margin:0}
p{margin:.4em 0 .8em;max-width:72ch}.soft{color:var(--soft)}
code,pre{font:13.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
pre{background:var(--none-bg);padding:8px 12px;border-radius:6px;white-space:pre-wrap;margin:.5em 0}
h3 code,p code,dd code,li code{background:var(--none-bg);border-radius:4px;padding:0 4px;font-size:.9em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}:target{scroll-margin-top:12px}.card:target{border-color:var(--accent);box-shadow:0 0 0 2px var(--accent)}
.top{display:flex;gap:4px 16px;flex-wrap:wrap;align-items:baseline;padding-top:20px;font-size:.9rem;color:var(--soft)}.top b{color:var(--ink);letter-spacing:.01em}
.verdict{border-left:6px solid var(--line);padding:4px 0 4px 20px;margin:26px 0 8px}.verdict>p{font-size:1.16rem}
.v-good{border-color:var(--good)}.v-warn{border-color:var(--warn)}.v-bad{border-color:var(--ring)}
.first{padding:0;margin:16px 0 0;list-style:none;counter-reset:n;display:grid;gap:6px}.first li{counter-increment:n;display:grid;grid-template-columns:26px 1fr;align-items:baseline}.first li:before{content:counter(n);font-weight:700;color:var(--soft)}
.verdict>p.do{font-size:.9rem;font-weight:600;color:var(--soft);margin:16px 0 -10px}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:10px;margin:26px 0 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px;text-decoration:none;color:inherit;display:block}.tile:hover{border-color:var(--accent)}
.tile b{display:block;font-size:.98rem;margin-bottom:2px}.tile b:first-letter{text-transform:uppercase}.tile .t{display:block;font-size:.84rem;color:var(--soft);margin-top:5px;line-height:1.4}
.toc{display:flex;flex-wrap:wrap;gap:4px 18px;margin:18px 0 0;font-size:.92rem}
.chip{display:inline-block;border-radius:999px;padding:1px 10px;font-size:.8rem;font-weight:600;white-space:nowrap;line-height:1.55}
.good{background:var(--good-bg);color:var(--good)}.mild{background:var(--mild-bg);color:var(--mild)}.warn{background:var(--warn-bg);color:var(--warn)}.bad{background:var(--bad-bg);color:var(--bad)}.worst{background:var(--worst-bg);color:var(--worst)}.none{background:var(--none-bg);color:var(--none)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;margin:12px 0}.card.flat{padding:6px 12px}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;width:100%;font-size:.88rem}caption{text-align:left;color:var(--soft);padding:4px 8px}
th{font-weight:600;text-align:left}thead th{color:var(--soft);font-weight:500;vertical-align:bottom;white-space:nowrap}
td,th{border-bottom:1px solid var(--line);padding:7px 8px;vertical-align:top}tbody tr:last-child>*{border-bottom:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.w{white-space:nowrap}table.m{border-collapse:separate;border-spacing:3px}table.m td,table.m th{border:0}table.m tbody th{vertical-align:middle;max-width:190px;min-width:92px}table.m thead th{white-space:normal}
td.c{border-radius:6px;padding:0;min-width:96px;height:54px}td.c a,td.c span.x{display:block;padding:7px 9px;color:inherit;text-decoration:none;height:100%;line-height:1.35}td.c b{display:block;font-weight:650}td.c a:hover{text-decoration:underline}
.legend{display:flex;gap:6px;flex-wrap:wrap;margin:.6em 0;align-items:center;font-size:.86rem}
svg{display:block;width:100%;height:auto}svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-size:13px;fill:var(--ink)}svg .s{fill:var(--soft);font-size:11.5px}svg .b{font-weight:650}
.dot{fill:none;stroke:var(--accent);stroke-width:3.4;stroke-linecap:round}.dot.no{stroke:var(--ring)}
.fh{display:grid;grid-template-columns:auto 1fr auto;gap:6px 12px;align-items:baseline}
dl{display:grid;grid-template-columns:130px minmax(0,1fr);gap:4px 12px;margin:.6em 0 .2em}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.finding .from{font-size:.86rem;max-width:none;margin:.6em 0 0}table.q{table-layout:fixed}table.q thead th:first-child{width:31%}table.q thead th:last-child{width:130px}
ul{padding-left:20px;margin:.4em 0}.ev>p:first-letter{text-transform:uppercase}.ev h3{display:flex;gap:8px;flex-wrap:wrap;align-items:baseline}
footer{padding-top:36px;padding-bottom:56px;color:var(--soft);font-size:.9rem}
@media screen and (max-width:820px){main,header,footer{padding-left:16px;padding-right:16px}.tiles{grid-template-columns:repeat(2,1fr)}h1{font-size:1.9rem}.fh{grid-template-columns:auto 1fr}.fh h3{grid-column:1/-1;grid-row:2}.fh .chip:last-child{justify-self:end}dl{grid-template-columns:minmax(0,1fr)}dt{margin-top:6px}.card{padding:12px 13px}table{min-width:640px}.verdict{padding-left:14px}
.scroll tbody th[scope=row]{position:sticky;left:0;background:var(--card);z-index:1}svg.chart{min-width:880px!important}
table.tall{min-width:0}table.tall thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}table.tall,table.tall tbody,table.tall tr,table.tall td,table.tall th{display:block}table.tall tr{border-bottom:1px solid var(--line);padding:8px 0}table.tall tr:last-child{border-bottom:0}table.tall td,table.tall tbody th{border:0;padding:2px 0;position:static}}
@media print{:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--accent:#1d4a94;--good:#17603a;--good-bg:#dff2e4;--mild:#17603a;--mild-bg:#eff6df;--warn:#6f4b00;--warn-bg:#fdeecb;--bad:#a01c16;--bad-bg:#fbe2df;--worst:#fff;--worst-bg:#8f1713;--none:#5a564f;--none-bg:#efedea;--ring:#a8201a}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:11pt}main,header,footer{max-width:none;padding:0}.toc{display:none}.tiles{grid-template-columns:repeat(3,1fr)}dl{grid-template-columns:80px minmax(0,1fr)}.scroll{overflow:visible}svg,svg.chart{min-width:0!important}.finding,.ev .scroll,tr,.tile,svg{break-inside:avoid}h2,h3{break-after:avoid}table{font-size:8.5pt;min-width:0!important}.ev table{font-size:7.5pt}table code,table .chip{font-size:1em}table .chip{padding:0 6px}td,th{padding:4px 4px!important}td.n,td.w,th.n{white-space:normal!important}td.c{min-width:0}td.c a{padding:4px 5px}table.m tbody th{min-width:0}thead th{white-space:normal}@page{margin:14mm}}
)css";

}  // namespace

std::string_view html_style() { return kStyle; }

}  // namespace pl::report
