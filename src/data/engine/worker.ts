/** The worker thread: makes a chain ready, then works on the blocks that come. See pool.ts for the other end. */
import { parentPort, workerData } from "node:worker_threads";
import { internal } from "../../base/errors.ts";
import type { Block } from "./block.ts";
import { createChain, type ProcessBlockOptions } from "./chain.ts";
import { createTools } from "./create-tools.ts";
import { packError, type Reply, type WorkerStart } from "./messages.ts";

const port = parentPort ?? internal("a worker has a parent");
const { plan, tools, heartbeat } = workerData as WorkerStart;
const beat = new Int32Array(heartbeat);

const tick = (row: number, step: number): void => {
  beat[1] = row;
  beat[2] = step;
  beat[0] = (beat[0] as number) + 1;
};

const reply = (message: Reply, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, [...transfer]);

try {
  const chain = await createChain(plan, createTools(tools));
  port.on("message", ({ block, skip }: { readonly block: Block; readonly skip: ProcessBlockOptions["skip"] }) => {
    chain.process(block, { tick, ...(skip === undefined ? {} : { skip }) }).then(
      (result) => reply({ result }),
      (error: unknown) => reply({ error: packError(error) }),
    );
  });
  reply({ ready: true });
} catch (error) {
  reply({ error: packError(error) });
}
