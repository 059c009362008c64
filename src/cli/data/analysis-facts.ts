/** What a person should know first of an analysis: short sentences, the most telling first. */
import type { Analysis, NumberFacts, Statistic } from "../../data/analyze/analysis.ts";
import type { Example } from "../../data/analyze/look-at-block.ts";
import { formatInteger, formatShare, formatValue } from "../../reports/format.ts";

export interface Fact {
  /** `warn` for what most likely wants to be mended, `note` for what is worth a look. */
  readonly tone: "good" | "note" | "warn";
  readonly text: string;
}

/** A row far from the others in one statistic. */
export interface Outlier {
  readonly statistic: string;
  readonly example: Example;
  /** Distance from the mean in standard deviations. */
  readonly sigmas: number;
  readonly whole: boolean;
}

export function factsOf(analysis: Analysis): readonly Fact[] {
  return [badFacts, textFacts, repeatFacts, outlierFacts, columnFacts, wordFacts, twinFacts, verbFacts].flatMap((of) =>
    of(analysis),
  );
}

function badFacts({ rows, good, bad, fileFaults }: Analysis): readonly Fact[] {
  const facts: Fact[] = fileFaults.map(({ file, reason }) => ({
    tone: "warn",
    text: `${file} could not be read to its end: ${reason}`,
  }));
  const count = bad.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return facts;
  const share = formatShare(count / rows);
  const reasons = bad.slice(0, 2).map(({ reason, examples }) => `${reason} (${placeOf(examples[0] ?? "")})`);
  const which =
    good === 0 ? "all rows are bad" : `${plural(count, "row")} ${count === 1 ? "is" : "are"} bad (${share})`;
  return [...facts, { tone: "warn", text: `${which}: ${reasons.join(", ")}` }];
}

function textFacts({ textColumn }: Analysis): readonly Fact[] {
  if (textColumn === undefined) return [];
  return [{ tone: "note", text: `texts are those of the column ${textColumn}; name another with --text-keys` }];
}

/** "train.jsonl:12" of "train.jsonl:12: not JSON". */
const placeOf = (example: string): string => /^(.*?:\d+)(?::|$)/.exec(example)?.[1] ?? example;

function repeatFacts({ repeats, good, sample }: Analysis): readonly Fact[] {
  if (good < 2) return [];
  const { rows, share, exact } = repeats;
  const drawn = sample === undefined ? "" : " of the sample";
  if (rows === 0) return [{ tone: "good", text: `no row${drawn} repeats another` }];
  const about = exact ? "" : "about ";
  // Most twins of a drawn row were not drawn.
  const more = sample === undefined ? "" : "; of all rows it is more";
  const verb = rows === 1 ? "repeats" : "repeat";
  const text = `${about}${plural(rows, "row")}${drawn} (${formatShare(share)}) ${verb} an earlier one word for word${more}`;
  return [{ tone: share >= 0.01 ? "warn" : "note", text }];
}

/** Rows beyond which there are no others like them: at least `least` standard deviations away, the furthest first. */
export function outliersOf({ statistics }: Analysis, least = 6): readonly Outlier[] {
  const found = statistics.flatMap(({ name, numbers }: Statistic): readonly Outlier[] => {
    if (numbers === undefined || numbers.std === null || numbers.std === 0) return [];
    const { mean, std, whole } = numbers;
    return [numbers.lowest[0], numbers.highest[0]].flatMap((example) => {
      const sigmas = example === undefined ? 0 : Math.abs(example.value - mean) / std;
      return example !== undefined && sigmas >= least ? [{ statistic: name, example, sigmas, whole }] : [];
    });
  });
  return found.sort((a, b) => b.sigmas - a.sigmas);
}

function outlierFacts(analysis: Analysis): readonly Fact[] {
  const [furthest] = outliersOf(analysis);
  if (furthest === undefined) return [];
  const { statistic, example, sigmas, whole } = furthest;
  const value = formatValue(example.value, whole);
  const text = `${statistic} ${value} at ${example.origin} is ${Math.round(sigmas)} standard deviations from the mean`;
  return [{ tone: "note", text }];
}

function columnFacts({ columns }: Analysis): readonly Fact[] {
  return columns
    .filter(({ kinds }) => kinds.filter(({ name }) => name !== "null").length > 1)
    .slice(0, 2)
    .map(({ name, kinds }) => ({
      tone: "warn",
      text: `column ${name} holds values of different kinds: ${kinds.map((kind) => `${kind.name} (${formatInteger(kind.count)})`).join(", ")}`,
    }));
}

function wordFacts({ statistics }: Analysis): readonly Fact[] {
  return statistics.flatMap(({ name, words }) => {
    if (words === undefined) return [];
    const top = words.top.slice(0, 3).map((word) => `${word.name} ${formatShare(word.count / words.count)}`);
    return [{ tone: "note" as const, text: `${name}: ${top.join(", ")}` }];
  });
}

const TWINS = 0.95;

/** Two statistics that say the same: bounds on one are bounds on the other. */
function twinFacts({ correlation: { names, matrix } }: Analysis): readonly Fact[] {
  let best: readonly [string, string, number] | undefined;
  for (const [a, row] of matrix.entries()) {
    for (const [b, value] of row.entries()) {
      if (b <= a || value === null || Math.abs(value) < Math.max(TWINS, Math.abs(best?.[2] ?? 0))) continue;
      best = [names[a] as string, names[b] as string, value];
    }
  }
  if (best === undefined) return [];
  return [{ tone: "note", text: `${best[0]} and ${best[1]} go together (r = ${best[2].toFixed(3)})` }];
}

function verbFacts({ instructions: { read, withObject, pairs, verbs } }: Analysis): readonly Fact[] {
  const [top] = verbs;
  const noun = top?.nouns[0];
  if (top === undefined || noun === undefined || withObject < 10) return [];
  const share = formatShare(noun.count / withObject);
  const text = `${plural(pairs, "different pair")} of verb and object in ${formatInteger(read)} instructions; "${top.verb} ${noun.name}" leads with ${share}`;
  return [{ tone: "note", text }];
}

/** What was not measured, operators with the same reason together. */
export function remarksOf({ missed, leftOut, good }: Analysis): readonly string[] {
  if (good === 0) return [];
  const partly = grouped(
    missed,
    ({ count, reason, origin }) => `${plural(count, "row")} not measured (${origin}: ${reason.replace(/\.$/, "")})`,
  );
  const whole = grouped(leftOut, ({ reason }) => `left out, ${reason.replace(/\.$/, "")}`);
  return [...partly, ...whole].map(([text, operators]) => `${text}: ${operators.join(", ")}`);
}

function grouped<One extends { readonly operator: string }>(
  list: readonly One[],
  say: (one: One) => string,
): readonly (readonly [string, readonly string[]])[] {
  const groups = new Map<string, string[]>();
  for (const one of list) groups.set(say(one), [...(groups.get(say(one)) ?? []), one.operator]);
  return [...groups];
}

export const plural = (count: number, word: string): string =>
  `${formatInteger(count)} ${word}${count === 1 ? "" : "s"}`;

/** Where three standard deviations end, for what is drawn. */
export function fences({ mean, std }: NumberFacts): readonly [number, number] | undefined {
  return std === null || std === 0 ? undefined : [mean - 3 * std, mean + 3 * std];
}
