/** The worker thread: makes a chain ready, then works on the blocks that come. See lane.ts for the other end. */
import { parentPort, workerData } from "node:worker_threads";
import { internal } from "../../base/errors.ts";
import { createChain } from "./chain.ts";
import { createTools } from "./create-tools.ts";
import { packError } from "../../base/packed-error.ts";
import type { Reply, Request, WorkerStart } from "./messages.ts";

const port = parentPort ?? internal("a worker has a parent");
const { plan, tools, heartbeat } = workerData as WorkerStart;
const beat = new Int32Array(heartbeat);

const tick = (row: number, step: number, bytes: number): void => {
  beat[1] = row;
  beat[2] = step;
  beat[3] = bytes;
  beat[0] = (beat[0] as number) + 1;
};

const reply = (message: Reply): void => port.postMessage(message);

try {
  const chain = await createChain(plan, createTools(tools));
  port.on("message", ({ block, options }: Request) => {
    chain.process(block, { tick, ...options }).then(
      (result) => reply({ result }),
      (error: unknown) => reply({ error: packError(error) }),
    );
  });
  reply({ ready: true });
} catch (error) {
  reply({ error: packError(error) });
}
