/** Places of rows as a person reads them: where there is one file, its name without the folder is enough. */
import { basename } from "node:path";
import type { Analysis } from "../../data/analyze/analysis.ts";
import type { Example } from "../../data/analyze/look-at-block.ts";

/** The same analysis; `files` keep their folders. */
export function withShortOrigins(analysis: Analysis): Analysis {
  const [file, ...more] = analysis.files;
  if (file === undefined || more.length > 0) return analysis;
  const short = (place: string): string =>
    place.startsWith(`${file}:`) ? basename(file) + place.slice(file.length) : place;
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
