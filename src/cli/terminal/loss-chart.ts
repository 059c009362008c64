/**
 * Curves in braille dots (2 x 4 per character) with axes. Values that are no numbers are passed over; a curve
 * may be drawn as marks (few points, such as evaluations). The vertical axis spans what is drawn.
 */
import type { Colour, Paint } from "./paint.ts";
import { formatLoss } from "../../reports/format.ts";

export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly colour: Colour;
  /** Character drawn at each point instead of a line. */
  readonly mark?: string;
}

export interface ChartOptions {
  /** Size of the plotting area in characters. */
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
  /** Name of the horizontal axis. */
  readonly xName?: string;
}

/** Bit of a dot in a braille character, by row and column. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

interface Cell {
  bits: number;
  mark: string | undefined;
  colour: Colour;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

const rangeOf = (values: readonly number[]): Range => {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return low === high ? { low: low - 0.5, high: high + 0.5 } : { low, high };
};

/** Lines of text: legend, plot, axis. Empty when there is nothing to draw. */
export function lossChart(curves: readonly Curve[], options: ChartOptions): readonly string[] {
  const { width, height, paint, xName = "step" } = options;
  const drawn = curves
    .map((curve) => ({ ...curve, points: curve.points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)) }))
    .filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return [];
  const xs = rangeOf(drawn.flatMap(({ points }) => points.map(({ x }) => x)));
  const ys = rangeOf(drawn.flatMap(({ points }) => points.map(({ y }) => y)));
  const cells = Array.from({ length: height }, () =>
    Array.from({ length: width }, (): Cell => ({ bits: 0, mark: undefined, colour: "dim" })),
  );
  const column = (x: number): number => Math.round(((x - xs.low) / (xs.high - xs.low)) * (width * 2 - 1));
  const row = (y: number): number => Math.round(((ys.high - y) / (ys.high - ys.low)) * (height * 4 - 1));
  for (const curve of drawn) {
    if (curve.mark === undefined) drawLine(cells, curve, column, row);
    else {
      for (const { x, y } of curve.points) {
        const cell = cells[row(y) >> 2]?.[column(x) >> 1];
        if (cell !== undefined) [cell.mark, cell.colour] = [curve.mark, curve.colour];
      }
    }
  }

  const middle = (height - 1) >> 1;
  // The value at the middle of that row of dots.
  const between = ys.high - ((middle * 4 + 1.5) / (height * 4 - 1)) * (ys.high - ys.low);
  const labels = [ys.high, between, ys.low].map(formatLoss);
  const labelRows = [0, middle, height - 1];
  const margin = Math.max(...labels.map((label) => label.length));
  const body = cells.map((line, y) => {
    const label = labels[labelRows.indexOf(y)];
    const axis = `${(label ?? "").padStart(margin)} ${label === undefined ? "│" : "┤"}`;
    return (
      paint("dim", axis) +
      line
        .map((cell) => characterOf(cell, paint))
        .join("")
        .trimEnd()
    );
  });
  const from = String(Math.ceil(xs.low));
  const to = String(Math.floor(xs.high));
  const gap = Math.max(1, width - from.length - to.length - xName.length);
  const left = " ".repeat(gap >> 1);
  const footer = `${" ".repeat(margin + 2)}${from}${left}${xName}${" ".repeat(gap - left.length)}${to}`;
  const legend = drawn.map(({ name, colour, mark }) => `${paint(colour, mark ?? "⠒⠒")} ${name}`).join("   ");
  return [
    `${" ".repeat(margin + 2)}${legend}`,
    ...body,
    paint("dim", `${" ".repeat(margin)} └${"─".repeat(width)}`),
    paint("dim", footer),
  ];
}

function characterOf(cell: Cell, paint: Paint): string {
  if (cell.mark !== undefined) return paint(cell.colour, cell.mark);
  return cell.bits === 0 ? " " : paint(cell.colour, String.fromCodePoint(0x2800 + cell.bits));
}

/** Joins the points: each pair of dot columns is filled between the two heights it spans. */
function drawLine(
  cells: readonly (readonly Cell[])[],
  curve: Curve,
  column: (x: number) => number,
  row: (y: number) => number,
): void {
  const set = (x: number, y: number): void => {
    const cell = cells[y >> 2]?.[x >> 1];
    if (cell === undefined) return;
    cell.bits |= dots[(y & 3) as 0 | 1 | 2 | 3][(x & 1) as 0 | 1];
    cell.colour = curve.colour;
  };
  // Many points in one dot column become their mean, so that a noisy curve stays a curve.
  const heights = new Map<number, number[]>();
  for (const { x, y } of curve.points) {
    const at = column(x);
    const known = heights.get(at);
    if (known === undefined) heights.set(at, [y]);
    else known.push(y);
  }
  const knots = [...heights]
    .sort(([a], [b]) => a - b)
    .map(([x, ys]) => ({ x, y: row(ys.reduce((sum, y) => sum + y, 0) / ys.length) }));
  for (const [i, knot] of knots.entries()) {
    const before = knots[i - 1];
    if (before === undefined) {
      set(knot.x, knot.y);
      continue;
    }
    for (let x = before.x + 1; x <= knot.x; x++) {
      const share = (at: number): number =>
        Math.round(before.y + ((knot.y - before.y) * (at - before.x)) / (knot.x - before.x));
      const [from, to] = [share(x - 1), share(x)].sort((a, b) => a - b) as [number, number];
      for (let y = from; y <= to; y++) set(x, y);
    }
  }
}
