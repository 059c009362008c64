/** Correlations as a matrix of coloured cells with their numbers. */
import { fragment, type Markup } from "../../../reports/html.ts";

const CELL = 46;
const LEFT = 150;
const TOP = 118;

export function heatMap(names: readonly string[], matrix: readonly (readonly (number | null)[])[]): Markup {
  const cells = matrix.flatMap((row, y) =>
    row.map((value, x) => {
      const [left, top] = [LEFT + x * CELL, TOP + y * CELL];
      const kind = (value ?? 0) < 0 ? "minus" : "plus";
      const strength = x === y ? 0.06 : (Math.abs(value ?? 0) * 0.85).toFixed(3);
      const strong = x !== y && Math.abs(value ?? 0) > 0.7;
      const said = value === null ? "" : x === y ? "" : value.toFixed(2).replace("0.", ".");
      return fragment`<g
        ><title>${names[y]} and ${names[x]}: ${value === null ? "none" : value.toFixed(4)}</title
        ><rect
          class="${kind}"
          x="${left + 1}"
          y="${top + 1}"
          width="${CELL - 2}"
          height="${CELL - 2}"
          rx="6"
          fill-opacity="${strength}"
        /><text class="${strong ? "value strong" : "value"}" x="${left + CELL / 2}" y="${top + CELL / 2 + 4}">${said}</text></g
      >`;
    }),
  );
  const width = LEFT + names.length * CELL + 70;
  return fragment`<div class="card scroll">
    <svg
      class="heat"
      style="max-width:${width}px;margin:0 auto"
      viewBox="0 0 ${width} ${TOP + names.length * CELL}"
      role="img"
      aria-label="matrix of correlations"
    >
      ${names.map((name, i) => fragment`<text class="name" text-anchor="end" x="${LEFT - 10}" y="${TOP + i * CELL + CELL / 2 + 4}">${name}</text><text class="name" transform="translate(${LEFT + i * CELL + CELL / 2 + 4} ${TOP - 8}) rotate(-42)">${name}</text>`)}
      ${cells}
    </svg>
  </div>`;
}
