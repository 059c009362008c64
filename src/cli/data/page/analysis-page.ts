/** The page of `data analyze`: facts first, then each statistic, what goes together, what is said, and rows. */
import type { Analysis, ColumnFacts } from "../../../data/analyze/analysis.ts";
import type { DrawnRow } from "../../../data/analyze/look-at-block.ts";
import { formatBytes, formatDuration, formatInteger, formatShare, formatValue } from "../../../reports/format.ts";
import { factsOf, plural, remarksOf } from "../analysis-facts.ts";
import { heatMap } from "./heat-map.ts";
import { fragment, type Markup } from "../../../reports/html.ts";
import { page, section } from "../../../reports/shell.ts";
import { statisticCard } from "./statistic-card.ts";
import { sunburst, verbList } from "./sunburst.ts";

export interface AnalysisPageOptions {
  /** YAML of the suggested recipe, and the command that runs it; undefined leaves the part out. */
  readonly recipe: string;
  readonly command: string | undefined;
}

export function analysisPage(analysis: Analysis, options: AnalysisPageOptions): string {
  const { files, rows, bytes, seconds, sample, statistics, repeats, drawn } = analysis;
  const [first = "", ...more] = files;
  const name = first.split(/[\\/]/).at(-1) ?? first;
  const time = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : formatDuration(seconds);
  const looked =
    sample === undefined
      ? `All ${plural(rows, "row")} were looked at`
      : `${plural(rows, "row")} of ${formatInteger(sample.total)}, drawn with seed ${sample.seed}, were looked at`;
  const sections = [
    headline(analysis),
    ...(statistics.length === 0 ? [] : [statisticsSection(analysis)]),
    ...(analysis.instructions.withObject < 10 ? [] : [verbsSection(analysis)]),
    ...(analysis.correlation.names.length < 2 ? [] : [correlationSection(analysis)]),
    ...(repeats.examples.length === 0 ? [] : [repeatsSection(analysis)]),
    ...(drawn.length === 0 ? [] : [rowsSection(drawn)]),
    columnsSection(analysis.columns, analysis.good),
    ...(analysis.suggestion.length === 0 ? [] : [recipeSection(options)]),
    ...remarksSection(analysis),
  ];
  return page({
    kicker: "tunesmith data analyze",
    title: more.length === 0 ? name : `${name} and ${plural(more.length, "more file")}`,
    subtitle: `${looked}, ${formatBytes(bytes)}, in ${time}.`,
    sections,
    foot: "One file, nothing is loaded from elsewhere. Numbers are exact for the rows that were looked at; std is that of a sample, quantiles are interpolated.",
  });
}

function headline(analysis: Analysis): Markup {
  const { rows, good, repeats, shapes, statistics, columns, bytes, files } = analysis;
  const length = statistics.find(({ numbers }) => numbers !== undefined && numbers.whole && numbers.max > 0);
  const median = length?.numbers?.percentiles.find(([share]) => share === 0.5)?.[1];
  const [shape] = shapes;
  const figures: (readonly [string, string])[] = [
    [formatInteger(rows), good === rows ? "rows, all of them good" : `rows, ${formatInteger(rows - good)} of them bad`],
    ...(shape === undefined ? [] : [[shape.name, `shape of ${formatShare(shape.count / Math.max(1, good))}`] as const]),
    [formatInteger(columns.length), columns.length === 1 ? "column" : "columns"],
    [formatBytes(bytes), files.length === 1 ? "in one file" : `in ${files.length} files`],
    ...(median === undefined ? [] : [[formatValue(median, true), `median ${length?.name ?? ""}`] as const]),
    [formatShare(repeats.share), "repeat an earlier row"],
  ];
  const facts = factsOf(analysis).map(({ tone, text }) => fragment`<li class="${tone}">${text}</li>`);
  return fragment`<div class="figures">
      ${figures.map(([value, what]) => fragment`<div><b>${value}</b><span>${what}</span></div>`)}
    </div>
    <ul class="facts">
      ${facts}
    </ul>`;
}

function statisticsSection({ statistics }: Analysis): Markup {
  const lead =
    "Each bar shows its range and rows under the pointer. Below a histogram lie the middle half of the rows and the median; " +
    "dashed lines are three standard deviations from the mean. Bars that stand apart gather the few rows beyond.";
  return section("Statistics", lead, fragment`<div class="grid">${statistics.map(statisticCard)}</div>`);
}

