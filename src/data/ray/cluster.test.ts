import { describe, expect, it } from "vitest";
import type { Block } from "../engine/block.ts";
import { LostError } from "./bridge.ts";
import { createAsker } from "./cluster.ts";
import { packValue, unpackValue, type Frame } from "./frame.ts";
import type { BlockMessage, BlockReply } from "./messages.ts";

/** A cluster that keeps what it is asked, and answers with what `answer` makes of it. */
function clusterOf(answer: (message: BlockMessage) => BlockReply) {
  const asked: BlockMessage[] = [];
  const ask = async (header: Frame["header"], body?: Uint8Array): Promise<Frame> => {
    expect(header).toEqual({ kind: "block" });
    const message = unpackValue(body as Uint8Array) as BlockMessage;
    asked.push(message);
    return Promise.resolve({ header: { kind: "answer" }, body: packValue(answer(message)) });
  };
  return { asked, process: createAsker({ ask }) };
}

const block = (file: string): Block => ({
  index: 0,
  file,
  fileNumber: 0,
  bytes: Buffer.from('{"text": "a"}\n'),
  firstLine: 1,
  faults: [],
  consumed: 14,
  source: { file, ranges: [[0, 14]] },
});

const error = { code: "E_DATA_OPERATOR", details: { what: "broken.", fix: "Mend it." } } as const;

describe("blocks of a stage on a cluster", () => {
  it("travel as places, and whole once a node does not see their file", async () => {
    const { asked, process } = clusterOf(({ source }) =>
      source?.file === "/far.jsonl" ? { unread: true } : ({ result: { index: 7 } } as unknown as BlockReply),
    );
    for (const file of ["/near.jsonl", "/far.jsonl", "/far.jsonl", "/near.jsonl"]) {
      expect(await process(block(file), {})).toEqual({ index: 7 });
    }
    const sent = asked.map(({ given: [{ bytes }], source }) => [source?.file, bytes.length]);
    expect(sent).toEqual([
      ["/near.jsonl", 0],
      ["/far.jsonl", 0],
      [undefined, 14],
      [undefined, 14],
      ["/near.jsonl", 0],
    ]);
  });

  it("fail as they would here, and say when they were lost", async () => {
    const { process } = clusterOf(() => ({ error }));
    await expect(process(block("/a.jsonl"), {})).rejects.toMatchObject({ code: "E_DATA_OPERATOR", what: "broken." });
    const lost = createAsker({ ask: () => Promise.reject(new LostError("it died 3 times")) });
    await expect(lost(block("/a.jsonl"), {})).rejects.toMatchObject({
      code: "E_DATA_WORKER",
      what: "it died 3 times.",
    });
  });
});
