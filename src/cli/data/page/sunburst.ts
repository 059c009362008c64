/** Verbs of instructions in a ring, their objects in a ring around it (Self-Instruct, figure 3), and as a list. */
import type { Instructions, VerbFacts } from "../../../data/analyze/analysis.ts";
import { formatInteger, formatShare } from "../../../reports/format.ts";
import { fragment, type Markup } from "../../../reports/html.ts";

const SIZE = 460;
const CENTRE = SIZE / 2;
const INNER = 72;
const BETWEEN = 150;
const OUTER = 228;
/** Arcs under this share would be hairs: they go into that of all other objects. */
const LEAST_SHARE = 0.004;
/** Arcs under this share of the ring have no room for a word. */
const LABEL_SHARE = 0.018;

interface Arc {
  readonly from: number;
  readonly to: number;
  readonly inner: number;
  readonly outer: number;
}

export function sunburst({ verbs, withObject }: Instructions): Markup {
  const all = verbs.reduce((sum, { count }) => sum + count, 0);
  let angle = 0;
  const segments = verbs.flatMap((verb, i) => {
    const from = angle;
    angle += verb.count / all;
    return segmentsOf(verb, { from, to: angle, hue: Math.round((i * 360) / verbs.length), all, withObject });
  });
  return fragment`<svg class="sun" viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="verbs and their objects">
    ${segments}
    <text class="middle" x="${CENTRE}" y="${CENTRE - 4}">${formatInteger(withObject)} instructions</text>
    <text class="middle" x="${CENTRE}" y="${CENTRE + 14}">with an object</text>
  </svg>`;
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly hue: number;
  readonly all: number;
  readonly withObject: number;
}

function segmentsOf({ verb, count, nouns }: VerbFacts, { from, to, hue, all, withObject }: Place): readonly Markup[] {
  const parts = [
    segment({ from, to, inner: INNER, outer: BETWEEN - 2 }, `hsl(${hue} 42% 66%)`, verb, [verb, count, withObject]),
  ];
  let at = from;
  for (const { name, count: times } of nouns) {
    if (times / all < LEAST_SHARE) break;
    const end = at + times / all;
    const arc = { from: at, to: end, inner: BETWEEN, outer: OUTER };
    parts.push(segment(arc, `hsl(${hue} 46% 78%)`, name, [`${verb} ${name}`, times, withObject]));
    at = end;
  }
  const rest = { from: at, to, inner: BETWEEN, outer: OUTER };
  if (to - at >= LEAST_SHARE) parts.push(restOf(rest, `${verb} …`, Math.round((to - at) * all), withObject));
  return parts;
}

function segment(
  arc: Arc,
  fill: string,
  label: string,
  [phrase, count, all]: readonly [string, number, number],
): Markup {
  const share = arc.to - arc.from;
  const middle = (arc.from + arc.to) / 2;
  const degrees = middle * 360 - 90;
  const turned = middle > 0.5 ? degrees + 180 : degrees;
  const [x, y] = point(middle, (arc.inner + arc.outer) / 2);
  const room = Math.floor((arc.outer - arc.inner) / 6.6);
  const said = label.length > room ? `${label.slice(0, room - 1)}…` : label;
  const text =
    share < LABEL_SHARE
      ? undefined
      : fragment`<text
          class="label"
          text-anchor="middle"
          transform="translate(${x} ${y}) rotate(${turned.toFixed(1)})"
          dy="4"
          >${said}</text
        >`;
  return fragment`<g class="seg"
    ><path d="${path(arc)}" fill="${fill}" />${text}${tip(phrase, count, all)}</g
  >`;
}

/** All other objects of a verb. */
const restOf = (arc: Arc, phrase: string, count: number, all: number): Markup =>
  fragment`<g class="seg rest"><path d="${path(arc)}" />${tip(phrase, count, all)}</g>`;

/** In the middle, where nothing else is while a segment is under the pointer: the verb, the object, how many. */
function tip(phrase: string, count: number, all: number): Markup {
  const lines = [...phrase.split(" "), `${formatInteger(count)} (${formatShare(count / all)})`];
  const top = CENTRE + 5 - (lines.length - 1) * 9;
  return fragment`${lines.map((line, i) => fragment`<text class="tip" x="${CENTRE}" y="${top + i * 18}">${line}</text>`)}`;
}

/** On a circle, by share of a turn from the top. */
function point(turn: number, radius: number): readonly [string, string] {
  const radians = turn * 2 * Math.PI - Math.PI / 2;
  return [(CENTRE + radius * Math.cos(radians)).toFixed(1), (CENTRE + radius * Math.sin(radians)).toFixed(1)];
}

function path({ from, to, inner, outer }: Arc): string {
  // A whole turn has no arc: it ends where it begins.
  const end = Math.min(to, from + 0.9999);
  const large = end - from > 0.5 ? 1 : 0;
  const [a, b, c, d] = [point(from, outer), point(end, outer), point(end, inner), point(from, inner)];
  return `M${a.join(" ")}A${outer} ${outer} 0 ${large} 1 ${b.join(" ")}L${c.join(" ")}A${inner} ${inner} 0 ${large} 0 ${d.join(" ")}Z`;
}

export function verbList({ verbs, withObject }: Instructions): Markup {
  const shown = verbs.slice(0, 12).map(({ verb, count, nouns }) => {
    const objects = nouns.map(({ name, count: times }) => `${name} ${formatInteger(times)}`).join(", ");
    return fragment`<li>
      <b>${verb}</b><span class="nouns">${objects}</span><span>${formatShare(count / withObject)}</span>
    </li>`;
  });
  return fragment`<ul class="list">
    ${shown}
  </ul>`;
}
