/** What `data analyze` shows in a terminal, in 80 columns: facts, a table with histograms, what is far out, what next. */
import type { Analysis, Statistic } from "../../data/analyze/analysis.ts";
import { formatBytes, formatDuration, formatInteger, formatShare, formatValue } from "../../reports/format.ts";
import type { Paint } from "../terminal/paint.ts";
import { histogramLine } from "../terminal/sparkline.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../help.ts";
import { factsOf, outliersOf, plural, remarksOf } from "./analysis-facts.ts";

export interface AnalysisOutputs {
  /** Files, folders and globs as they were given. */
  readonly paths: readonly string[];
  /** Files that were written. */
  readonly report: string | undefined;
  readonly suggest: string | undefined;
}

const marks = { good: ["green", "✓"], note: ["cyan", "•"], warn: ["yellow", "!"] } as const;

export function analysisLines(
  analysis: Analysis,
  outputs: AnalysisOutputs,
  { columns, paint }: { readonly columns: number; readonly paint: Paint },
): readonly string[] {
  const width = Math.min(columns, 100);
  const facts = factsOf(analysis);
  const lines = [...headLines(analysis, paint), ...(facts.length === 0 ? [] : [""])];
  for (const { tone, text } of facts) {
    const [colour, mark] = marks[tone];
    const [first = "", ...more] = wrap(safe(text), width - 4);
    lines.push(`${paint(colour, mark)} ${first}`, ...more.map((line) => `  ${line}`));
  }
  const numeric = analysis.statistics.filter(({ numbers }) => numbers !== undefined);
  if (numeric.length > 0) lines.push("", ...statisticLines(numeric, width, paint));
  lines.push(...verbLines(analysis, width, paint), ...outlierLines(analysis, width, paint));
  lines.push(...remarkLines(analysis, width, paint), "", ...nextLines(analysis, outputs, paint));
  return lines;
}

function headLines(analysis: Analysis, paint: Paint): readonly string[] {
  const { files, bytes, rows, good, seconds, sample, shapes } = analysis;
  const [first = "", ...more] = files;
  const name = safe(more.length === 0 ? first : `${first} and ${plural(more.length, "more file")}`);
  const known = shapes.filter(({ name: shape }) => shape !== "other").slice(0, 3);
  const kinds = known.map(({ name: shape, count }) =>
    count === good ? shape : `${shape} ${formatShare(count / good)}`,
  );
  const drawn =
    sample === undefined
      ? plural(rows, "row")
      : `${plural(rows, "row")} drawn of ${formatInteger(sample.total)} (seed ${sample.seed})`;
  const parts = [drawn, formatBytes(bytes), ...(kinds.length === 0 ? [] : [kinds.join(", ")])];
  const time = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : formatDuration(seconds);
  return [paint("bold", name), `${parts.join("  ")}  ${paint("dim", `in ${time}`)}`];
}

function statisticLines(statistics: readonly Statistic[], width: number, paint: Paint): readonly string[] {
  const longest = Math.max(...statistics.map(({ name }) => name.length));
  const room = Math.max(8, Math.min(32, width - longest - 2 - 40));
  const rows = statistics.flatMap(({ name, numbers }) => {
    if (numbers === undefined) return [];
    const { mean, min, max, whole, percentiles, histogram } = numbers;
    const median = percentiles.find(([share]) => share === 0.5)?.[1] ?? Number.NaN;
    const { counts, below, above } = histogram;
    const line = histogramLine(counts, room - 2);
    const drawn = `${below > 0 ? paint("yellow", "‹") : " "}${paint("cyan", line)}${above > 0 ? paint("yellow", "›") : ""}`;
    const value = (number: number): string => formatValue(number, whole);
    return [[name, drawn, formatValue(mean, false), value(min), value(median), value(max)]];
  });
  const head = ["statistic", " distribution", "mean", "least", "median", "greatest"];
  const lines = table(rows, { head, right: [2, 3, 4, 5], paint });
  const cut = statistics.some(({ numbers }) => (numbers?.histogram.below ?? 0) + (numbers?.histogram.above ?? 0) > 0);
  return cut ? [...lines, paint("dim", "‹ › a few rows lie beyond the drawing")] : lines;
}

function verbLines({ instructions: { verbs, withObject } }: Analysis, width: number, paint: Paint): readonly string[] {
  if (withObject < 10) return [];
  const parts = verbs.slice(0, 8).map(({ verb, count, nouns }) => {
    const objects = nouns.slice(0, 3).map(({ name }) => name);
    return `${verb} ${formatShare(count / withObject)} (${objects.join(", ")})`;
  });
  const lines = wrap(safe(parts.join("  ")), width - 14).slice(0, 3);
  return ["", ...lines.map((line, i) => `${paint("dim", (i === 0 ? "instructions" : "").padEnd(12))}  ${line}`)];
}

function outlierLines(analysis: Analysis, width: number, paint: Paint): readonly string[] {
  const seen = new Set<string>();
  const shown = outliersOf(analysis).filter(({ example }) => !seen.has(example.origin) && seen.add(example.origin));
  if (shown.length === 0) return [];
  const lines = ["", paint("bold", "furthest out")];
  for (const { statistic, example, whole } of shown.slice(0, 3)) {
    const value = `${statistic} ${formatValue(example.value, whole)}`;
    lines.push(cut(`${value}  ${safe(example.origin)}`, width), paint("dim", cut(`  ${safe(example.text)}`, width)));
  }
  return lines;
}

function remarkLines(analysis: Analysis, width: number, paint: Paint): readonly string[] {
  const lines = remarksOf(analysis).flatMap((text) => wrap(safe(text), width));
  return lines.length === 0 ? [] : ["", ...lines.map((line) => paint("dim", line))];
}

function nextLines(analysis: Analysis, outputs: AnalysisOutputs, paint: Paint): readonly string[] {
  const { report, suggest, paths } = outputs;
  const arrow = paint("green", "→");
  const lines: string[] = [];
  if (report !== undefined)
    lines.push(`${arrow} ${report}  ${paint("dim", "everything, with examples: open it in a browser")}`);
  if (suggest === undefined) return lines;
  const bounds = plural(analysis.suggestion.length, "filter");
  lines.push(`${arrow} ${suggest}  ${paint("dim", `a recipe: ${bounds} at mean ± 3 std`)}`);
  if (analysis.suggestion.length > 0)
    lines.push(`${paint("dim", "next")} ${paint("cyan", nextCommand(paths, suggest))}`);
  return lines;
}

/** The command that runs the suggested recipe. */
export function nextCommand(paths: readonly string[], recipe: string): string {
  const [only = ""] = paths;
  const data = quoted(paths.length === 1 ? only : JSON.stringify(paths));
  return `tunesmith data process ${quoted(recipe)} --dataset-path ${data} --export-path clean.jsonl`;
}

const quoted = (path: string): string => (/^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);

/** Rows are untrusted: what would move the cursor or change colours becomes a space. */
const safe = (text: string): string => text.replaceAll(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu, " ");

const cut = (text: string, width: number): string => {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
};
