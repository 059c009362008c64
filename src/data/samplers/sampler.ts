/**
 * What a sampler is: a way to say which samples a run trains on. It declares its arguments and at most one of two
 * functions: `select` chooses samples once, before the first step, and `order` says for each step which it takes.
 * With neither, all samples are taken in a new order each epoch. docs/decisions/0005-samplers.md says why.
 *
 * A selection is a score and a mechanism (Albalak et al. 2024, "A Survey on Data Selection for Language Models"):
 * scores.ts reads the one, mechanisms.ts has the others.
 */
import * as z from "zod";

/** The samples of a run, by index. */
export interface SampleSet {
  readonly size: number;
  /** Names of the datasets, in the order in which they were given. */
  readonly datasets: readonly string[];
  /** Place of a sample's dataset. */
  readonly datasetOf: (sample: number) => number;
  /** Value of a column that the sampler named in `columns`; `a.b` is column b inside of a. */
  readonly field: (sample: number, key: string) => unknown;
  /** What the row says, its messages joined by line ends. For samplers that say `readsText`. */
  readonly text: (sample: number) => string;
  /** "train.jsonl:12" */
  readonly origin: (sample: number) => string;
}

export interface SelectContext {
  readonly samples: SampleSet;
  readonly seed: number;
}

export interface Selection {
  /** Indices of the chosen samples, each once. */
  readonly chosen: readonly number[];
  /** What the person should know about the choice. */
  readonly notes: readonly string[];
}

export interface OrderContext extends SelectContext {
  readonly shuffle: boolean;
  /** Samples of one forward pass. */
  readonly batchSize: number;
  /** Forward passes of one step. */
  readonly accumulation: number;
  /** Passes over the samples; may be a fraction. Of no account when `maxSteps` is given. */
  readonly epochs: number;
  readonly maxSteps: number | undefined;
  /** Names of the groups of samples that are evaluated. */
  readonly evaluated: readonly string[];
}

/** Mean loss of each evaluated group, nats per token. */
export type GroupLosses = ReadonlyMap<string, number>;

/** What an order that learns from evaluations does with them. */
export interface Adaptation {
  /** Called after the evaluation behind `step`. @throws E_DATA_SELECTION when a loss is missing */
  readonly onEval: (step: number, losses: GroupLosses) => void;
  /** All it knows, as small JSON. */
  readonly state: () => unknown;
  /** Takes up a state. @throws E_TRAIN_CHECKPOINT when it is none of this sampler */
  readonly restore: (state: unknown) => void;
  /** Share of each dataset from here on, for logs. */
  readonly shares: () => Readonly<Record<string, number>>;
}

export interface Order {
  readonly stepsPerEpoch: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Micro-batches of a step (counts from 1) as sample indices: a function of the seed, the step and the state. */
  readonly batchesOf: (step: number) => readonly (readonly number[])[];
  readonly notes: readonly string[];
  /** What it depends on beside arguments, samples and seed, such as the length of the run: resuming wants the same. */
  readonly identity?: unknown;
  readonly adaptation?: Adaptation;
}

/** Says that an argument is wrong in the light of the others. */
export type ReportArg = (key: string, problem: string) => void;

type Args = Readonly<Record<string, unknown>>;

export interface Sampler {
  readonly name: string;
  /** One sentence: which samples are taken. */
  readonly summary: string;
  /** Paper or program it follows. */
  readonly source: string;
  /** How it differs from its source, and why. */
  readonly differs: string | undefined;
  readonly schema: z.ZodObject;
  /** Whether it learns from evaluation losses by dataset. */
  readonly needsEvaluation: boolean;
  /** Whether it says itself how often a dataset is drawn. */
  readonly mixesDatasets: boolean;
  /** Whether it has no meaning without random order. */
  readonly needsShuffle: boolean;
  /** Whether it reads texts. */
  readonly readsText: boolean;
  /** Columns of the rows that it reads. */
  readonly columns: (args: Args) => readonly string[];
  /** Mistakes that concern several arguments. */
  readonly check: (args: Args, report: ReportArg) => void;
  /** @throws E_DATA_SELECTION when the rows lack what is needed */
  readonly select?: (args: Args, context: SelectContext) => Promise<Selection>;
  /** @throws E_DATA_SELECTION when the rows lack what is needed */
  readonly order?: (args: Args, context: OrderContext) => Order;
}

interface Definition<Shape extends z.core.$ZodShape, Parsed = z.output<z.ZodObject<Shape, z.core.$strict>>> {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly differs?: string;
  readonly args: Shape;
  readonly needsEvaluation?: boolean;
  readonly mixesDatasets?: boolean;
  readonly needsShuffle?: boolean;
  readonly readsText?: boolean;
  readonly columns?: (args: Parsed) => readonly string[];
  readonly check?: (args: Parsed, report: ReportArg) => void;
  readonly select?: (args: Parsed, context: SelectContext) => Selection | Promise<Selection>;
  readonly order?: (args: Parsed, context: OrderContext) => Order;
}

export function defineSampler<Shape extends z.core.$ZodShape>(definition: Definition<Shape>): Sampler {
  const { args, columns, check, select, order } = definition;
  // The schema made the arguments; the table of samplers cannot know their type.
  type Parsed = z.output<z.ZodObject<Shape, z.core.$strict>>;
  return {
    name: definition.name,
    summary: definition.summary,
    source: definition.source,
    differs: definition.differs,
    schema: z.strictObject(args) as unknown as z.ZodObject,
    needsEvaluation: definition.needsEvaluation ?? false,
    mixesDatasets: definition.mixesDatasets ?? false,
    needsShuffle: definition.needsShuffle ?? false,
    readsText: definition.readsText ?? false,
    columns: (parsed) => columns?.(parsed as Parsed) ?? [],
    check: (parsed, report) => check?.(parsed as Parsed, report),
    ...(select && { select: async (parsed, context) => select(parsed as Parsed, context) }),
    ...(order && { order: (parsed, context) => order(parsed as Parsed, context) }),
  };
}
