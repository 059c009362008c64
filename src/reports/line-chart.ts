/** Curves over steps as SVG: a line for many points, dots for few, and the values under the pointer. No script. */
import { fragment, type Markup } from "./html.ts";

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The second colour, and dots joined by a dashed line: for the few points of evaluations. */
  readonly sparse?: boolean;
}

export interface LineChartOptions {
  readonly format: (value: number) => string;
  readonly width?: number;
  readonly height?: number;
  /** Begin the vertical axis at 0. */
  readonly fromZero?: boolean;
  /** Labels of the vertical axis at powers of two, as bytes are written. */
  readonly binary?: boolean;
  /** A label of the vertical axis, where `step` is from one to the next; default: as values are written. */
  readonly label?: (value: number, step: number) => string;
}

const MARGIN = { left: 52, right: 12, top: 22, bottom: 24 } as const;
/** More points than this would be finer than the screen: neighbours become their mean. */
const MOST_POINTS = 400;
/** Columns that answer to the pointer. */
const MOST_COLUMNS = 120;

/** Undefined when there is nothing to draw. */
export function lineChart(series: readonly Series[], options: LineChartOptions): Markup | undefined {
  const { format, width = 980, height = 300, fromZero = false, binary = false, label = format } = options;
  const drawn = series
    .map((one) => ({
      ...one,
      points: thinned(one.points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))),
    }))
    .filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return undefined;
  const all = drawn.flatMap(({ points }) => points);
  const xs = rangeOf(all.map(({ x }) => x));
  const ys = padded(rangeOf(all.map(({ y }) => y)), fromZero);
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const atX = (x: number): number => MARGIN.left + ((x - xs.low) / (xs.high - xs.low)) * (right - MARGIN.left);
  const atY = (y: number): number => bottom - ((y - ys.low) / (ys.high - ys.low)) * (bottom - MARGIN.top);
  const values = binary ? binaryTicks(ys.low, ys.high, 5) : ticks(ys.low, ys.high, 5);
  const apart = (values[1] ?? 0) - (values[0] ?? 0);
  const grid = values.map(
    (value) =>
      fragment`<line class="gridline" x1="${MARGIN.left}" x2="${right}" y1="${fixed(atY(value))}" y2="${fixed(atY(value))}" /><text
          x="${MARGIN.left - 8}"
          y="${fixed(atY(value) + 4)}"
          text-anchor="end"
          >${label(value, apart)}</text
        >`,
  );
  const below = ticks(xs.low, xs.high, 6)
    .filter((value) => Number.isInteger(value))
    .map((value) => fragment`<text x="${fixed(atX(value))}" y="${height - 6}" text-anchor="middle">${value}</text>`);
  const lines = drawn.map(({ points, sparse = false }) => {
    const path = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${fixed(atX(x))} ${fixed(atY(y))}`).join("");
    const dots =
      sparse || points.length === 1
        ? points.map(({ x, y }) => fragment`<circle class="dot" cx="${fixed(atX(x))}" cy="${fixed(atY(y))}" r="3.5" />`)
        : [];
    return fragment`<g class="${sparse ? "curve second" : "curve"}"><path d="${path}" />${dots}</g>`;
  });
  return fragment`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${drawn.map(({ name }) => name).join(" and ")} by step">
    ${grid} ${below}
    <text class="axis-name" x="${MARGIN.left - 8}" y="${height - 6}" text-anchor="end">step</text>
    ${lines} ${columns(drawn, { atX, atY, format, right, bottom })}
  </svg>`;
}

interface Place {
  readonly atX: (x: number) => number;
  readonly atY: (y: number) => number;
  readonly format: (value: number) => string;
  readonly right: number;
  readonly bottom: number;
}

/** Strips over the chart; the one under the pointer shows the values of the points nearest to its middle. */
function columns(drawn: readonly Series[], { atX, atY, format, right, bottom }: Place): readonly Markup[] {
  const steps = [...new Set(drawn.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const every = Math.ceil(steps.length / MOST_COLUMNS);
  const shown = steps.filter((_, i) => i % every === 0 || i === steps.length - 1);
  return shown.map((x, i) => {
    const before = shown[i - 1];
    const after = shown[i + 1];
    const from = before === undefined ? MARGIN.left : (atX(before) + atX(x)) / 2;
    const to = after === undefined ? right : (atX(x) + atX(after)) / 2;
    const said = drawn.flatMap(({ name, points }) => {
      const point = points.find((other) => other.x === x);
      return point === undefined ? [] : [`${name} ${format(point.y)}`];
    });
    const marks = drawn.flatMap(({ points }) => points.filter((other) => other.x === x));
    return fragment`<g class="bar"
      ><rect class="hit" x="${fixed(from)}" y="${MARGIN.top}" width="${fixed(Math.max(0.5, to - from))}" height="${bottom - MARGIN.top}" /><g
        class="tip"
        ><line class="axis" x1="${fixed(atX(x))}" x2="${fixed(atX(x))}" y1="${MARGIN.top}" y2="${bottom}" />${marks.map(({ y }) => fragment`<circle cx="${fixed(atX(x))}" cy="${fixed(atY(y))}" r="3" />`)}<text
          x="${right}"
          y="12"
          text-anchor="end"
          >step ${Math.round(x)}: ${said.join(", ")}</text
        ></g
      ></g
    >`;
  });
}

function thinned(points: Series["points"]): Series["points"] {
  if (points.length <= MOST_POINTS) return points;
  const size = points.length / MOST_POINTS;
  return Array.from({ length: MOST_POINTS }, (_, i) => {
    const part = points.slice(Math.floor(i * size), Math.floor((i + 1) * size));
    const mean = (pick: (point: { readonly x: number; readonly y: number }) => number): number =>
      part.reduce((sum, point) => sum + pick(point), 0) / part.length;
    return { x: (part.at(-1) as { readonly x: number }).x, y: mean(({ y }) => y) };
  });
}

interface Range {
  readonly low: number;
  readonly high: number;
}

function rangeOf(values: readonly number[]): Range {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return low === high ? { low: low - 0.5, high: high + 0.5 } : { low, high };
}

const padded = ({ low, high }: Range, fromZero: boolean): Range => {
  const room = (high - low) * 0.06;
  return { low: fromZero && low >= 0 ? 0 : low - room, high: high + room };
};

/** Round numbers inside a range, about so many. */
export function ticks(low: number, high: number, about: number): readonly number[] {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  // Multiplied, not summed: 0.1 + 0.2 is no label.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Multiples of a power of two inside a range, about so many. */
export function binaryTicks(low: number, high: number, about: number): readonly number[] {
  const step = 2 ** Math.ceil(Math.log2((high - low) / about));
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) => (first + i) * step);
}

/** Labels of one axis have as many decimals as tell them apart. */
export const evenLabel = (value: number, step: number): string =>
  value.toFixed(step > 0 ? Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))) : 2);

const fixed = (value: number): string => String(Number(value.toFixed(1)));
