import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFolder, writeTinyAdapter, writeTinyModel } from "../../test/support/tiny-checkpoint.ts";
import { loadModel } from "../models/load.ts";
import { objectSource } from "../recipes/entries.ts";
import { parseRecipe } from "../recipes/parse.ts";
import { sftRecipe } from "../recipes/sft.ts";
import { adapterSources } from "./adapter-settings.ts";
import { apartFromAdapter, checkAdapterSettings } from "./check-adapter.ts";

const projections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

/** The arguments of a run on a tiny adapter of rank 4, and what is said of them. */
async function withAdapter(
  given: Readonly<Record<string, unknown>>,
  use: (run: {
    readonly args: Awaited<ReturnType<typeof argsOf>>;
    readonly check: () => Promise<void>;
  }) => Promise<void>,
  savedArgs?: object,
): Promise<void> {
  await withFolder(async (folder) => {
    const base = await writeTinyModel(join(folder, "base"));
    const adapter = join(folder, "adapter");
    await writeTinyAdapter(adapter, base, { targetModules: projections, dropout: 0.1, rslora: true });
    if (savedArgs !== undefined) await writeFile(join(adapter, "args.json"), JSON.stringify(savedArgs));
    const args = await argsOf({ model: base.dir, adapters: [adapter], dataset: ["rows.jsonl"], ...given });
    const { model } = await loadModel(args.model, { adapters: args.adapters });
    await use({ args, check: () => checkAdapterSettings(adapter, args, model) });
  });
}

async function argsOf(given: object) {
  const sources = [objectSource(given, "test")];
  return apartFromAdapter(parseRecipe(sftRecipe, [...(await adapterSources(sftRecipe, sources)), ...sources]));
}

describe("arguments beside an adapter", () => {
  it("are the adapter's where they are not given", async () => {
    await withAdapter({}, async ({ args, check }) => {
      expect(args).toMatchObject({
        tuner_type: "lora",
        lora_rank: 4,
        lora_alpha: 8,
        lora_dropout: 0.1,
        use_rslora: true,
        target_modules: projections.toSorted(),
      });
      await check();
    });
  });

  it("are refused with both values where they say otherwise", async () => {
    await withAdapter({ lora_rank: 64, use_rslora: false, target_modules: ["q_proj"] }, async ({ check }) => {
      await expect(check()).rejects.toMatchObject({
        code: "E_ADAPTER_SETTINGS",
        what: expect.stringMatching(
          /lora_rank 4, --lora-rank is 64; .*use_rslora true, --use-rslora is false; .*target_modules .*--target-modules is \["q_proj"\]/,
        ) as string,
      });
    });
  });

  it("may name the same modules in other words", async () => {
    for (const same of [{ target_modules: ["all-linear"] }, { target_regex: ".*_proj" }]) {
      await withAdapter(same, ({ check }) => check());
    }
  });

  it("take the system prompt that it was taught with, and refuse another unless told", async () => {
    const saved = { system: "Answer in verse.", use_chat_template: true };
    await withAdapter({}, async ({ args }) => expect(args.system).toBe("Answer in verse."), saved);
    await withAdapter(
      { system: "Answer in prose." },
      async ({ check }) => {
        await expect(check()).rejects.toThrow(/system "Answer in verse.", --system is "Answer in prose."/);
      },
      saved,
    );
    await withAdapter({ system: "Answer in prose.", load_args: false }, ({ check }) => check(), saved);
  });

  it("name the base where the model is the adapter itself", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"));
      await writeTinyAdapter(join(folder, "adapter"), base);
      const args = await argsOf({ model: join(folder, "adapter"), dataset: ["rows.jsonl"] });
      expect([args.model, args.adapters]).toEqual([base.dir, [join(folder, "adapter")]]);
    });
  });
});
