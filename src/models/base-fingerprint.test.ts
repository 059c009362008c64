import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  withFolder,
  writeTinyAdapter,
  writeTinyModel,
  type TinyCheckpoint,
} from "../../test/support/tiny-checkpoint.ts";
import { FINGERPRINT_FILE, fingerprintOf, writeFingerprint } from "./base-fingerprint.ts";
import { loadModel } from "./load.ts";
import { saveFullModel } from "./save.ts";
import { describe as describeModel } from "./describe.ts";

/** An adapter that knows its base, and a base that `change` has gone over. */
async function withBases(
  change: (name: string, values: Float32Array) => Float32Array,
  use: (other: string, adapter: string, base: TinyCheckpoint) => Promise<void>,
  dtype: "float32" | "bfloat16" | "float16" = "float32",
): Promise<void> {
  await withFolder(async (folder) => {
    const base = await writeTinyModel(join(folder, "base"));
    const model = await loadModel(base.dir);
    const adapter = join(folder, "adapter");
    await writeTinyAdapter(adapter, base);
    await writeFingerprint(adapter, await fingerprintOf(model));
    const other = join(folder, "other");
    await mkdir(other);
    await saveFullModel(other, {
      model,
      specs: describeModel(model.model).specs,
      dtype,
      files: model.tokenizer.files,
      read: (name) => change(name, base.values.get(name) as Float32Array),
    });
    await use(other, adapter, base);
  });
}

describe("the base of an adapter", () => {
  it.each(["float32", "bfloat16", "float16"] as const)("is the same when it is stored in %s", async (dtype) => {
    await withBases(
      (_, values) => values,
      async (other, adapter) => {
        const { notices } = await loadModel(other, { adapters: [adapter] });
        expect(notices).toEqual([]);
      },
      dtype,
    );
  });

  it("is another when its numbers are, also by a little: refused unless allowed, which is said", async () => {
    await withBases(
      (name, values) => (name.includes("layers.0.mlp") ? values.map((value) => value * 1.02) : values),
      async (other, adapter) => {
        await expect(loadModel(other, { adapters: [adapter] })).rejects.toMatchObject({
          code: "E_ADAPTER_BASE",
          what: expect.stringMatching(
            /of \d+ tensors that were noted, [1-3] differ \("model\.layers\.0\.mlp/,
          ) as string,
        });
        const { notices } = await loadModel(other, { adapters: [adapter], allowOtherBase: true });
        expect(notices.join()).toContain("trained on another base");
      },
    );
  });

  it("is not compared where nothing was noted, and a broken note is refused", async () => {
    await withBases(
      (_, values) => values.map((value) => value + 1),
      async (other, adapter, base) => {
        await writeFile(join(adapter, FINGERPRINT_FILE), '{"tensors": {"a": ["x"]}}');
        await expect(loadModel(base.dir, { adapters: [adapter] })).rejects.toMatchObject({ code: "E_ADAPTER_BASE" });
        await writeTinyAdapter(join(adapter, "plain"), base);
        expect((await loadModel(other, { adapters: [join(adapter, "plain")] })).adapter).toBeDefined();
      },
    );
  });
});
