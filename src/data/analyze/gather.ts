/** The looks at all blocks, put together in the order of the blocks: the same whoever worked on them. */
import type { Block } from "../engine/block.ts";
import { linesOf } from "../engine/item.ts";
import type { ColumnFacts, Counted, Instructions, NumberFacts, RepeatedText, WordFacts } from "./analysis.ts";
import { correlations } from "./correlation.ts";
import { describe } from "./describe.ts";
import { diversityOf, sortCounted } from "./diversity.ts";
import { excerptOf } from "./excerpt.ts";
import { histogramEnds, histogramOf } from "./histogram.ts";
import { textOf, type BlockLook, type DrawnRow, type Example, type LookPlan, type Missed } from "./look-at-block.ts";
import { createNumberColumns } from "./number-columns.ts";
import { createRepeatCounter, type Repeats } from "./repeats.ts";

export interface Gathering {
  /** `block` is read again for the few texts that repeat others. @throws E_DISK_FULL, E_FILE_WRITE */
  readonly add: (look: BlockLook, block: Block) => Promise<void>;
  readonly rows: () => number;
  readonly shapes: () => readonly Counted[];
  readonly columns: () => readonly ColumnFacts[];
  readonly numbers: (name: string, percentiles: readonly number[]) => NumberFacts | undefined;
  readonly words: (name: string) => WordFacts | undefined;
  readonly correlation: (names: readonly string[]) => readonly (readonly (number | null)[])[];
  readonly repeats: () => Repeats & { readonly examples: readonly RepeatedText[] };
  readonly instructions: () => Instructions;
  readonly drawn: () => readonly DrawnRow[];
  readonly missed: () => readonly Missed[];
  readonly close: () => void;
}

/** Kinds of things that are counted, so that a strange file does not fill the memory. */
const COLUMNS = 1000;
const WORDS = 20_000;
const TOP_WORDS = 12;
const PHRASES = 100_000;
const REPEATED = 64;
const SHOWN_REPEATS = 5;
const REPEAT_CHARACTERS = 240;

