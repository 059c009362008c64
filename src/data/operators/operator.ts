/**
 * What a data operator is. Five kinds, as in Data-Juicer (v1, section 4): a filter measures and decides, a mapper
 * makes new rows of one row, and three look at all rows at once: deduplicators, selectors, groupers. Aggregators are
 * mappers of the batches that a grouper made.
 *
 * An operator is data: its name, its arguments as a schema, and a function that makes it ready for a run. It never
 * reads or writes files of rows; `engine/` carries rows to it.
 */
import * as z from "zod";
import type { RawObject } from "../shapes/shape.ts";
import { baseArgs, filterArgs } from "./args.ts";
import type { Sample } from "./sample.ts";
import type { OperatorTools } from "./tools.ts";

export type StatValue = number | string | boolean | null | readonly (number | string | boolean)[];

/** Statistics of one row by name; the names are those of Data-Juicer (`num_words`, `alnum_ratio`). */
export type Stats = Readonly<Record<string, StatValue>>;

/** A filter that is ready: first the statistic, then the decision, so that either can be had alone. */
export interface Filter {
  /** Names of the statistics that `measure` gives and `keep` reads; none for filters that look at fields. */
  readonly stats: readonly string[];
  /** @throws E_DATA_ROW when the row lacks what is measured */
  readonly measure: (sample: Sample) => Stats | Promise<Stats>;
  /** Decides on statistics alone; `sample` is for filters on fields, which measure nothing. */
  readonly keep: (stats: Stats, sample: Sample) => boolean;
}

/** A mapper that is ready: one row in, one or several out; none drops the row. @throws E_DATA_ROW */
export type Mapper = (sample: Sample) => Mapped | Promise<Mapped>;

export type Mapped = RawObject | readonly RawObject[];

/** Keys of all rows, of one width, which may lie on disk. */
export interface KeyTable {
  readonly rows: number;
  /** False for rows without a key: they are no duplicates of anything. */
  readonly has: (row: number) => boolean;
  /** Bytes `offset` to `offset + width` of every row's key, one row after the other; zeros where there is none. */
  readonly column: (offset: number, width: number) => Uint8Array;
}

export interface Deduplicator {
  /** Bytes of a key. */
  readonly keyBytes: number;
  /** The key of a row, or undefined when the row has nothing to compare. */
  readonly key: (sample: Sample) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /**
   * The key as hashes of one width, where rows that share one at the same place are duplicates, and so are duplicates
   * of duplicates: then several machines can find what `originals` finds.
   */
  readonly bands?: { readonly count: number; readonly width: number };
  /** For every row the first row that it is a duplicate of: its own number when it stays. */
  readonly originals: (keys: KeyTable) => Uint32Array;
}

export interface Selector {
  /** What the selection looks at, for example the value of a field. */
  readonly key: (sample: Sample) => unknown;
  /** Numbers of the rows that stay, in the order of the result. */
  readonly select: (keys: readonly unknown[]) => readonly number[] | Uint32Array;
}

export interface Grouper {
  /** Rows of one key become one batch; batches come in the order of their first rows. */
  readonly key: (sample: Sample) => string;
  /** One row of a batch: each column a list. */
  readonly merge: (rows: readonly RawObject[]) => RawObject;
}

interface Ready {
  readonly filter: Filter;
  readonly mapper: Mapper;
  readonly deduplicator: Deduplicator;
  readonly selector: Selector;
  readonly grouper: Grouper;
}

export type OperatorKind = keyof Ready;

type Args = Readonly<Record<string, unknown>>;

