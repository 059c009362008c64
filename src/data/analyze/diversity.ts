/**
 * Which verbs and objects instructions have: the verbs with most objects, each with its most frequent nouns, as
 * `get_diversity` of Data-Juicer counts them (20 verbs, 4 nouns each; instructions without an object do not count).
 */
import type { Counted, Instructions } from "./analysis.ts";

const VERBS = 20;
const NOUNS = 4;

/** `phrases`: "verb noun" or "verb" with their counts. */
export function diversityOf(phrases: ReadonlyMap<string, number>, read: number): Instructions {
  const verbs = new Map<string, { count: number; readonly nouns: Counted[] }>();
  let [withObject, pairs] = [0, 0];
  for (const [phrase, count] of phrases) {
    const space = phrase.indexOf(" ");
    if (space < 0) continue;
    withObject += count;
    pairs++;
    const verb = phrase.slice(0, space);
    const known = verbs.get(verb) ?? { count: 0, nouns: [] };
    known.count += count;
    known.nouns.push({ name: phrase.slice(space + 1), count });
    verbs.set(verb, known);
  }
  const top = [...verbs].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1)).slice(0, VERBS);
  return {
    read,
    withObject,
    pairs,
    verbs: top.map(([verb, { count, nouns }]) => ({ verb, count, nouns: sortCounted(nouns).slice(0, NOUNS) })),
  };
}

/** The most frequent first; equals by name. */
export const sortCounted = (list: readonly Counted[]): readonly Counted[] =>
  [...list].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
