/** Places of rows as a person reads them: without the folder that all files lie in. */
import { dirname, sep } from "node:path";
import type { Analysis } from "../../data/analyze/analysis.ts";
import type { Example } from "../../data/analyze/look-at-block.ts";

/** The same analysis; `files` keep their folders. */
export function withShortOrigins(analysis: Analysis): Analysis {
  const folder = commonFolder(analysis.files);
  const short = (place: string): string => (place.startsWith(folder) ? place.slice(folder.length) : place);
  const shortened = <Placed extends { readonly origin: string }>(list: readonly Placed[]): readonly Placed[] =>
    list.map((one) => ({ ...one, origin: short(one.origin) }));
  const ends = (list: readonly Example[]): readonly Example[] => shortened(list);
  return {
    ...analysis,
    statistics: analysis.statistics.map(({ numbers, ...rest }) => ({
      ...rest,
      ...(numbers === undefined
        ? {}
        : { numbers: { ...numbers, lowest: ends(numbers.lowest), highest: ends(numbers.highest) } }),
    })),
    repeats: { ...analysis.repeats, examples: shortened(analysis.repeats.examples) },
    drawn: shortened(analysis.drawn),
    missed: shortened(analysis.missed),
    bad: analysis.bad.map((one) => ({ ...one, examples: one.examples.map(short) })),
  };
}

/** With its separator at the end; empty when there is none. */
function commonFolder(files: readonly string[]): string {
  const [first = [], ...others] = files.map((file) => dirname(file).split(sep));
  let common = first;
  for (const other of others) {
    const same = common.findIndex((name, i) => name !== other[i]);
    common = same < 0 ? common : common.slice(0, same);
  }
  const folder = common.join(sep);
  return folder === "." || common.length === 0 ? "" : `${folder}${sep}`;
}