interface OperatorBase<Kind extends OperatorKind> {
  readonly kind: Kind;
  /** As in Data-Juicer's recipes: `words_num_filter`. */
  readonly name: string;
  /** One sentence: what stays or what changes. */
  readonly summary: string;
  readonly schema: z.ZodObject;
  /** All statistics that the operator can write; of a mapper the tags that it writes into `__dj__meta__`. */
  readonly stats: readonly string[];
  /**
   * Time for a kilobyte of text, in units of counting its characters: 1 counts, 5 splits words, 50 asks a model.
   * Filters in a row run the cheap first.
   */
  readonly cost: number;
  /** Asks a service over the network: runs in the main thread, several rows at a time. */
  readonly remote: boolean;
  /** Asks a model: there must be an endpoint. Not all that is remote does. */
  readonly asks: boolean;
  /** How results differ from Data-Juicer's, and why; undefined where they are the same. */
  readonly differs: string | undefined;
  /** `args` are what the schema gave. @throws E_DATA_OPERATOR when the operator cannot be made ready */
  readonly create: (args: Args, tools: OperatorTools) => Ready[Kind] | Promise<Ready[Kind]>;
}

export type FilterOperator = OperatorBase<"filter">;
export type MapperOperator = OperatorBase<"mapper">;
export type DeduplicatorOperator = OperatorBase<"deduplicator">;
export type SelectorOperator = OperatorBase<"selector">;
export type GrouperOperator = OperatorBase<"grouper">;
export type Operator = FilterOperator | MapperOperator | DeduplicatorOperator | SelectorOperator | GrouperOperator;

type BaseArgs = typeof baseArgs;
type FilterArgs = BaseArgs & typeof filterArgs;

interface Definition<Shape extends z.core.$ZodShape, Common extends z.core.$ZodShape, Result> {
  readonly name: string;
  readonly summary: string;
  readonly args: Shape;
  readonly stats?: readonly string[];
  readonly cost?: number;
  readonly remote?: boolean;
  /** Default: as `remote`. */
  readonly asks?: boolean;
  readonly differs?: string;
  readonly create: (
    args: z.output<z.ZodObject<Common & Shape, z.core.$strict>>,
    tools: OperatorTools,
  ) => Result | Promise<Result>;
}

function define<Kind extends OperatorKind, Shape extends z.core.$ZodShape, Common extends z.core.$ZodShape>(
  kind: Kind,
  common: Common,
  definition: Definition<Shape, Common, Ready[Kind]>,
): OperatorBase<Kind> {
  const { name, summary, args, stats = [], cost = 1, remote = false, asks = remote, differs, create } = definition;
  return {
    kind,
    name,
    summary,
    schema: z.strictObject({ ...common, ...args }) as unknown as z.ZodObject,
    stats,
    cost,
    remote,
    asks,
    differs,
    // The schema made these arguments; the table of operators cannot know their type.
    create: (parsed, tools) => create(parsed as Parameters<typeof create>[0], tools),
  };
}

export const defineFilter = <Shape extends z.core.$ZodShape>(
  definition: Definition<Shape, FilterArgs, Filter>,
): FilterOperator => define("filter", { ...baseArgs, ...filterArgs }, definition);

export const defineMapper = <Shape extends z.core.$ZodShape>(
  definition: Definition<Shape, BaseArgs, Mapper>,
): MapperOperator => define("mapper", baseArgs, definition);

/** A mapper of texts alone: it is applied to the text column, or to every text of a conversation. */
export const defineTextMapper = <Shape extends z.core.$ZodShape>(
  definition: Definition<Shape, BaseArgs, (text: string) => string>,
): MapperOperator =>
  define("mapper", baseArgs, {
    ...definition,
    create: async (args, tools): Promise<Mapper> => {
      const change = await definition.create(args, tools);
      const key = (args as { readonly text_key: string }).text_key;
      return (sample) => sample.mapTexts(key, change);
    },
  });

export const defineDeduplicator = <Shape extends z.core.$ZodShape>(
  definition: Definition<Shape, BaseArgs, Deduplicator>,
): DeduplicatorOperator => define("deduplicator", baseArgs, definition);

export const defineSelector = <Shape extends z.core.$ZodShape>(
  definition: Definition<Shape, BaseArgs, Selector>,
): SelectorOperator => define("selector", baseArgs, definition);

export const defineGrouper = <Shape extends z.core.$ZodShape>(
  definition: Definition<Shape, BaseArgs, Grouper>,
): GrouperOperator => define("grouper", baseArgs, definition);
