import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInteger,
  formatLoss,
  formatRate,
  formatShare,
  formatValue,
} from "../../reports/format.ts";
import { createLiveLine } from "./live-line.ts";
import { lossChart } from "./loss-chart.ts";
import { coloured, displayWidth, paintFor, plain, withoutColours } from "./paint.ts";
import { bar, logLine, progressLine } from "./progress-line.ts";
import { histogramLine, sparkline } from "./sparkline.ts";
import { table } from "./table.ts";

test.each([
  [formatCount, 999, "999"],
  [formatCount, 260_032, "260K"],
  [formatCount, 15_190_000, "15.2M"],
  [formatCount, 7e9, "7.00B"],
  [formatBytes, 512, "512 B"],
  [formatBytes, 1.5 * 2 ** 30, "1.50 GiB"],
  [formatInteger, 1_234_567, "1,234,567"],
  [formatInteger, 999.6, "1,000"],
  [formatLoss, 12.345, "12.35"],
  [formatLoss, 1.8324, "1.832"],
  [formatLoss, 0.04512, "0.0451"],
  [formatLoss, 3.14e-7, "3.14e-7"],
  [formatLoss, 123_456, "1.235e5"],
  [formatLoss, Number.NaN, "NaN"],
  [formatRate, 1e-4, "1e-4"],
  [formatRate, 9.8e-5, "9.8e-5"],
  [formatRate, 0, "0"],
  [formatDuration, 4.4, "4s"],
  [formatDuration, 72, "1m 12s"],
  [formatDuration, 3 * 3600 + 300, "3h 05m"],
  [formatDuration, 2 * 86_400 + 4 * 3600, "2d 04h"],
  [formatDuration, Infinity, "?"],
])("%o of %d is %s", (format, value, expected) => {
  expect(format(value)).toBe(expected);
});

test("colours follow the stream and the environment", () => {
  expect(paintFor(true, {})("red", "x")).toBe("\u001B[31mx\u001B[39m");
  expect(paintFor(false, {})("red", "x")).toBe("x");
  expect(paintFor(true, { NO_COLOR: "1" })("red", "x")).toBe("x");
  expect(paintFor(true, { NO_COLOR: "" })("red", "x")).toContain("\u001B");
  expect(paintFor(false, { FORCE_COLOR: "1" })("red", "x")).toContain("\u001B");
  expect(paintFor(true, { TERM: "dumb" })("red", "x")).toBe("x");
  expect(withoutColours(coloured("bold", "a") + coloured("dim", "b"))).toBe("ab");
});

test("width of a text in columns", () => {
  expect([
    displayWidth("abc"),
    displayWidth(coloured("red", "abc")),
    displayWidth("日本"),
    displayWidth("e\u0301"),
  ]).toEqual([3, 3, 4, 1]);
});

test("sparkline", () => {
  expect(sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8)).toBe("█▇▆▅▄▃▂▁");
  expect(sparkline([8, 6, 4, 2], 2)).toBe("█▁");
  expect(sparkline([1, Number.NaN, 2], 9)).toBe("▁ █");
  expect(sparkline([3, 3], 9)).toBe("▄▄");
  expect(sparkline([], 9)).toBe("");
});

test("bar", () => {
  expect([0, 0.25, 0.5, 1, 7].map((share) => bar(share, 6, plain))).toEqual([
    "──────",
    "━╸────",
    "━━━───",
    "━━━━━━",
    "━━━━━━",
  ]);
});

const numbers = {
  step: 120,
  totalSteps: 500,
  loss: 1.8324,
  measures: {},
  gradNorm: 0.71,
  learningRate: 9.8e-5,
  tokensPerSecond: 2350.4,
  secondsLeft: 72,
};

test("progress line drops what does not fit, the least needed first", () => {
  const line = (columns: number): string => progressLine(numbers, [4, 3, 2, 1], { columns, paint: plain });
  expect(line(120)).toBe(
    "━━━━────────────  120/500  24%  loss 1.832  █▆▃▁  2,350 tok/s  eta 1m 12s  lr 9.8e-5  grad 0.7100",
  );
  expect(line(90)).toBe("━━━━────────────  120/500  24%  loss 1.832  █▆▃▁  2,350 tok/s  eta 1m 12s  grad 0.7100");
  expect(line(60)).toBe("120/500  24%  loss 1.832  █▆▃▁  2,350 tok/s  eta 1m 12s");
  expect(line(30)).toBe("120/500  24%  loss 1.832");
  expect(line(3)).toBe("120/500  24%");
  expect(displayWidth(progressLine(numbers, [1, 2], { columns: 60, paint: coloured }))).toBeLessThanOrEqual(60);
});

