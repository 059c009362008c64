/** Rows as ms-swift reads them; files, batches, orders and turns as the Hugging Face libraries make them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Message } from "../text/message.ts";
import { collate } from "./collate.ts";
import { collatePrompts } from "./collate-prompts.ts";
import { followTurns, type StoppingStrategy } from "./mixing.ts";
import { readRow } from "./row.ts";
import { groupByLength } from "./samplers/epochs.ts";
import { readSource } from "./source.ts";

interface Targets {
  readonly rows: readonly number[];
  readonly labels: readonly number[];
}

interface Batches {
  readonly padId: number;
  readonly samples: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
  readonly padded: readonly (Targets & {
    readonly padToMultiple: number | null;
    readonly inputIds: readonly (readonly number[])[];
    readonly mask: readonly (readonly number[])[];
  })[];
  readonly flattened: Targets & {
    readonly inputIds: readonly (readonly number[])[];
    readonly positions: readonly (readonly number[])[];
  };
  readonly leftPadded: Readonly<Record<"prompts" | "inputIds" | "mask" | "positions", readonly (readonly number[])[]>>;
  readonly grouped: readonly {
    readonly lengths: readonly number[];
    readonly batchSize: number;
    readonly order: readonly number[];
    readonly grouped: readonly number[];
  }[];
  readonly interleaved: readonly {
    readonly lengths: readonly number[];
    readonly stopping: StoppingStrategy;
    readonly taken: readonly (readonly [number, number])[];
  }[];
  readonly read: readonly { readonly file: string; readonly rows: readonly unknown[] }[];
}

interface Rows {
  readonly rows: readonly {
    readonly raw: unknown;
    readonly messages: readonly Message[];
    readonly images: readonly string[];
  }[];
}

const at = (path: string): URL => new URL(`../../test/${path}`, import.meta.url);
const load = (name: string): unknown => JSON.parse(readFileSync(at(`golden/data/${name}.json`), "utf8"));
const golden = load("batches") as Batches;
const { padId, samples } = golden;

describe("rows are those of ms-swift", () => {
  it.each((load("rows") as Rows).rows.map((row) => [JSON.stringify(row.raw).slice(0, 100), row] as const))(
    "%s",
    (_, { raw, messages, images }) => {
      const row = readRow(raw, { origin: "x.jsonl:1", purpose: "sft", media: "keep" });
      // What pairs calls and results is kept beside what ms-swift keeps.
      const kept = row.conversation.messages.map(
        ({ id: _id, tool_call_id: _call, name: _name, ...message }) => message,
      );
      expect(kept).toEqual(messages);
      expect(row.extra["images"] ?? []).toEqual(images);
    },
  );
});

describe("files are read as by load_dataset", () => {
  it.each(golden.read.map(({ file, rows }) => [file, rows] as const))("%s", async (file, rows) => {
    const read: unknown[] = [];
    for await (const { value, error } of readSource(at(`fixtures/data/${file}`).pathname)) {
      expect(error).toBeUndefined();
      read.push(value);
    }
    // Lines of text with nothing in them are no rows here.
    const filled = rows.filter((row) => (row as { readonly text?: string }).text !== "");
    expect(read).toEqual(filled);
  });
});

describe("batches are those of transformers", () => {
  it.each(golden.padded)("padded to a multiple of $padToMultiple", (expected) => {
    const batch = collate(
      samples.map((sample) => [sample]),
      { padId, ...(expected.padToMultiple === null ? {} : { padToMultiple: expected.padToMultiple }) },
    );
    expect([...batch.inputIds]).toEqual(expected.inputIds.flat());
    expect([...batch.segments]).toEqual(expected.mask.flat());
    expect([...batch.rows]).toEqual(expected.rows);
    expect([...batch.labels]).toEqual(expected.labels);
  });

  it("several samples in one row", () => {
    const batch = collate([samples], { padId });
    expect([...batch.inputIds]).toEqual(golden.flattened.inputIds.flat());
    expect([...batch.positions]).toEqual(golden.flattened.positions.flat());
    expect([...batch.rows]).toEqual(golden.flattened.rows);
    expect([...batch.labels]).toEqual(golden.flattened.labels);
  });

  it("prompts padded on the left", () => {
    const batch = collatePrompts(golden.leftPadded.prompts, { padId });
    expect([...batch.inputIds]).toEqual(golden.leftPadded.inputIds.flat());
    expect([...batch.mask]).toEqual(golden.leftPadded.mask.flat());
    expect([...batch.positions]).toEqual(golden.leftPadded.positions.flat());
  });
});

it.each(golden.grouped)("grouping $lengths.length samples by length", ({ order, lengths, batchSize, grouped }) => {
  expect([...groupByLength(Uint32Array.from(order), lengths, batchSize)]).toEqual(grouped);
});

it.each(golden.interleaved)("turns over $lengths, $stopping", ({ lengths, stopping, taken }) => {
  const datasetOf = (turn: number): number => taken[turn]?.[0] ?? Number.NaN;
  expect(followTurns(lengths, datasetOf, stopping)).toEqual(taken);
});
