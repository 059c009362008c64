/** Shows notes and a live line while something is downloaded. */
import type { HubProgress } from "../hub/snapshot.ts";
import type { Context } from "./context.ts";
import { createLiveLine } from "./terminal/live-line.ts";

export interface HubReporter {
  readonly onProgress: (progress: HubProgress) => void;
  readonly onNote: (note: string) => void;
  readonly end: () => void;
}

/** At most so often, in milliseconds. */
const INTERVAL = 100;

export function hubReporter({ stderr, paint }: Pick<Context, "stderr" | "paint">): HubReporter {
  const line = createLiveLine(stderr);
  let shown = 0;
  let begun = "";
  return {
    onProgress: ({ file, bytes, totalBytes }) => {
      if (file !== begun && !line.interactive) line.print(`${paint("dim", "download")}  ${file}`);
      begun = file;
      const now = performance.now();
      if (now - shown < INTERVAL && bytes < totalBytes) return;
      shown = now;
      if (bytes === totalBytes) return line.clear();
      line.update(`${paint("dim", "download")}  ${file}  ${megabytes(bytes)} of ${megabytes(totalBytes)} MB`);
    },
    onNote: (note) => line.print(`${paint("dim", "note")}  ${note}`),
    end: () => line.clear(),
  };
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