test("log line", () => {
  expect(logLine(numbers)).toBe("step 120/500  loss 1.832  grad_norm 0.7100  lr 9.8e-5  2350 tok/s  eta 1m 12s");
});

test("live line: ordinary lines go above it, a pipe sees only those", () => {
  const written: string[] = [];
  const live = createLiveLine({ write: (text: string) => written.push(text), isTTY: true, columns: 50 });
  live.update("one");
  live.print("kept");
  live.clear();
  live.clear();
  expect(written.join("")).toBe("\r\u001B[2Kone\r\u001B[2Kkept\n\r\u001B[2Kone\r\u001B[2K");
  expect(live.columns()).toBe(50);

  const piped: string[] = [];
  const pipe = createLiveLine({ write: (text: string) => piped.push(text) });
  pipe.update("one");
  pipe.print("kept");
  pipe.clear();
  expect(piped).toEqual(["kept\n"]);
  expect(pipe.columns()).toBe(80);
});

test("table", () => {
  const rows = [
    ["loss", "1.83"],
    ["日本", "12"],
  ];
  expect(table(rows, { head: ["name", "value"], right: [1], paint: plain })).toEqual([
    "name  value",
    "────  ─────",
    "loss   1.83",
    "日本     12",
  ]);
  expect(table(rows, { paint: plain })).toEqual(["loss  1.83", "日本  12"]);
});

test("chart of a falling curve with marks", () => {
  const training = Array.from({ length: 21 }, (_, i) => ({ x: i, y: 1 + 4 * Math.exp(-i / 5) }));
  const evaluation = [
    { x: 0, y: 5 },
    { x: 20, y: 1.5 },
  ];
  const lines = lossChart(
    [
      { name: "training loss", points: training, colour: "cyan" },
      { name: "evaluation loss", points: evaluation, colour: "magenta", mark: "●" },
    ],
    { width: 24, height: 6, paint: plain },
  );
  expect(lines).toEqual([
    "       ⠒⠒ training loss   ● evaluation loss",
    "5.000 ┤●⡄",
    "      │ ⠙⣆",
    "3.378 ┤  ⠈⢧⡀",
    "      │    ⠙⠦⣄",
    "      │      ⠈⠙⠦⣄⡀",
    "1.073 ┤          ⠉⠉⠙⠒⠒⠦⠤⠤⠤⢤⣀⣀⣀●",
    "      └────────────────────────",
    "       0        step         20",
  ]);
});

test("chart: nothing to draw, one point, gaps, no change", () => {
  const options = { width: 12, height: 3, paint: plain };
  const curve = (...ys: number[]) => [
    { name: "a", colour: "cyan" as const, points: ys.map((y, x) => ({ x: x + 1, y })) },
  ];
  expect(lossChart(curve(), options)).toEqual([]);
  expect(lossChart(curve(Number.NaN), options)).toEqual([]);
  expect(lossChart(curve(2), options)).toEqual([
    "       ⠒⠒ a",
    "2.500 ┤",
    "2.000 ┤      ⠄",
    "1.500 ┤",
    "      └────────────",
    "       1   step   1",
  ]);
  expect(lossChart(curve(1, Number.NaN, 2), options)).toEqual([
    "       ⠒⠒ a",
    "2.000 ┤        ⣀⡤⠖⠋",
    "1.500 ┤    ⣀⡤⠖⠋⠁",
    "1.000 ┤⣀⡤⠖⠋⠁",
    "      └────────────",
    "       1   step   3",
  ]);
});

test("a histogram in one row: what is not empty shows, columns hold as many bins each", () => {
  expect(histogramLine([0, 1, 4, 8, 1000], 10)).toBe(" ▁▁▁█");
  expect(histogramLine([1, 1, 1, 1, 2, 2, 0], 4)).toBe("▄▄█ ");
  expect(histogramLine([7], 10)).toBe("█");
  expect(histogramLine([0, 0], 10)).toBe("  ");
});

test("shares and values of statistics", () => {
  expect([0, 1, 0.123, 0.0123, 0.00123, 0.00001].map(formatShare)).toEqual([
    "0%",
    "100%",
    "12%",
    "1.2%",
    "0.12%",
    "<0.01%",
  ]);
  expect([1690, 12, 12_500_000, -3].map((value) => formatValue(value, true))).toEqual(["1,690", "12", "12.5M", "-3"]);
  expect([0.7251, 93.77, 523.2, 1.5, 3.1e-7, 0, -0.25].map((value) => formatValue(value, false))).toEqual([
    "0.725",
    "93.8",
    "523",
    "1.50",
    "3.1e-7",
    "0",
    "-0.250",
  ]);
});
