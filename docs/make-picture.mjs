// Draws a terminal's output (ANSI colours, from stdin) as an SVG: FORCE_COLOR=1 npm run quickstart 2>&1 | node docs/make-picture.mjs > docs/quickstart.svg
import { readFileSync } from "node:fs";

const colours = { 31: "#e06c75", 32: "#98c379", 33: "#e5c07b", 34: "#61afef", 35: "#c678dd", 36: "#56b6c2" };
const [width, line, margin, limit] = [8.4, 18, 18, 108];
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const lines = readFileSync(0, "utf8")
  .replaceAll(/\u001b\[[0-9;]*[A-LN-Zlh]/g, "")
  .split("\n")
  .map((text) => text.split("\r").at(-1));
while (lines.at(-1) === "") lines.pop();
for (let i = 0; i < lines.length; i++) {
  // Long lines go on below, as a terminal shows them.
  const cut = lines[i].length > limit ? lines[i].lastIndexOf(" ", limit) : -1;
  if (cut > 0) lines.splice(i, 1, lines[i].slice(0, cut), lines[i].slice(cut + 1));
}
const columns = Math.max(...lines.map((text) => text.replaceAll(/\u001b\[[0-9;]*m/g, "").length));

let style = "";
const rows = lines.map((text, row) => {
  const spans = text.split(/(\u001b\[[0-9;]*m)/).map((part) => {
    const code = /^\u001b\[([0-9;]*)m$/.exec(part)?.[1];
    if (code === undefined) return part === "" ? "" : `<tspan${style}>${escape(part)}</tspan>`;
    if (colours[code] !== undefined) style = ` fill="${colours[code]}"`;
    else if (code === "1") style = ' font-weight="bold"';
    else if (code === "2") style = ' fill="#7f848e"';
    else style = "";
    return "";
  });
  return `<text x="${margin}" y="${margin + (row + 1) * line}" xml:space="preserve">${spans.join("")}</text>`;
});
const [w, h] = [Math.ceil(columns * width + 2 * margin), lines.length * line + 2 * margin + 6];
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#dcdfe4">\n` +
    `<rect width="100%" height="100%" rx="8" fill="#1f2329"/>\n${rows.join("\n")}\n</svg>\n`,
);
