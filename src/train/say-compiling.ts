/** A runtime that says when it compiles: nothing else is heard of a run meanwhile. */
import { setImmediate } from "node:timers/promises";
import type { Runtime } from "../runtime/types.ts";
import type { TrainEvents } from "./events.ts";

export function sayCompiling(runtime: Runtime, { onCompile }: Pick<Required<TrainEvents>, "onCompile">): Runtime {
  return {
    ...runtime,
    compile: async (program, options) => {
      const operators = program.nodes.length;
      const began = performance.now();
      onCompile({ operators, seconds: undefined });
      try {
        const session = await runtime.compile(program, options);
        // The engine held this thread: what was asked of it meanwhile is heard before anything goes on.
        await setImmediate();
        return session;
      } finally {
        onCompile({ operators, seconds: (performance.now() - began) / 1000 });
      }
    },
  };
}
