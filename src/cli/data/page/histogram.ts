/** A histogram: bars that show their range and count under the pointer, quartiles and median below, 3 std as fences. */
import type { NumberFacts } from "../../../data/analyze/analysis.ts";
import { formatInteger, formatShare, formatValue } from "../../../reports/format.ts";
import { fences } from "../analysis-facts.ts";
import { fragment, type Markup } from "../../../reports/html.ts";

const WIDTH = 440;
const TOP = 20;
const HEIGHT = 110;
const BASE = TOP + HEIGHT;
/** Bars of the rows beyond the ends stand apart. */
const OUTSIDE = 14;
const GAP = 8;

export function histogramSvg(numbers: NumberFacts): Markup {
  const { histogram, count, whole, percentiles } = numbers;
  const { counts, below, above, start, width } = histogram;
  const left = below > 0 ? OUTSIDE + GAP : 0;
  const right = WIDTH - (above > 0 ? OUTSIDE + GAP : 0);
  const end = start + width * counts.length;
  const most = Math.max(...counts, below, above, 1);
  const step = (right - left) / counts.length;
  const at = (value: number): number =>
    left + ((Math.min(end, Math.max(start, value)) - start) / (end - start)) * (right - left);
  const say = (value: number): string => formatValue(value, whole);

  const bar = (x: number, wide: number, rows: number, range: string, kind: string): Markup => {
    const height = rows === 0 ? 0 : Math.max(1.5, (rows / most) * HEIGHT);
    const tip = `${range}: ${formatInteger(rows)} (${formatShare(rows / count)})`;
    return fragment`<g class="bar ${kind}"
      ><rect class="hit" x="${fixed(x)}" y="${TOP}" width="${fixed(wide)}" height="${HEIGHT}" /><rect
        class="fill"
        x="${fixed(x + 0.5)}"
        y="${fixed(BASE - height)}"
        width="${fixed(Math.max(0.5, wide - 1))}"
        height="${fixed(height)}"
        rx="1.5"
      /><text class="tip" x="${WIDTH}" y="11" text-anchor="end">${tip}</text></g
    >`;
  };
  const bars = counts.map((rows, i) => {
    const low = start + i * width;
    const range = whole
      ? width === 1
        ? say(low)
        : `${say(low)} to ${say(low + width - 1)}`
      : `${say(low)} to ${say(low + width)}`;
    return bar(left + i * step, step, rows, range, "");
  });
  if (below > 0) bars.unshift(bar(0, OUTSIDE, below, `under ${say(start)}`, "out"));
  if (above > 0) bars.push(bar(WIDTH - OUTSIDE, OUTSIDE, above, `over ${say(end)}`, "out"));

  const of = (share: number): number => percentiles.find(([other]) => other === share)?.[1] ?? Number.NaN;
  // A whole number stands in the middle of its bar.
  const middle = (value: number): number => at(value) + (whole && width === 1 ? step / 2 : 0);
  const [first, median, third] = [0.25, 0.5, 0.75].map((share) => middle(of(share))) as [number, number, number];
  const drawn = (fences(numbers) ?? []).filter((value) => value > start && value < end);
  return fragment`<svg
    viewBox="0 0 ${WIDTH} ${BASE + 30}"
    role="img"
    aria-label="histogram from ${say(numbers.min)} to ${say(numbers.max)}"
  >
    <line class="axis" x1="0" x2="${WIDTH}" y1="${BASE + 0.5}" y2="${BASE + 0.5}" />
    ${bars}
    ${drawn.map((value) => fragment`<line class="fence" x1="${fixed(at(value))}" x2="${fixed(at(value))}" y1="${TOP}" y2="${BASE}" />`)}
    <rect
      class="box"
      x="${fixed(first)}"
      y="${BASE + 4}"
      width="${fixed(Math.max(2, third - first))}"
      height="8"
      rx="2"
    />
    <line class="median" x1="${fixed(median)}" x2="${fixed(median)}" y1="${BASE + 2}" y2="${BASE + 14}" />
    <text x="${left}" y="${BASE + 27}">${say(start)}</text>
    <text x="${fixed(right)}" y="${BASE + 27}" text-anchor="end">${say(above > 0 ? (whole ? end - 1 : end) : numbers.max)}</text>
  </svg>`;
}

const fixed = (value: number): string => String(Number(value.toFixed(1)));