/** `budget`: bytes that numbers may take in memory, and as many that hashes may. */
export function createGathering(plan: LookPlan, budget: number): Gathering {
  const numbers = createNumberColumns(budget);
  const repeats = createRepeatCounter(budget);
  const repeated = new Map<number, { readonly text: string; readonly origin: string }>();
  const words = new Map(plan.stats.map((name) => [name, new Map<string, number>()]));
  const ends = new Map(plan.stats.map((name) => [name, { lowest: [] as Example[], highest: [] as Example[] }]));
  const columns = new Map<string, number>();
  const shapes = new Map<string, number>();
  const phrases = new Map<string, number>();
  const missed = new Map<string, Missed>();
  let drawn: readonly DrawnRow[] = [];
  let [rows, instructions] = [0, 0];

  const noteRepeats = (hashes: Float64Array, block: Block): void => {
    let items: ReturnType<typeof linesOf>["items"] | undefined;
    for (const [i, hash] of hashes.entries()) {
      if (repeats.add(hash) === 0 || repeated.has(hash) || repeated.size >= REPEATED) continue;
      items ??= linesOf(block).items;
      const item = items[i];
      // A row that hung was left out of the look; then places no longer agree.
      if (item === undefined || items.length !== hashes.length) continue;
      repeated.set(hash, { text: excerptOf(textOf(item, plan.textKey), REPEAT_CHARACTERS), origin: item.origin });
    }
  };

  const addStats = async (look: BlockLook): Promise<void> => {
    for (const [name, stat] of Object.entries(look.stats)) {
      await numbers.append(name, stat.numbers);
      // Without lists both are one array: nothing is held twice.
      await numbers.append(spreadOf(name), stat.spread ?? stat.numbers);
      addCounts(words.get(name) as Map<string, number>, stat.words, WORDS);
      const end = ends.get(name);
      if (end === undefined) continue;
      end.lowest = furthest([...end.lowest, ...stat.lowest], plan.examples, -1);
      end.highest = furthest([...end.highest, ...stat.highest], plan.examples, 1);
    }
    numbers.endRound();
  };

  return {
    add: async (look, block) => {
      rows += look.rows;
      instructions += look.instructions;
      await addStats(look);
      addCounts(columns, look.columns, COLUMNS);
      addCounts(shapes, look.shapes, COLUMNS);
      addCounts(phrases, look.phrases, PHRASES);
      noteRepeats(look.hashes, block);
      drawn = [...drawn, ...look.drawn].sort((a, b) => a.priority - b.priority).slice(0, plan.drawn);
      for (const one of look.missed) {
        const known = missed.get(one.operator);
        missed.set(one.operator, known === undefined ? one : { ...known, count: known.count + one.count });
      }
    },
    rows: () => rows,
    shapes: () => counted(shapes),
    columns: () => columnFacts(columns),
    numbers: (name, percentiles) => {
      const scan = numbers.scan(spreadOf(name));
      const shares = [...new Set([...percentiles, ...histogramEnds])];
      const description = describe(scan, shares);
      if (description === undefined) return undefined;
      const { quantiles, std, ...rest } = description;
      const end = ends.get(name) ?? { lowest: [], highest: [] };
      return {
        ...rest,
        std: Number.isNaN(std) ? null : std,
        percentiles: percentiles.map((share) => [share, quantiles.get(share) as number] as const),
        histogram: histogramOf(scan, description),
        ...end,
      };
    },
    words: (name) => {
      const own = words.get(name) ?? new Map<string, number>();
      if (own.size === 0) return undefined;
      const count = [...own.values()].reduce((sum, times) => sum + times, 0);
      return { count, unique: own.size, capped: own.size >= WORDS, top: counted(own).slice(0, TOP_WORDS) };
    },
    correlation: (names) =>
      correlations(names.map((name) => numbers.scan(name))).map((row) =>
        row.map((value) => (Number.isNaN(value) ? null : value)),
      ),
    repeats: () => ({
      ...repeats.result(),
      examples: [...repeated]
        .map(([hash, { text, origin }]) => ({ text, origin, times: repeats.times(hash) }))
        .sort((a, b) => b.times - a.times)
        .slice(0, SHOWN_REPEATS),
    }),
    instructions: () => diversityOf(phrases, instructions),
    drawn: () => drawn,
    missed: () => [...missed.values()],
    close: numbers.close,
  };
}

/** The column with the numbers of lists one by one. */
const spreadOf = (name: string): string => `${name}\tspread`;

function addCounts(counts: Map<string, number>, more: ReadonlyMap<string, number>, most: number): void {
  for (const [name, count] of more) {
    const known = counts.get(name);
    if (known !== undefined || counts.size < most) counts.set(name, (known ?? 0) + count);
  }
}

const counted = (counts: ReadonlyMap<string, number>): readonly Counted[] =>
  sortCounted([...counts].map(([name, count]) => ({ name, count })));

/** Of equals the first; `list` is in the order of the files. */
const furthest = (list: readonly Example[], most: number, sign: 1 | -1): Example[] =>
  [...list].sort((a, b) => sign * (b.value - a.value)).slice(0, most);

function columnFacts(columns: ReadonlyMap<string, number>): readonly ColumnFacts[] {
  const facts = new Map<string, Counted[]>();
  for (const [key, count] of columns) {
    const tab = key.lastIndexOf("\t");
    const name = key.slice(0, tab);
    facts.set(name, [...(facts.get(name) ?? []), { name: key.slice(tab + 1), count }]);
  }
  return [...facts].map(([name, kinds]) => ({
    name,
    kinds: sortCounted(kinds),
    rows: kinds.reduce((sum, { count }) => sum + count, 0),
  }));
}
