import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { optimizerNames } from "../optim/index.ts";
import * as recipes from "./index.ts";
import type { RecipeInfo } from "./recipe.ts";

const all = Object.values(recipes).filter(
  (value): value is typeof value & RecipeInfo => typeof value === "object" && "schema" in value,
);

test("the table holds every recipe file", () => {
  const files = readdirSync(import.meta.dirname).filter((file) => !file.endsWith(".test.ts"));
  for (const { verb } of all) expect(files).toContain(`${verb}.ts`);
  expect(all.map(({ verb }) => verb).sort()).toEqual([
    "deploy",
    "doctor",
    "infer",
    "merge-lora",
    "pt",
    "quickstart",
    "sft",
  ]);
});

test.each(all.map((recipe) => [recipe.verb, recipe] as const))("%s: every key can be shown", (_, recipe) => {
  for (const [key, info] of recipe.fields) {
    expect(key).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(info.description).toMatch(/^[^ ].*[.)]$/s);
    expect(info.expected.length).toBeGreaterThan(0);
    // A key that is optional says what happens without it.
    if (!info.required && info.default === undefined && key !== "model" && key !== "max_steps") {
      expect({ key, otherwise: info.otherwise }).toEqual({ key, otherwise: expect.any(String) });
    }
    for (const alias of info.aliases ?? []) expect(recipe.fields.has(alias)).toBe(false);
  }
});

test("defaults of sft are ms-swift's", () => {
  const args = recipes.parseRecipe(recipes.sftRecipe, [
    recipes.objectSource({ model: "models/tiny/", dataset: "a.jsonl" }, "sft"),
  ]);
  expect(args).toEqual({
    model: "models/tiny/",
    adapters: [],
    allow_config_keys: [],
    allow_other_base: false,
    load_args: true,
    dataset: ["a.jsonl"],
    val_dataset: [],
    split_dataset_ratio: 0,
    columns: {},
    strict: false,
    dataset_shuffle: true,
    sampler: "shuffle",
    sampler_args: {},
    stopping_strategy: "first_exhausted",
    truncation_strategy: "delete",
    packing: false,
    group_by_length: false,
    use_chat_template: true,
    loss_scale: "default",
    tuner_type: "lora",
    lora_rank: 8,
    lora_alpha: 32,
    lora_dropout: 0.05,
    use_rslora: false,
    use_dora: false,
    lora_bias: false,
    modules_to_save: [],
    freeze_parameters: [],
    freeze_parameters_ratio: 0,
    trainable_parameters: [],
    vera_rank: 256,
    vera_dropout: 0,
    feedforward_modules: [],
    target_modules: ["all-linear"],
    num_train_epochs: 3,
    max_steps: -1,
    per_device_train_batch_size: 1,
    gradient_accumulation_steps: 16,
    optim: "adamw",
    learning_rate: 1e-4,
    lr_scheduler_type: "cosine",
    label_smoothing_factor: 0,
    enable_dft_loss: false,
    z_loss_coef: 0,
    neftune_noise_alpha: 0,
    optim_args: {},
    lisa_activated_layers: 0,
    lisa_step_interval: 20,
    module_lr: {},
    lr_scheduler_kwargs: { num_cycles: 0.5 },
    warmup_ratio: 0.05,
    warmup_steps: 0,
    weight_decay: 0.1,
    adam_beta1: 0.9,
    adam_beta2: 0.95,
    adam_epsilon: 1e-8,
    max_grad_norm: 1,
    per_device_eval_batch_size: 1,
    eval_steps: 500,
    allow: [],
    output_dir: "output/tiny",
    overwrite_output_dir: false,
    save_steps: 500,
    logging_steps: 5,
    logging_first_step: true,
    report_to: ["tensorboard"],
    seed: 42,
    device: "auto",
  });
});

test("full training, larger batches and pt change what depends on them", () => {
  const given = { model: "m", dataset: ["a"], tuner_type: "full", per_device_train_batch_size: 6, save_steps: 7 };
  const args = recipes.parseRecipe(recipes.ptRecipe, [recipes.objectSource(given, "pt")]);
  expect(args).toMatchObject({
    learning_rate: 1e-5,
    gradient_accumulation_steps: 3,
    eval_steps: 7,
    use_chat_template: false,
    loss_scale: "all",
  });
});

test("JSON schema of a verb", () => {
  const schema = recipes.recipeJsonSchema(recipes.sftRecipe) as {
    properties: Readonly<Record<string, unknown>>;
    additionalProperties: boolean;
  };
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties["lora_rank"]).toMatchObject({ type: "integer", minimum: 1, default: 8, source: "ms-swift" });
  expect(schema.properties["optim"]).toMatchObject({ enum: optimizerNames });
});
