/** `tunesmith data select`: the rows that a sampler chooses, as a file. */
import { internal } from "../../base/errors.ts";
import { samplers } from "../../data/samplers/index.ts";
import { selectRows } from "../../data/select/select-rows.ts";
import { dataSelectRecipe } from "../../recipes/data-select.ts";
import { formatInteger } from "../../reports/format.ts";
import { createLiveLine } from "../terminal/live-line.ts";
import { table } from "../terminal/table.ts";
import { defineVerb } from "../verb.ts";

export const dataSelectVerb = defineVerb({
  recipe: dataSelectRecipe,
  usage: "FILE... --sampler NAME --sampler-args JSON --export-path OUT.jsonl",
  examples: (assets) => [
    `tunesmith data select ${assets}/fables/train.jsonl --sampler dsir ` +
      `--sampler-args '{"target": "${assets}/fables/held-out.jsonl", "ratio": 0.2}' --export-path chosen.jsonl`,
    // Of rows that data process wrote with --keep-stats-in-res-ds.
    `tunesmith data select clean.jsonl --sampler top_k --sampler-args '{"score_key": "__dj__stats__.num_words", "count": 20}' --export-path longest.jsonl`,
  ],
  run: async (args, { stdout, stderr, paintOut, signal, recipeFiles }) => {
    const line = createLiveLine(stderr);
    const report = await selectRows(args.dataset, args.export_path, {
      overwrite: args.overwrite,
      alsoRead: recipeFiles,
      sampler: samplers.get(args.sampler) ?? internal(`no sampler ${args.sampler}`),
      args: args.sampler_args,
      seed: args.seed,
      textKey: args.text_key,
      signal,
      onProgress: (rows) => line.update(`${formatInteger(rows)} rows`),
    });
    line.clear();
    if (args.json) {
      stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return 0;
    }
    const lines = [`${formatInteger(report.written)} of ${formatInteger(report.read)} rows chosen`, ...report.notes];
    for (const { reason, count, examples } of report.dropped) {
      lines.push(
        `${paintOut("red", formatInteger(count))} × ${reason}`,
        ...examples.map((example) => `    ${example}`),
      );
    }
    if (report.columns.length > 0) {
      const rows = report.columns.flatMap(({ column, all, chosen }) =>
        (
          [
            ["all", all],
            ["chosen", chosen],
          ] as const
        ).map(([which, { least, mean, greatest }]) => [
          column,
          which,
          ...[least, mean, greatest].map((value) => String(Number(value.toPrecision(4)))),
        ]),
      );
      lines.push(
        "",
        ...table(rows, { head: ["column", "rows", "least", "mean", "greatest"], right: [2, 3, 4], paint: paintOut }),
      );
    }
    stdout.write(`${[...lines, `${paintOut("green", "→")} ${args.export_path}`].join("\n")}\n`);
    return 0;
  },
});
