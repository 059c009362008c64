/** The page of `data process --report`: how many rows each operator let pass, and examples of what it did to them. */
import type { ProcessReport } from "../../../data/engine/job.ts";
import type { TraceEntry } from "../../../data/engine/trace.ts";
import { excerptOf, partsOf } from "../../../data/analyze/excerpt.ts";
import type { RawObject } from "../../../data/shapes/shape.ts";
import { formatBytes, formatDuration, formatInteger, formatShare, formatValue } from "../../../reports/format.ts";
import { plural } from "../analysis-facts.ts";
import { fragment, type Markup } from "../../../reports/html.ts";
import { page, section } from "../../../reports/shell.ts";
import { shortened, wordDiff } from "./word-diff.ts";

export type Trace = Omit<TraceEntry, "place">;

/** `traces`: examples of each operator, by its place in the recipe. */
export function processPage(report: ProcessReport, traces: ReadonlyMap<number, readonly Trace[]>): string {
  const { rowsRead, rowsWritten, rowsBad, seconds, bytes, files, operators } = report;
  const [first = "", ...more] = files;
  const rate = rowsRead / Math.max(seconds, 1e-3);
  const figures = [
    [formatInteger(rowsRead), "rows read"],
    [formatInteger(rowsWritten), `rows written (${formatShare(rowsWritten / Math.max(1, rowsRead))})`],
    [formatInteger(rowsBad), "bad rows set aside"],
    [formatBytes(bytes), "read"],
    [formatDuration(seconds), `${formatInteger(rate)} rows each second`],
  ] as const;
  const facts = [
    ...report.reasons.slice(0, 5).map(([reason, count]) => `${plural(count, "bad row")}: ${reason}`),
    ...report.fileFaults.map(({ file, reason }) => `${file} could not be read to its end: ${reason}`),
  ];
  return page({
    kicker: "tunesmith data process",
    title: first.split(/[\\/]/).at(-1) ?? first,
    subtitle: more.length === 0 ? first : `${first} and ${more.length} more shards`,
    sections: [
      fragment`<div class="figures">${figures.map(([value, what]) => fragment`<div><b>${value}</b><span>${what}</span></div>`)}</div>
      <ul class="facts">${facts.map((text) => fragment`<li class="warn">${text}</li>`)}</ul>`,
      section("What each operator let pass", "", operatorTable(report)),
      ...operators.flatMap(({ name }, place) => {
        const entries = traces.get(place) ?? [];
        return entries.length === 0 ? [] : [section(name, leadOf(entries), entries.map(entryCard))];
      }),
    ],
    foot: "One file, nothing is loaded from elsewhere. Rows are examples: the first that each operator changed or dropped.",
  });
}

function operatorTable({ operators, rowsRead }: ProcessReport): Markup {
  const rows = operators.map(({ name, rowsIn, rowsOut }) => {
    const change = rowsOut - rowsIn;
    const said = change === 0 ? "" : `${change > 0 ? "+" : "-"}${formatInteger(Math.abs(change))}`;
    const wide = Math.min(100, (100 * rowsOut) / Math.max(1, rowsRead)).toFixed(1);
    return fragment`<tr><td class="mono">${name}</td><td class="right">${said}</td><td style="width:45%"><span class="meter"><i style="width:${wide}%"></i></span></td><td class="right">${formatInteger(rowsOut)}</td></tr>`;
  });
  return fragment`<div class="card pad"><table>${rows}</table></div>`;
}

const leads: Readonly<Record<Trace["kind"], string>> = {
  dropped: "Rows that it dropped, with the statistics that decided.",
  changed: "Rows that it changed: what it took away and what it put in.",
  split: "Rows that it made several of.",
  duplicate: "Rows that it dropped, each with the one that it repeats and that stays.",
  "not selected": "Rows that it did not select.",
};

const leadOf = ([entry]: readonly Trace[]): string => (entry === undefined ? "" : leads[entry.kind]);

function entryCard(entry: Trace): Markup {
  const { kind, origin, row, stats, after, original } = entry;
  const values = Object.entries(stats ?? {}).map(
    ([name, value]) => `${name} ${typeof value === "number" ? formatValue(value, false) : JSON.stringify(value)}`,
  );
  const head = fragment`<div class="head"><span class="origin">${origin}</span><b>${values.join(", ")}</b></div>`;
  const body =
    kind === "changed" && after !== undefined && !Array.isArray(after)
      ? changes(row, after as RawObject)
      : kind === "duplicate" && original !== undefined
        ? twins(row, original)
        : Array.isArray(after)
          ? [wholeRow(row), ...(after as readonly RawObject[]).slice(0, 3).map(wholeRow)]
          : [wholeRow(row)];
  return fragment`<article class="card row example-card">${head}${body}</article>`;
}

const PART = 320;
const PARTS = 5;

function wholeRow(row: RawObject): Markup {
  const parts = partsOf(row)
    .filter(({ text }) => text !== "")
    .slice(0, PARTS);
  return fragment`<div class="whole">${parts.map(({ label, text }) => partOf(label, fragment`${excerptOf(text, PART)}`))}</div>`;
}

const partOf = (label: string, text: Markup | readonly Markup[]): Markup =>
  fragment`<div class="part"><div class="label">${label}</div><p class="text">${text}</p></div>`;

const marked = (before: string, after: string): readonly Markup[] =>
  shortened(wordDiff(before, after)).map(({ kind, text }) =>
    kind === "same" ? fragment`${text}` : kind === "gone" ? fragment`<del>${text}</del>` : fragment`<ins>${text}</ins>`,
  );

/** Parts that differ; columns that came or went are all new or all gone. */
function changes(before: RawObject, after: RawObject): readonly Markup[] {
  const [old, now] = [partsOf(before), partsOf(after)];
  const places = Math.max(old.length, now.length);
  const found: Markup[] = [];
  for (let i = 0; i < places; i++) {
    const [was, is] = [old[i], now[i]];
    if (was?.text === is?.text && was?.label === is?.label) continue;
    found.push(partOf(is?.label ?? was?.label ?? "", marked(was?.text ?? "", is?.text ?? "")));
  }
  return found;
}

/** Of two rows that are the same to a deduplicator, what differs none the less. */
function twins(row: RawObject, original: RawObject): readonly Markup[] {
  const differ = changes(original, row);
  if (differ.length > 0) return [fragment`<p class="small">Against the row that stays:</p>`, ...differ];
  return [fragment`<p class="small">Equal to the row that stays.</p>`, wholeRow(row)];
}
