/** What a run tells those who watch it: the terminal, metric files, a server. Listeners must not throw. */

export interface RunPlan {
  readonly outputDir: string;
  readonly device: string;
  /** Threads of an operator on the CPU; undefined where that is not known. */
  readonly threads?: number | undefined;
  readonly tuner: string;
  readonly trainableParameters: number;
  readonly totalParameters: number;
  readonly trainSamples: number;
  readonly evalSamples: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly samplesPerStep: number;
  /** The step the run continues from, 0 for a new one. */
  readonly startStep: number;
}

/** A program before it is compiled, and again when it is. */
export interface CompileEvent {
  readonly operators: number;
  /** How long it took; undefined while it lasts. */
  readonly seconds: number | undefined;
}

export interface StepEvent {
  /** Counts from 1. */
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  /** Mean over the trained tokens of the step, nats. */
  readonly loss: number;
  /** What the objective reports beside the loss. */
  readonly measures: Readonly<Record<string, number>>;
  /** L2, before clipping. */
  readonly gradNorm: number;
  readonly learningRate: number;
  /** Trained tokens of the step. */
  readonly tokens: number;
  /** All tokens that were computed, padding left out, since the run started, per second. */
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
}

export interface EvalEvent {
  readonly step: number;
  /** Mean over the trained tokens of the evaluation rows, nats. */
  readonly loss: number;
  /** What the objective reports beside the loss. */
  readonly measures: Readonly<Record<string, number>>;
  readonly tokens: number;
  readonly best: boolean;
  /** Loss of each evaluated dataset. */
  readonly groups: ReadonlyMap<string, number>;
  /** Share of each dataset in what is drawn from here on, when the sampler follows losses. */
  readonly shares?: Readonly<Record<string, number>>;
}

export interface CheckpointEvent {
  readonly step: number;
  readonly path: string;
  readonly removed: readonly string[];
}

export interface RunResult {
  readonly outputDir: string;
  readonly lastCheckpoint: string;
  readonly bestCheckpoint: string | undefined;
  readonly steps: number;
  readonly trainLoss: number;
  readonly evalLoss: number | undefined;
  readonly bestEvalLoss: number | undefined;
  readonly stopped: "finished" | "early_stopping" | "interrupted";
  readonly seconds: number;
}

export interface TrainEvents {
  readonly onNote?: (text: string) => void;
  /** Reading and encoding of rows, before the plan is known. */
  readonly onPrepare?: (what: string, done: number, total: number | undefined) => void;
  /** One rendered sample with its trained tokens marked. */
  readonly onPreview?: (text: string) => void;
  /** The thread that trains stands still between the two events of a program, seconds long for large models. */
  readonly onCompile?: (event: CompileEvent) => void;
  readonly onStart?: (plan: RunPlan) => void;
  readonly onStep?: (event: StepEvent) => void;
  readonly onEval?: (event: EvalEvent) => void;
  readonly onCheckpoint?: (event: CheckpointEvent) => void;
  readonly onEnd?: (result: RunResult) => void;
}

/** One listener that tells several. */
export function joinEvents(...listeners: readonly TrainEvents[]): Required<TrainEvents> {
  const each =
    <Args extends readonly unknown[]>(pick: (listener: TrainEvents) => ((...args: Args) => void) | undefined) =>
    (...args: Args): void => {
      for (const listener of listeners) pick(listener)?.(...args);
    };
  return {
    onNote: each((listener) => listener.onNote),
    onPrepare: each((listener) => listener.onPrepare),
    onPreview: each((listener) => listener.onPreview),
    onCompile: each((listener) => listener.onCompile),
    onStart: each((listener) => listener.onStart),
    onStep: each((listener) => listener.onStep),
    onEval: each((listener) => listener.onEval),
    onCheckpoint: each((listener) => listener.onCheckpoint),
    onEnd: each((listener) => listener.onEnd),
  };
}
