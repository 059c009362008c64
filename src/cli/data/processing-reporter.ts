/** What `data process` shows: a live line, then what each operator did, what was bad, and where the result is. */
import { shareMemory } from "../../data/engine/memory.ts";
import type { ProcessProgress, ProcessReport } from "../../data/engine/job.ts";
import type { DataProcessArgs } from "../../recipes/data-process.ts";
import { withoutEffect } from "../../recipes/data-juicer-keys.ts";
import type { Context } from "../context.ts";
import { formatBytes, formatDuration, formatInteger } from "../../reports/format.ts";
import { createLiveLine, type LiveLine } from "../terminal/live-line.ts";
import { displayWidth, type Paint } from "../terminal/paint.ts";
import { bar } from "../terminal/progress-line.ts";
import { table } from "../terminal/table.ts";

export interface ProcessingReporter {
  readonly progress: (progress: ProcessProgress) => void;
  readonly note: (text: string) => void;
  readonly done: (report: ProcessReport) => void;
  /** Says how to go on after an error or Ctrl-C. */
  readonly stopped: (error: unknown) => void;
}

/** On a pipe there is no live line; a line every so often says that work goes on. */
const LOG_MILLISECONDS = 10_000;

export function processingReporter(
  args: DataProcessArgs,
  { stderr, stdout, paint, paintOut }: Context,
): ProcessingReporter {
  const line = createLiveLine(stderr);
  const keys = Object.keys(withoutEffect).filter(
    (key) => (args as Readonly<Record<string, unknown>>)[key] !== undefined,
  );
  const without = [...keys, ...args.process.flatMap(({ name, unused }) => unused.map((key) => `${name}.${key}`))];
  if (without.length > 0) line.print(paint("dim", `without effect here: ${without.join(", ")}`));
  const { workers } = shareMemory(args.max_memory, args.np);
  if (workers < args.np) {
    const why = `max_memory (${formatBytes(args.max_memory)}) allows no more`;
    line.print(paint("dim", `${workers} workers instead of ${args.np}: ${why}`));
  }
  return {
    progress: createProgressLine(line, paint),
    note: (text) => line.print(paint("dim", text)),
    done: (report) => {
      line.clear();
      const columns = Math.min(110, stdout.columns ?? 100);
      const page = args.report === undefined ? [] : [paintOut("dim", `  what happened, as a page: ${args.report}`)];
      stdout.write(`${[...reportLines(report, columns, paintOut), ...page].join("\n")}\n`);
    },
    stopped: (error) => {
      line.clear();
      if ((error as { readonly name?: unknown }).name !== "AbortError") return;
      line.print("stopped; the same command goes on from here");
    },
  };
}

/** Shows how far work is: in place in a terminal, now and then on a pipe. */
export function createProgressLine(line: LiveLine, paint: Paint): (progress: ProcessProgress) => void {
  let logged = Date.now();
  return (progress) => {
    if (line.interactive) line.update(progressLine(progress, line.columns(), paint));
    else if (Date.now() - logged > LOG_MILLISECONDS) {
      logged = Date.now();
      line.print(logLine(progress));
    }
  };
}

function progressLine(progress: ProcessProgress, columns: number, paint: Paint): string {
  const { stage, stages, operators, share, rows, rowsPerSecond, secondsLeft } = progress;
  const parts = [
    bar(share, 16, paint),
    `${String(Math.floor(share * 100)).padStart(3)}%`,
    ...(stages > 1 ? [`stage ${stage + 1}/${stages}`] : []),
    `${formatInteger(rows)} rows`,
    `${formatInteger(rowsPerSecond)} rows/s`,
    `eta ${formatDuration(secondsLeft)}`,
  ].join("  ");
  const left = columns - displayWidth(parts) - 2;
  const names = operators.join(", ");
  const shown = names.length > left ? `${names.slice(0, Math.max(0, left - 3))}...` : names;
  return left > 12 ? `${parts}  ${paint("dim", shown)}` : parts;
}

const logLine = ({ stage, stages, share, rows, rowsPerSecond, secondsLeft }: ProcessProgress): string =>
  `stage ${stage + 1}/${stages}  ${Math.floor(share * 100)}%  ${rows} rows  ` +
  `${Math.round(rowsPerSecond)} rows/s  eta ${formatDuration(secondsLeft)}`;

const share = (part: number, whole: number): string => (whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)}%`);

/** No operator had more rows than the one above it left. */
const ranAsWritten = (operators: ProcessReport["operators"]): boolean =>
  operators.every(({ rowsIn }, i) => i === 0 || rowsIn <= (operators[i - 1]?.rowsOut ?? 0));

export function reportLines(report: ProcessReport, columns: number, paint: Paint): readonly string[] {
  const { operators, rowsRead, rowsWritten, rowsBad, seconds, bytes } = report;
  const width = Math.max(10, Math.min(30, columns - 76));
  const rows = operators.map(({ name, rowsIn, rowsOut }) => {
    const change = rowsOut - rowsIn;
    const said = change === 0 ? "" : `${change > 0 ? "+" : "-"}${formatInteger(Math.abs(change))}`;
    return [
      name,
      formatInteger(rowsIn),
      formatInteger(rowsOut),
      said,
      change < 0 ? share(-change, rowsIn) : "",
      bar(rowsRead === 0 ? 0 : rowsOut / rowsRead, width, paint),
    ];
  });
  const rate = `${formatInteger(rowsRead / Math.max(seconds, 1e-3))} rows/s, ${formatBytes(bytes / Math.max(seconds, 1e-3))}/s`;
  const lines = [
    ...table(rows, {
      head: ["operator", "rows in", "rows out", "change", "", "of all rows"],
      right: [1, 2, 3, 4],
      paint,
    }),
    ...(ranAsWritten(operators)
      ? []
      : [paint("dim", "Neighbouring filters ran in another order: those that drop most for little work first.")]),
    "",
    `${paint("bold", formatInteger(rowsWritten))} of ${formatInteger(rowsRead)} rows kept (${share(rowsWritten, rowsRead)}) ` +
      `in ${formatDuration(seconds)}${seconds < 1 ? ` (${Math.round(seconds * 1000)} ms)` : ""}: ${rate}${report.resumed ? ", going on from an earlier run" : ""}`,
  ];
  if (rowsBad > 0) {
    lines.push(paint("yellow", `${formatInteger(rowsBad)} bad rows set aside in ${report.badFile}:`));
    lines.push(...report.reasons.slice(0, 5).map(([reason, count]) => `  ${formatInteger(count)} × ${reason}`));
  }
  for (const { file, reason, fix } of report.fileFaults) {
    lines.push(
      paint("red", `${file} could not be read to its end: ${reason} What came before is in the result. ${fix}`),
    );
  }
  const [first = "", ...more] = report.files;
  lines.push(`${paint("green", "→")} ${first}${more.length > 0 ? ` and ${more.length} more shards` : ""}`);
  if (report.statsFile !== undefined) lines.push(paint("dim", `  statistics of each row: ${report.statsFile}`));
  if (report.traceFolder !== undefined) lines.push(paint("dim", `  examples of each operator: ${report.traceFolder}/`));
  return lines;
}
