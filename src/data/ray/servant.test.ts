import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Block } from "../engine/block.ts";
import type { ChainPlan } from "../engine/chain.ts";
import { readBlocks } from "../engine/read-blocks.ts";
import { wordsNumFilter } from "../operators/filters/words-num.ts";
import { packValue, unpackValue } from "./frame.ts";
import type { BlockMessage, BlockReply, Setup } from "./messages.ts";
import { createServant, toBytes, toWords } from "./servant.ts";
import { checkedSource } from "./source.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "servant-"));
});
afterAll(() => rm(folder, { recursive: true }));

const text = ["a", "b c", "broken", "d e f"].map((word, i) => (i === 2 ? word : JSON.stringify({ text: word })));

const plan = (name: string): ChainPlan => ({
  steps: [{ name, place: 0, args: wordsNumFilter.schema.parse({ min_num: 2 }) }],
  input: "rows",
  last: true,
  keepStats: false,
  addSuffix: false,
  traceRows: 0,
});

const setup = (name = "words_num_filter"): Uint8Array => {
  const value: Setup = {
    plan: plan(name),
    tools: { seed: 1, base: ".", allowCode: false },
    options: { workers: 0, heapMegabytes: 64, rowTimeout: 1 },
  };
  return packValue(value);
};

async function blocksOf(file: string): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  const onFileFault = (): void => undefined;
  for await (const block of readBlocks([file], { maxRowBytes: 1 << 20, onFileFault })) blocks.push(block);
  return blocks;
}

describe("a worker process", () => {
  it("works on blocks that are sent, and on those that it reads itself", async () => {
    const file = join(folder, "rows.jsonl");
    // The last line has no end; the block gives it one.
    await writeFile(file, text.join("\n"));
    const [block] = await blocksOf(file);
    if (block?.source === undefined) throw new Error("a plain file has places");
    const servant = createServant();
    expect((await servant.answer({ header: { kind: "setup" }, body: setup() })).header).toEqual({ kind: "ready" });
    const ask = async (message: BlockMessage): Promise<BlockReply> => {
      const { header, body } = await servant.answer({ header: { kind: "block" }, body: packValue(message) });
      expect(header).toEqual({ kind: "reply" });
      return unpackValue(body) as BlockReply;
    };
    const source = checkedSource(block.source, block.bytes);
    const bare = { ...block, bytes: new Uint8Array() };
    for (const message of [{ given: [block, {}] }, { given: [bare, {}], source }] satisfies BlockMessage[]) {
      const reply = await ask(message);
      if (!("result" in reply)) throw new Error("there is a result");
      expect(Buffer.from(reply.result.bytes).toString()).toBe(`${text[1]}\n${text[3]}\n`);
      expect(reply.result.bad.map(({ line }) => line)).toEqual([3]);
      expect(reply.result.counts).toEqual([[3, 2]]);
    }
    // Other bytes under the same path, and no file at all.
    expect(await ask({ given: [bare, {}], source: { ...source, checksum: 1 } })).toEqual({ unread: true });
    expect(await ask({ given: [bare, {}], source: { ...source, file: join(folder, "none") } })).toEqual({
      unread: true,
    });
    await servant.close();
  });

  it("says why an operator cannot be made ready", async () => {
    const { header, body } = await createServant().answer({ header: { kind: "setup" }, body: setup("no_such") });
    expect(header).toEqual({ kind: "reply" });
    expect(unpackValue(body)).toMatchObject({
      error: { message: "internal: there is no kind of operator for no_such" },
    });
  });

  it("holds a part of a union-find", async () => {
    const servants = [createServant(), createServant()];
    const nothing = new Uint8Array();
    for (const [self, servant] of servants.entries()) {
      await servant.answer({ header: { kind: "part", parts: 2, self }, body: nothing });
    }
    const keys = Uint32Array.of(1, 2, 0, 1, 2, 0, 9, 9, 0);
    const body = Buffer.concat([toBytes(keys), toBytes(Uint32Array.of(3, 1500, 7))]);
    await servants[0]?.answer({ header: { kind: "keys", count: 3, width: 12 }, body });
    for (let news = true; news;) {
      const sent = await Promise.all(servants.map((one) => one.answer({ header: { kind: "emit" }, body: nothing })));
      news = false;
      for (const [to, servant] of servants.entries()) {
        const pieces = sent.map(({ header, body: piece }) => {
          const lengths = header["lengths"] as readonly number[];
          const start = to === 0 ? 0 : (lengths[0] as number);
          return piece.subarray(start, start + (lengths[to] as number));
        });
        const answer = await servant.answer({ header: { kind: "absorb" }, body: Buffer.concat(pieces) });
        news ||= answer.header["news"] === true;
      }
    }
    const parents = await Promise.all(
      servants.map((one) => one.answer({ header: { kind: "parents" }, body: nothing })),
    );
    expect(parents.map(({ body: pairs }) => [...toWords(pairs)])).toEqual([[], [1500, 3]]);
  });
});
