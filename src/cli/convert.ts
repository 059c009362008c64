/** `tunesmith convert`: a GGUF file into a folder that transformers, and every other verb, reads. */
import { convertRecipe, type ConvertArgs } from "../recipes/convert.ts";
import type { Context } from "./context.ts";
import { createLiveLine } from "./terminal/live-line.ts";
import { defineVerb } from "./verb.ts";

async function run(args: ConvertArgs, context: Context): Promise<undefined> {
  const { stderr, stdout, paint, signal } = context;
  const { convertGguf } = await import("../models/files/gguf/convert.ts");
  const line = createLiveLine(stderr);
  const { architecture, formats, notes } = await convertGguf(args.model, args.output_dir, {
    overwrite: args.overwrite_output_dir,
    signal,
    ...(args.torch_dtype === undefined ? {} : { dtype: args.torch_dtype }),
    onProgress: (done, total) => line.update(`${paint("dim", "tensors")}  ${done} of ${total}`),
  }).finally(() => line.clear());
  const list = Object.entries(formats).map(([format, count]) => `${count} ${format}`);
  stderr.write(`${paint("dim", "converted")}  ${architecture}, tensors ${list.join(", ")}\n`);
  for (const note of notes) stderr.write(`${paint("dim", "note")}  ${note}\n`);
  stdout.write(`${args.output_dir}\n`);
  return undefined;
}

export const convertVerb = defineVerb({
  recipe: convertRecipe,
  usage: "--model FILE.gguf --output-dir DIR",
  examples: () => ["tunesmith convert --model SmolLM2-135M-Instruct.Q4_1.gguf --output-dir smollm2"],
  run,
});
