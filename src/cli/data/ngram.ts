/** `tunesmith data ngram`: an n-gram language model of texts, for perplexity_filter. */
import { piecesOf } from "../../data/ngram/pieces.ts";
import { trainNgramFiles } from "../../data/ngram/train-files.ts";
import { dataNgramRecipe } from "../../recipes/data-ngram.ts";
import { loadTokenizer } from "../../text/load-tokenizer.ts";
import { formatInteger } from "../../reports/format.ts";
import { createLiveLine } from "../terminal/live-line.ts";
import { defineVerb } from "../verb.ts";

export const dataNgramVerb = defineVerb({
  recipe: dataNgramRecipe,
  usage: "FILE... --export-path OUT.arpa",
  examples: (assets) => [
    `tunesmith data ngram ${assets}/fables/train.jsonl --export-path en.arpa`,
    `tunesmith data ngram ${assets}/fables --order 4 --prune 0 0 1 --tokenizer ${assets}/stories260k --export-path en.arpa.gz`,
  ],
  run: async (args, { stdout, stderr, paintOut, signal }) => {
    const line = createLiveLine(stderr);
    const tokenizer = args.tokenizer === undefined ? undefined : await loadTokenizer(args.tokenizer);
    const report = await trainNgramFiles(args.dataset, args.export_path, {
      order: args.order,
      maxMemory: args.maxMemory,
      prune: args.prune,
      overwrite: args.overwrite,
      textKey: args.text_keys,
      pieces: tokenizer === undefined ? undefined : piecesOf(tokenizer),
      signal,
      onProgress: (rows, words) => line.update(`${formatInteger(rows)} rows, ${formatInteger(words)} words`),
    });
    line.clear();
    const { rows, bad, firstBad, words, vocabulary, counts, fallbacks } = report;
    const kept = counts.map((count, i) => `${formatInteger(count)} ${i + 1}-grams`).join(", ");
    const lines = [
      `${formatInteger(rows - bad)} rows, ${formatInteger(words)} words, ${formatInteger(vocabulary)} different`,
      `  ${kept}`,
    ];
    if (bad > 0) lines.push(`${paintOut("red", formatInteger(bad))} × left out: ${firstBad}`);
    if (fallbacks.length > 0) {
      lines.push(
        paintOut(
          "yellow",
          `  too little text to estimate the discounts of order ${fallbacks.join(", ")}: taken are 0.5, 1 and 1.5`,
        ),
      );
    }
    stdout.write(`${[...lines, `${paintOut("green", "→")} ${args.export_path}`].join("\n")}\n`);
    return bad > 0 ? 1 : 0;
  },
});