function verbsSection({ instructions }: Analysis): Markup {
  const { read, withObject, pairs } = instructions;
  const lead = `The first verb of an instruction and its object, in ${formatInteger(withObject)} of ${formatInteger(read)} instructions that were read: ${formatInteger(pairs)} different pairs. The wider the ring is spread, the more different things are asked for.`;
  return section(
    "What is asked for",
    lead,
    fragment`<div class="card verbs">${sunburst(instructions)}${verbList(instructions)}</div>`,
  );
}

function correlationSection({ correlation: { names, matrix } }: Analysis): Markup {
  const lead =
    "Pearson's correlation of every two statistics. What is nearly 1 says the same twice: one threshold of the two is enough.";
  return section("What goes together", lead, heatMap(names, matrix));
}

function repeatsSection({ repeats }: Analysis): Markup {
  const lead = `${repeats.exact ? "" : "About "}${plural(repeats.rows, "row")} have the text of an earlier one (${formatShare(repeats.share)}).${repeats.exact ? "" : " Estimated from a share of the texts."} Such texts are:`;
  const rows = repeats.examples.map(
    ({ text, times, origin }) =>
      fragment`<tr>
        <td class="right"><b>${formatInteger(times)}</b> ×</td>
        <td>
          <p class="text">${text}</p>
          <span class="origin">${origin}</span>
        </td>
      </tr>`,
  );
  return section(
    "Repeats",
    lead,
    fragment`<div class="card pad">
      <table>
        ${rows}
      </table>
    </div>`,
  );
}

function rowsSection(drawn: readonly DrawnRow[]): Markup {
  const cards = drawn.map(
    ({ origin, parts }) =>
      fragment`<article class="card row">
        <span class="origin">${origin}</span>${parts.map(
          ({ label, text }) =>
            fragment`<div class="part">
              <div class="label">${label}</div>
              <p class="text">${text}</p>
            </div>`,
        )}
      </article>`,
  );
  return section("Rows", "Drawn at random; long texts are cut.", fragment`<div class="rows">${cards}</div>`);
}

const SHOWN_COLUMNS = 40;

function columnsSection(columns: readonly ColumnFacts[], good: number): Markup {
  const rows = columns.slice(0, SHOWN_COLUMNS).map(({ name, kinds, rows: count }) => {
    const said = kinds.map((kind) => (kinds.length === 1 ? kind.name : `${kind.name} ${formatInteger(kind.count)}`));
    const share = count / Math.max(1, good);
    return fragment`<tr>
      <td class="mono">${name}</td>
      <td>${said.join(", ")}</td>
      <td>
        <span class="meter"><i style="width:${(100 * share).toFixed(1)}%"></i></span>
      </td>
      <td class="right">${formatShare(share)}</td>
    </tr>`;
  });
  const head = fragment`<tr>
    <th>column</th>
    <th>values</th>
    <th>rows that have it</th>
    <th></th>
  </tr>`;
  const more =
    columns.length > SHOWN_COLUMNS
      ? fragment`<p class="small">and ${columns.length - SHOWN_COLUMNS} more</p>`
      : undefined;
  return section(
    "Columns",
    "",
    fragment`<div class="card pad">
      <table>
        ${head}${rows}
      </table>
      ${more}
    </div>`,
  );
}

function recipeSection({ recipe, command }: AnalysisPageOptions): Markup {
  const lines = recipe
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, code = "", comment = ""] = /^([^#]*)(#.*)?$/.exec(line) ?? [];
      return fragment`${code}${comment === "" ? undefined : fragment`<span class="comment">${comment}</span>`}${"\n"}`;
    });
  const run =
    command === undefined
      ? undefined
      : fragment`<p class="lead" style="margin:14px 0 0">Run it: <code>${command}</code></p>`;
  return section(
    "A recipe to begin with",
    "Thresholds at three standard deviations around the mean. Bounds beyond which there is no row are left out.",
    fragment`<div class="card"><pre>${lines}</pre></div>
      ${run}`,
  );
}

function remarksSection(analysis: Analysis): readonly Markup[] {
  const remarks = [
    ...analysis.bad.flatMap(({ reason, count, examples }) => [`${plural(count, "bad row")}: ${reason}`, ...examples]),
    ...remarksOf(analysis),
  ];
  if (remarks.length === 0) return [];
  return [
    section("Remarks", "", fragment`<ul class="small">${remarks.map((text) => fragment`<li>${text}</li>`)}</ul>`),
  ];
}
