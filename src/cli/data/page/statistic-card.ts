/** A statistic on a card: what it is, how it is spread, and the rows at both ends, so that a person sees what it means. */
import type { NumberFacts, Statistic, WordFacts } from "../../../data/analyze/analysis.ts";
import type { Example } from "../../../data/analyze/look-at-block.ts";
import { formatInteger, formatShare, formatValue } from "../../../reports/format.ts";
import { histogramSvg } from "./histogram.ts";
import { fragment, type Markup } from "../../../reports/html.ts";
import { statisticTexts } from "./statistic-texts.ts";

export function statisticCard({ name, operator, summary, numbers, words }: Statistic): Markup {
  return fragment`<article class="card stat">
    <h3>${name}</h3>
    <p class="what">${statisticTexts[name] ?? summary} <span class="mono">${operator}</span></p>
    ${numbers === undefined ? undefined : numberPart(numbers)}${words === undefined ? undefined : wordPart(words)}
  </article>`;
}

function numberPart(numbers: NumberFacts): Markup {
  const { mean, std, min, max, whole, percentiles, missing, lowest, highest } = numbers;
  const figures: (readonly [string, string])[] = [
    ["mean", formatValue(mean, false)],
    ["std", std === null ? "none" : formatValue(std, false)],
    ["least", formatValue(min, whole)],
    ...percentiles.map(([share, value]) => [nameOf(share), formatValue(value, whole)] as const),
    ["greatest", formatValue(max, whole)],
    ...(missing > 0 ? [["without", formatInteger(missing)] as const] : []),
  ];
  if (min === max) {
    const without = missing > 0 ? ` ${formatInteger(missing)} rows have none.` : "";
    return fragment`<p class="same"><b>${formatValue(min, whole)}</b> in every row.${without}</p>`;
  }
  return fragment`${histogramSvg(numbers)}
    <dl class="numbers">
      ${figures.map(
        ([term, value]) =>
          fragment`<div>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <details>
      <summary>Rows at both ends</summary>
      <div class="ends">
        <div>
          <h4>least</h4>
          ${lowest.map((example) => exampleOf(example, whole))}
        </div>
        <div>
          <h4>greatest</h4>
          ${highest.map((example) => exampleOf(example, whole))}
        </div>
      </div>
    </details>`;
}

const nameOf = (share: number): string => (share === 0.5 ? "median" : `${Number((share * 100).toPrecision(6))}%`);

const exampleOf = ({ value, origin, text }: Example, whole: boolean): Markup =>
  fragment`<div class="example">
    <div class="head"><b>${formatValue(value, whole)}</b><span class="origin">${origin}</span></div>
    <p class="text">${text}</p>
  </div>`;

function wordPart({ count, unique, capped, top }: WordFacts): Markup {
  const most = Math.max(1, ...top.map((word) => word.count));
  const rows = top.map(
    ({ name, count: times }) =>
      fragment`<li>
        <b>${name === "" ? "(empty)" : name}</b
        ><span class="meter"><i style="width:${((100 * times) / most).toFixed(1)}%"></i></span
        ><span>${formatShare(times / count)}</span>
      </li>`,
  );
  return fragment`<ul class="list">
      ${rows}
    </ul>
    <p class="small">${capped ? "at least " : ""}${formatInteger(unique)} different</p>`;
}
