/** A Ray cluster as the engine uses it: pools whose workers are anywhere, and a union-find that no machine holds alone. */
import { TunesmithError } from "../../base/errors.ts";
import { resolve } from "node:path";
import type { Cluster } from "../engine/job.ts";
import { unpackError } from "../../base/packed-error.ts";
import { startBridge, LostError, type Bridge, type BridgeOptions } from "./bridge.ts";
import { packValue, unpackValue } from "./frame.ts";
import { joinBands, type Partitions } from "./join-bands.ts";
import type { BlockMessage, BlockReply } from "./messages.ts";
import { toBytes, toWords } from "./servant.ts";
import { checkedSource } from "./source.ts";

const JOIN_TRIES = 5;

/** @throws E_DATA_RAY */
export async function connectRay(options: BridgeOptions): Promise<Cluster> {
  const bridge = await startBridge(options);
  return {
    nodes: bridge.nodes,
    cpus: bridge.cpus,
    openPool: (setup) => {
      bridge.send({ kind: "setup" }, packValue(setup));
      const ask = createAsker(bridge);
      return {
        // Twice as many as there are workers, so that the next block is there when one is done.
        get width() {
          return Math.max(1, 2 * bridge.ready());
        },
        process: ask,
        close: () => Promise.resolve(),
      };
    },
    joinBands: async (keys, bands) => {
      for (let tries = 1; ; tries++) {
        try {
          const partitions = await openPartitions(bridge);
          const originals = await joinBands(keys, bands, partitions);
          await bridge.ask({ kind: "joined" });
          return originals;
        } catch (error) {
          // What a lost node knew of the sets is lost; the keys are all here.
          if (!(error instanceof LostError)) throw error;
          if (tries === JOIN_TRIES) throw workerError(`a union-find was lost ${tries} times: ${error.message}`);
        }
      }
    },
    close: bridge.close,
  };
}

const workerError = (what: string): TunesmithError =>
  new TunesmithError("E_DATA_WORKER", { what: /[.!?]$/.test(what) ? what : `${what}.` });

/** Blocks to any node. Those of a file that one node does not see are sent whole from then on. */
export function createAsker(bridge: Pick<Bridge, "ask">) {
  const unseen = new Set<string>();
  const once = async (message: BlockMessage): Promise<BlockReply> => {
    const { body } = await bridge.ask({ kind: "block" }, packValue(message)).catch((error: unknown) => {
      throw error instanceof LostError ? workerError(error.message) : error;
    });
    return unpackValue(body) as BlockReply;
  };
  return async (...given: BlockMessage["given"]) => {
    const [{ source: place, ...block }, ...more] = given;
    const source = place === undefined || unseen.has(place.file) ? undefined : place;
    let reply =
      source === undefined
        ? await once({ given: [block, ...more] })
        : await once({
            given: [{ ...block, bytes: new Uint8Array() }, ...more],
            source: checkedSource({ ...source, file: resolve(source.file) }, block.bytes),
          });
    if ("unread" in reply) {
      if (source !== undefined) unseen.add(source.file);
      reply = await once({ given: [block, ...more] });
    }
    if ("result" in reply) return reply.result;
    throw "error" in reply ? unpackError(reply.error) : workerError("a node could not read a block that was sent");
  };
}

async function openPartitions(bridge: Bridge): Promise<Partitions> {
  const { header } = await bridge.ask({ kind: "join" });
  return {
    count: header["count"] as number,
    addKeys: async (part, keys, rows, width) => {
      const body = Buffer.concat([keys, toBytes(rows)]);
      await bridge.ask({ kind: "keys", part, count: rows.length, width }, body);
    },
    exchange: async () => (await bridge.ask({ kind: "exchange" })).header["news"] === true,
    parents: async (part) => toWords((await bridge.ask({ kind: "parents", part })).body),
  };
}
