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
  /** Aborted by the first Ctrl-C: finish the step, save, return. */
  readonly signal: AbortSignal;
}
