/**
 * Checkpoints and adapters that transformers and PEFT wrote give their logits, within 1e-4 in float32: one per
 * property of a family. Values by test/oracles/tiny-checkpoints.py, tiny-adapters.py and stories260k.py.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createNodeRuntime } from "../runtime/node.ts";
import { createForward } from "./forward.ts";
import { loadAdapter, loadCheckpoint, type LoadedAdapter } from "./load.ts";
import { mergeLora } from "./merge.ts";

type Rows = readonly (readonly number[])[];
type Logits = readonly (readonly (readonly number[])[])[];

const root = join(import.meta.dirname, "../..");
const folder = join(root, "test/golden/models");
const read = <T>(path: string): T => JSON.parse(readFileSync(path, "utf8")) as T;
const runtime = createNodeRuntime({ threads: 1 });
const scratch = mkdtempSync(join(tmpdir(), "transformers-"));
afterAll(() => rmSync(scratch, { recursive: true }));

async function logitsOf(dir: string, rows: Rows, adapterDir?: string): Promise<readonly Float32Array[]> {
  const checkpoint = await loadCheckpoint(dir);
  let adapter: LoadedAdapter | undefined;
  if (adapterDir !== undefined) adapter = await loadAdapter(adapterDir, checkpoint);
  const forward = await createForward(runtime, { ...checkpoint, adapter });
  try {
    return await forward.logits(rows);
  } finally {
    await forward.release();
  }
}

/** Each number is within 1e-4 of what transformers gave. */
function expectLogits(got: readonly Float32Array[], want: Logits): void {
  for (const [row, places] of want.entries()) {
    const values = got[row] as Float32Array;
    const flat = places.flat();
    expect(values.length).toBe(flat.length);
    const worst = flat.reduce((most, value, i) => Math.max(most, Math.abs(value - (values[i] as number))), 0);
    expect(worst).toBeLessThan(1e-4);
  }
}

interface Recorded {
  readonly checkpoint: string;
  readonly plain: { readonly input_ids: Rows; readonly logits: Logits };
  readonly left_padded: {
    readonly input_ids: Rows;
    readonly attention_mask: Rows;
    readonly logits_of_real_tokens: Logits;
  };
}
const checkpoints = readdirSync(join(root, "test/fixtures/models")).map((name) => `${name}.json`);

describe.each(checkpoints)("%s", (file) => {
  const { checkpoint, plain, left_padded } = read<Recorded>(join(folder, file));

  it("gives the logits of transformers", async () => {
    expectLogits(await logitsOf(join(root, checkpoint), plain.input_ids), plain.logits);
  });

  it("gives each row of a padded batch what transformers gives it", async () => {
    const real = left_padded.input_ids.map((row, i) =>
      row.filter((_, at) => left_padded.attention_mask[i]?.[at] === 1),
    );
    expectLogits(await logitsOf(join(root, checkpoint), real), left_padded.logits_of_real_tokens);
  });
});

describe.each(readdirSync(join(folder, "adapters")))("adapter %s", (file) => {
  const recorded = read<{
    readonly base: string;
    readonly adapter: string;
    readonly input_ids: Rows;
    readonly logits: Logits;
    readonly merged_logits: Logits;
  }>(join(folder, "adapters", file));
  const [base, adapter] = [join(root, recorded.base), join(root, recorded.adapter)];

  it("gives the logits of PEFT", async () => {
    expectLogits(await logitsOf(base, recorded.input_ids, adapter), recorded.logits);
  });

  it("merged, gives those of PEFT's merge", async () => {
    const checkpoint = await loadCheckpoint(base);
    const loaded = await loadAdapter(adapter, checkpoint);
    const merged = join(scratch, file);
    const model = { ...checkpoint, askedDir: adapter, adapter: loaded, tokenizer: { files: [] } };
    await mergeLora(model as unknown as Parameters<typeof mergeLora>[0], merged);
    expectLogits(await logitsOf(merged, recorded.input_ids), recorded.merged_logits);
  });
});

describe("stories260k", () => {
  it("gives the logits of transformers for a real text", async () => {
    const recorded = read<{
      readonly input_ids: readonly number[];
      readonly positions: readonly number[];
      readonly logits: Rows;
    }>(join(folder, "stories260k.json"));
    const [got] = await logitsOf(join(root, "assets/stories260k"), [recorded.input_ids]);
    const vocab = recorded.logits[0]?.length as number;
    for (const [i, place] of recorded.positions.entries()) {
      const values = (got as Float32Array).subarray(place * vocab, (place + 1) * vocab);
      expectLogits([values], [[recorded.logits[i] as readonly number[]]]);
    }
  });
});
