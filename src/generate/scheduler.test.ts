/** Continuous batching against groups on the real model, and its bookkeeping against slots that only remember. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel, type LoadedModel } from "../models/load.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { createGenerator, type Generator } from "./engine.ts";
import { createScheduler } from "./scheduler.ts";
import type { Generated, Sequence } from "./sequence.ts";
import type { Slots, SlotTokens } from "./slots.ts";

describe("continuous batching", () => {
  const runtime = createNodeRuntime({ threads: 1 });
  let model: LoadedModel;
  let continuous: Generator;
  let groups: Generator;
  beforeAll(async () => {
    model = await loadModel(join(import.meta.dirname, "../../assets/stories260k"));
    continuous = await createGenerator(model, runtime, { maxBatch: 3, prefillChunk: 5, batching: "continuous" });
    groups = await createGenerator(model, runtime, { batching: "groups" });
  });
  afterAll(async () => {
    await continuous.release();
    await groups.release();
  });
  const prompts = (): readonly number[][] =>
    [
      "Once upon a time",
      "Lily",
      "The little dog ran to the",
      "One day, a girl named Lily found a",
      "He was",
      "A",
      "Tom",
    ].map((text) => [...model.tokenizer.encode(text)]);

  it.each([
    ["greedy", { temperature: 0 }],
    ["with top-k", { temperature: 0.9, topK: 12, topP: 0.9, seed: 4 }],
    ["over all tokens", { temperature: 1, minP: 0.01, seed: 5 }],
    ["with a penalty", { temperature: 0, repetitionPenalty: 1.3 }],
  ])("gives the answers of groups, %s, to prompts of many lengths", async (_, options) => {
    const asked = { ...options, maxNewTokens: 40, stopStrings: ["."] };
    const answers = await continuous.generate(prompts(), asked);
    expect(answers).toEqual(await groups.generate(prompts(), asked));
    expect(new Set(answers.map(({ ids }) => ids.length)).size).toBeGreaterThan(2);
  });

  it("answers callers who come while others are being answered", async () => {
    const [first, second, third] = prompts() as [number[], number[], number[]];
    let late: Promise<readonly Generated[]> | undefined;
    const options = { temperature: 0, maxNewTokens: 20 };
    const early = await continuous.generate([first, second], {
      ...options,
      onToken: () => {
        late ??= continuous.generate([third], options);
      },
    });
    expect([...early, ...(await (late as Promise<readonly Generated[]>))]).toEqual(
      await groups.generate([first, second, third], options),
    );
  });

  it("grows its slots beyond the room they began with", async () => {
    const long = Array.from({ length: 300 }, (_, i) => 5 + (i % 200));
    const options = { temperature: 0, maxNewTokens: 30, stopIds: [] };
    const both = [long, prompts()[0] as number[]];
    expect(await continuous.generate(both, options)).toEqual(await groups.generate(both, options));
  });
});

/** Says of tokens which they are and in which order. */
const mark = (tokens: readonly number[]): number => tokens.reduce((sum, id, i) => (sum + (i + 1) * id) % 997, 0);

/** Slots that remember which tokens they hold, and offer the token that says which those are. */
function rememberingSlots() {
  const held: number[][] = [];
  const runs: number[] = [];
  const slots: Slots = {
    step: async (first, rows: readonly SlotTokens[]) => {
      runs.push(rows.length);
      for (const [i, { ids, past }] of rows.entries()) {
        const slot = (held[first + i] ??= []);
        slot.length = past;
        slot.push(...ids);
      }
      const marks = rows.map((_, i) => mark(Array.from(held[first + i] ?? [], (id) => id ?? -1)));
      return {
        count: 1,
        values: new Float32Array(rows.length),
        ids: BigInt64Array.from(marks, BigInt),
        logits: undefined,
      };
    },
    copy: (from, to, tokens) => {
      held[to] = (held[from] ?? []).slice(0, tokens);
    },
    release: () => Promise.resolve(),
  };
  return { slots, runs };
}

/** Takes `length` tokens; `broken` fails at the third. */
function taking(prompt: readonly number[], length: number, broken = false): Sequence & { readonly taken: number[] } {
  const taken: number[] = [];
  let aborted = false;
  return {
    prompt,
    taken,
    reach: 1,
    isOpen: () => !aborted && taken.length < length,
    lastId: () => taken.at(-1) ?? (prompt.at(-1) as number),
    advance: () => expect.unreachable(),
    advanceAmong: ([id]) => {
      if (broken && taken.length === 2) throw new Error("broken");
      taken.push(id as number);
    },
    abort: () => {
      aborted = true;
    },
    result: () => expect.unreachable(),
  };
}

const ids = (length: number, from = 100): number[] => Array.from({ length }, (_, i) => from + i);
/** The tokens that follow a prompt when nothing gets lost or mixed up. */
function following(prompt: readonly number[], length: number): readonly number[] {
  const all = [...prompt];
  for (let i = 0; i < length; i++) all.push(mark(all));
  return all.slice(prompt.length);
}

describe("createScheduler", () => {
  it("keeps each sequence's tokens together while others come, share beginnings, end and are aborted", async () => {
    const { slots, runs } = rememberingSlots();
    const scheduler = createScheduler(slots, { maxBatch: 3, chunk: 4 });
    const stop = new AbortController();
    const wanted = [
      [20, 3],
      [2, 40],
      [21, 9],
      [40, 5],
      [22, 1],
      [33, 2],
    ] as const;
    const sequences = wanted.map(([prompt, length]) => taking(ids(prompt), length));
    const endless = taking(ids(50, 500), Infinity);
    const all = [
      ...sequences.map((sequence) => scheduler.run(sequence)),
      scheduler.run(endless, stop.signal),
      scheduler.run(taking(ids(12, 900), 5, true)).then(
        () => "answered",
        (error: unknown) => String(error),
      ),
    ];
    setTimeout(() => stop.abort(), 50);
    expect((await Promise.all(all)).at(-1)).toBe("Error: broken");
    for (const [i, [prompt, length]] of wanted.entries()) {
      expect(sequences[i]?.taken).toEqual(following(ids(prompt), length));
    }
    expect(endless.taken).toEqual(following(ids(50, 500), endless.taken.length));
    expect(Math.max(...runs)).toBe(3);
  });
});
