/** The look of pages: paper by day, slate by night, one column on a phone. */
export const style = `
:root{--paper:#faf8f4;--card:#fff;--ink:#1f1d1a;--soft:#6d675e;--line:#e6e1d7;--accent:#27725f;--accent-soft:#27725f24;
--bar:#5fa491;--bar-hover:#1d5647;--second:#b5602f;--warn:#a4620a;--warn-soft:#f6e7cc;--note-soft:#ece7dc;--good-soft:#dcece4;
--add:#d5ecdc;--drop:#f6dcd6;--on-strong:#fff;--shadow:0 1px 2px #0000000d,0 4px 16px #0000000a}
@media(prefers-color-scheme:dark){:root{--paper:#14161a;--card:#1b1e23;--ink:#e9e6df;--soft:#9d988d;--line:#2d3138;--accent:#7fcab2;
--accent-soft:#7fcab22b;--bar:#4d9481;--bar-hover:#a5e2cf;--second:#e39a6d;--warn:#e9b765;--warn-soft:#3d3119;--note-soft:#262a30;
--good-soft:#1d3329;--add:#1e3f2c;--drop:#4a2823;--on-strong:#0f1f1a;--shadow:none}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:48px 24px 64px}
h1,h2,h3{font-family:ui-serif,"Iowan Old Style",Georgia,"Times New Roman",serif;font-weight:600;letter-spacing:-.01em;line-height:1.2;margin:0}
h1{font-size:clamp(28px,5vw,44px);overflow-wrap:anywhere}
h2{font-size:26px;margin:0 0 6px}
h3{font-size:17px;font-family:inherit;letter-spacing:0}
.kicker{margin:0 0 10px;color:var(--accent);font-size:13px;font-weight:600;letter-spacing:.06em}
.subtitle,.lead{color:var(--soft);margin:8px 0 0}
.lead{margin:0 0 20px;max-width:70ch}
section{margin-top:56px}
h2+.grid,h2+.card{margin-top:16px}
.on-narrow{display:none}
footer{margin-top:64px;padding-top:16px;border-top:1px solid var(--line);color:var(--soft);font-size:14px}
a{color:var(--accent)}
code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13.5px}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:14px;overflow:hidden;margin-top:28px}
.figures div{background:var(--card);padding:16px 20px}
.figures b{display:block;font-family:ui-serif,Georgia,serif;font-size:28px;font-weight:600;line-height:1.2;letter-spacing:-.01em}
.figures span{color:var(--soft);font-size:14px}
.facts{list-style:none;margin:20px 0 0;padding:0;display:grid;gap:8px}
.facts li{padding:10px 14px;border-radius:10px;background:var(--note-soft);overflow-wrap:anywhere}
.facts li.good{background:var(--good-soft)}
.facts li.warn{background:var(--warn-soft)}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,470px),1fr));gap:20px;align-items:start}
.stat{padding:18px 20px 14px;min-width:0}
.stat p.what{margin:2px 0 10px;color:var(--soft);font-size:14px}
.stat p.what .mono{font-size:12px;opacity:.75}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font-family:ui-sans-serif,system-ui,sans-serif;fill:var(--soft);font-size:11px}
.bar rect.fill{fill:var(--bar)}
.bar.out rect.fill{fill:var(--second)}
.bar rect.hit{fill:transparent}
.bar:hover rect.fill{fill:var(--bar-hover)}
.bar .tip,.seg .tip{opacity:0;pointer-events:none}
.bar:hover .tip,.seg:hover .tip{opacity:1}
svg .tip{fill:var(--ink);font-weight:600}
.gridline{stroke:var(--line);stroke-width:1;opacity:.7}
.curve path{fill:none;stroke:var(--accent);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.curve.second path{stroke:var(--second);stroke-dasharray:4 4}
.curve .dot{fill:var(--accent)}
.curve.second .dot{fill:var(--second)}
.bar .tip circle{fill:var(--ink)}
.axis-name{font-style:italic}
.legend{display:flex;gap:6px 10px;align-items:center;margin:0 0 6px;color:var(--soft);font-size:14px}
.legend i{display:inline-block;width:18px;height:3px;border-radius:2px;background:var(--accent)}
.legend i.second{background:var(--second);margin-left:12px}
.axis{stroke:var(--line);stroke-width:1}
.box{fill:var(--accent-soft)}
.median{stroke:var(--accent);stroke-width:2}
.fence{stroke:var(--second);stroke-width:1;stroke-dasharray:3 3}
.same{margin:24px 0;color:var(--soft)}
.same b{font-family:ui-serif,Georgia,serif;font-size:28px;color:var(--ink);margin-right:6px}
.numbers{display:flex;flex-wrap:wrap;gap:2px 18px;margin:10px 0 0;padding:0;font-size:13.5px}
.numbers div{display:flex;gap:6px}
.numbers dt{color:var(--soft)}
.numbers dd{margin:0;font-weight:600}
details{margin-top:10px;border-top:1px solid var(--line);padding-top:8px}
summary{cursor:pointer;color:var(--soft);font-size:14px;padding:4px 0}
summary:hover{color:var(--ink)}
.ends{display:grid;gap:14px;margin-top:8px}
.ends h4{margin:0 0 4px;font-size:12.5px;font-weight:600;color:var(--soft)}
.example{margin:0 0 8px;border-left:3px solid var(--line);padding:2px 0 2px 12px;min-width:0}
.example .head{display:flex;flex-wrap:wrap;gap:2px 10px;font-size:13px;color:var(--soft)}
.example .head b{color:var(--ink)}
.text{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;font-size:14.5px;margin:2px 0 0}
.scroll{overflow-x:auto;padding:18px 20px}
.scroll svg{min-width:640px}
.heat text.name{font-size:12px;fill:var(--ink)}
.heat .plus{fill:var(--accent)}
.heat .minus{fill:var(--second)}
.heat text.strong.strong{fill:var(--on-strong)}
.heat text.value{fill:var(--ink);font-size:11px;text-anchor:middle}
.verbs{display:grid;grid-template-columns:minmax(0,460px) minmax(0,1fr);gap:32px;align-items:center;padding:24px}
.seg path{stroke:var(--card);stroke-width:1.2}
.seg.rest path{fill:var(--note-soft)}
.seg:hover path{filter:brightness(1.12) saturate(1.2)}
.seg text.label{fill:#12201b;font-size:12px;pointer-events:none}
.sun text.middle,.sun text.tip{text-anchor:middle;font-size:15px}
.sun text.middle{font-size:13px}
.sun:has(.seg:hover) .middle{opacity:0}
.list{list-style:none;margin:0;padding:0;display:grid;gap:8px}
.list li{display:grid;grid-template-columns:minmax(70px,auto) 1fr auto;gap:12px;align-items:baseline;font-size:15px}
.list .nouns{color:var(--soft);font-size:14px;overflow-wrap:anywhere}
.meter{display:block;height:8px;border-radius:4px;background:var(--note-soft);min-width:60px}
.meter i{display:block;height:8px;border-radius:4px;background:var(--bar)}
table{border-collapse:collapse;width:100%;font-size:15px}
th{font-weight:600;text-align:left;color:var(--soft);font-size:13px}
th,td{padding:8px 12px 8px 0;border-bottom:1px solid var(--line);vertical-align:baseline;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
td.right,th.right{text-align:right;white-space:nowrap}
.pad{padding:8px 20px}
.rows{columns:2 440px;column-gap:20px}
.row{break-inside:avoid;margin:0 0 20px;padding:16px 20px;min-width:0}
.row .origin,.origin{color:var(--soft);font-size:13px;overflow-wrap:anywhere}
.part{margin-top:10px}
.part .label{color:var(--accent);font-size:12.5px;font-weight:600}
pre{margin:0;padding:18px 20px;overflow-x:auto;line-height:1.5}
pre .comment{color:var(--soft)}
.example-card{margin:0 0 14px}
.example-card .head{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 14px;font-size:13.5px}
.whole+.whole{margin-top:12px;border-top:1px dashed var(--line)}
ins{background:var(--add);text-decoration:none;border-radius:3px}
del{background:var(--drop);border-radius:3px}
.small{color:var(--soft);font-size:14px}
@media(max-width:720px){svg text{font-size:13px}.seg text.label{font-size:14px}main{padding:28px 16px 48px}section{margin-top:44px}.verbs{grid-template-columns:1fr;padding:16px;gap:20px}
.on-wide{display:none}.on-narrow{display:block}
.figures{grid-template-columns:1fr 1fr}.figures div:last-child:nth-child(odd){grid-column:1/-1}.figures div{padding:12px 14px}.figures b{font-size:22px}.stat{padding:14px 14px 10px}.pad{padding:4px 14px}.row{padding:14px}}
@media print{.card{box-shadow:none;break-inside:avoid}details{display:block}}
`;
