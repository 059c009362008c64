/** The runtime of a run: its device, and as many threads as are asked for or as serve it best here and now. */
import { availableParallelism } from "node:os";
import type { TrainingArgs } from "../recipes/sft.ts";
import { measureThreads, noteOnThreads, type ThreadChoice } from "../runtime/measure-threads.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { Runtime } from "../runtime/types.ts";

export interface OpenedRuntime {
  readonly runtime: Runtime;
  /** Undefined on other devices, and where the caller brought the runtime. */
  readonly threads: number | undefined;
}

/** Once a process: the machine is what it is, and runs that follow each other are compared. */
let measured: Promise<ThreadChoice> | undefined;

export async function openRuntime(
  args: Pick<TrainingArgs, "device" | "threads">,
  onNote: (text: string) => void,
): Promise<OpenedRuntime> {
  const device = args.device === "auto" ? "cpu" : args.device;
  if (device !== "cpu") return { runtime: createNodeRuntime({ device }), threads: undefined };
  const cores = availableParallelism();
  const { threads = await chosen(cores, onNote) } = args;
  for (const note of noteOnThreads(threads, cores)) onNote(note);
  return { runtime: createNodeRuntime({ device, threads }), threads };
}

async function chosen(cores: number, onNote: (text: string) => void): Promise<number> {
  if (cores === 1) return 1;
  measured ??= measureThreads(cores, (threads) => createNodeRuntime({ threads }));
  const { threads, speeds } = await measured;
  if (threads < cores) {
    const found = speeds.map(({ threads: count, gflops }) => `${count}: ${gflops} GFLOP/s`).join(", ");
    onNote(
      `${threads} of ${cores} cores ${threads === 1 ? "is" : "are"} used, which is fastest here and now ` +
        `(threads ${found}). --threads ${cores} takes all.`,
    );
  }
  return threads;
}
