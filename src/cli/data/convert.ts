/** `tunesmith data convert`: rows of any shape into one layout. */
import { convertRows } from "../../data/convert/convert.ts";
import { dataConvertRecipe } from "../../recipes/data-files.ts";
import { formatInteger } from "../../reports/format.ts";
import { createLiveLine } from "../terminal/live-line.ts";
import { defineVerb } from "../verb.ts";

export const dataConvertVerb = defineVerb({
  recipe: dataConvertRecipe,
  usage: "FILE... --to messages --export-path OUT.jsonl",
  examples: (assets) => [
    `tunesmith data convert ${assets}/fables/train.jsonl --to messages --export-path messages.jsonl`,
    `tunesmith data convert ${assets}/fables --to sharegpt --export-path sharegpt.jsonl`,
  ],
  run: async (args, { stdout, stderr, paintOut, signal, recipeFiles }) => {
    const line = createLiveLine(stderr);
    const report = await convertRows(args.dataset, args.export_path, {
      overwrite: args.overwrite,
      alsoRead: recipeFiles,
      layout: args.to,
      columns: args.columns,
      strict: args.strict,
      signal,
      onProgress: (rows) => line.update(`${formatInteger(rows)} rows`),
      onNote: line.print,
    });
    line.clear();
    const lines = [`${formatInteger(report.written)} of ${formatInteger(report.read)} rows written as ${args.to}`];
    for (const { reason, count, examples } of report.dropped) {
      lines.push(
        `${paintOut("red", formatInteger(count))} × ${reason}`,
        ...examples.map((example) => `    ${example}`),
      );
    }
    stdout.write(`${[...lines, `${paintOut("green", "→")} ${args.export_path}`].join("\n")}\n`);
    return report.written === report.read ? 0 : 1;
  },
});
