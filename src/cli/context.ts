/** What a verb may use of the process it runs in. Tests pass their own. */
import type { LineStream } from "./terminal/live-line.ts";
import type { ColourEnvironment, Paint } from "./terminal/paint.ts";

export interface Context {
  /** Results alone. */
  readonly stdout: LineStream;
  /** All else: progress, notes, errors. */
  readonly stderr: LineStream;
  readonly stdin: NodeJS.ReadStream;
  /** Colours of stderr and of stdout. */
  readonly paint: Paint;
  readonly paintOut: Paint;
  readonly environment: ColourEnvironment & Readonly<Record<string, string | undefined>>;
  /** The file of arguments, where one was given: it is read, so that no result may replace it. */
  readonly recipeFiles: readonly string[];
  /** Aborted by the first Ctrl-C: finish the step, save, return. */
  readonly signal: AbortSignal;
  /** Ends the process as the last signal would have: for what holds no more than time. Absent where there is no process. */
  readonly end?: () => void;
}
