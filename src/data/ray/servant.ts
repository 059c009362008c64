/**
 * What a worker process on a node does with each message: blocks through a chain, or one part of a union-find. The
 * chain runs in a pool of one thread, so that an operator that hangs is ended there as it is on one machine.
 */
import { packError } from "../../base/packed-error.ts";
import { createPool, type Pool } from "../engine/pool.ts";
import { internal } from "../../base/errors.ts";
import { packValue, unpackValue, type Frame } from "./frame.ts";
import type { BlockMessage, BlockReply, Setup } from "./messages.ts";
import { createPartition, type Partition } from "./partition.ts";
import { readSource } from "./source.ts";

export interface Servant {
  /** Answers one message after the other. */
  readonly answer: (frame: Frame) => Promise<Frame>;
  readonly close: () => Promise<void>;
}

const nothing = new Uint8Array();

export function createServant(): Servant {
  let pool: Pool | undefined;
  let partition: Partition | undefined;

  const close = async (): Promise<void> => {
    await pool?.close();
    pool = undefined;
  };
  const setup = async (body: Uint8Array): Promise<Frame> => {
    await close();
    try {
      const { plan, tools, options } = unpackValue(body) as Setup;
      pool = await createPool(plan, tools, options);
      return { header: { kind: "ready" }, body: nothing };
    } catch (error) {
      return reply({ error: packError(error) });
    }
  };
  const block = async (body: Uint8Array): Promise<Frame> => {
    const ready = pool ?? internal("a block came before its plan");
    const { given, source } = unpackValue(body) as BlockMessage;
    const [sent, ...more] = given;
    const bytes = source === undefined ? sent.bytes : await readSource(source);
    if (bytes === undefined) return reply({ unread: true });
    try {
      return reply({ result: await ready.process({ ...sent, bytes }, ...more) });
    } catch (error) {
      return reply({ error: packError(error) });
    }
  };

  return {
    answer: async ({ header, body }) => {
      const part = (): Partition => partition ?? internal("a message for a part came before the part");
      switch (header["kind"]) {
        case "setup":
          return setup(body);
        case "block":
          return block(body);
        case "part": {
          const { parts, self } = header as { readonly parts: number; readonly self: number };
          partition = createPartition(parts, self);
          return done;
        }
        case "keys": {
          const { count, width } = header as { readonly count: number; readonly width: number };
          part().addKeys(body.subarray(0, count * width), toWords(body.subarray(count * width)), width);
          return done;
        }
        case "emit": {
          const pieces = part().emit();
          const lengths = pieces.map(({ byteLength }) => byteLength);
          return { header: { kind: "done", lengths }, body: Buffer.concat(pieces.map(toBytes)) };
        }
        case "absorb":
          return { header: { kind: "done", news: part().absorb(toWords(body)) }, body: nothing };
        case "parents":
          return { header: { kind: "done" }, body: toBytes(part().parents()) };
        default:
          return internal(`there is no message ${String(header["kind"])}`);
      }
    },
    close,
  };
}

const reply = (value: BlockReply): Frame => ({ header: { kind: "reply" }, body: packValue(value) });
const done: Frame = { header: { kind: "done" }, body: nothing };

/** Numbers of 32 bits as bytes; all machines that run Node have the low byte first. */
export const toBytes = (words: Uint32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

export function toWords(bytes: Uint8Array): Uint32Array {
  // A copy, since what comes in a frame need not lie on a word.
  const copy = new Uint8Array(bytes);
  return new Uint32Array(copy.buffer, 0, copy.length / 4);
}
