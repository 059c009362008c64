/**
 * Perplexity of a text for an n-gram model: 10 to the power of minus the logarithm of its probability, per token and
 * sentence end. Data-Juicer: perplexity_filter. Low perplexity is not quality: what repeats itself is among the lowest, so
 * that a lower bound and character_repetition_filter belong to it.
 */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { loadTokenizer } from "../../../text/load-tokenizer.ts";
import { readNgramModel } from "../../ngram/model.ts";
import { piecesOf } from "../../ngram/pieces.ts";
import { cutSentences } from "../../ngram/sentences.ts";
import { arg, keepInRange, langArg, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";

export const perplexityFilter = defineFilter({
  name: "perplexity_filter",
  summary: "Keeps rows whose perplexity for an n-gram language model is in a range.",
  args: {
    lang: langArg,
    ...rangeArgs("ppl", "perplexity", { min: 0, max: 1500 }),
    model: arg(
      z.string().min(1).optional(),
      "ARPA file of the model, as `tunesmith data ngram` and KenLM's lmplz write it; .gz and .zst too.",
    ),
    tokenizer_model: arg(
      z.string().min(1).optional(),
      "Folder with the tokenizer.json whose tokens the model is made of; words when absent.",
    ),
  },
  stats: ["perplexity"],
  cost: 20,
  differs:
    "The model is a file that is named, and its tokens are words or those of a tokenizer.json; Data-Juicer downloads a " +
    "KenLM and a SentencePiece model for lang. Bounds fit one model alone.",
  create: async (args, tools) => {
    const { model: path, tokenizer_model: folder } = args;
    if (path === undefined) {
      return fail("E_DATA_OPERATOR", {
        where: "perplexity_filter.model",
        what: "the ARPA file of an n-gram model is needed.",
        fix:
          `Train one on good texts of the language: tunesmith data ngram good.jsonl --export-path ${args.lang}.arpa. Then ` +
          `tunesmith data process with perplexity_filter: {model: ${args.lang}.arpa}.`,
      });
    }
    const model = await readNgramModel(tools.resolve(path));
    const pieces = folder === undefined ? undefined : piecesOf(await loadTokenizer(tools.resolve(folder)));
    return {
      stats: ["perplexity"],
      measure: (sample) => {
        let logProbability = 0;
        let length = 0;
        for (const words of cutSentences(sample.text(args.text_key), pieces)) {
          logProbability += model.scoreSentence(words);
          length += words.length + 1;
        }
        const perplexity = length === 0 ? 0 : 10 ** (-logProbability / length);
        return { perplexity: Math.round(perplexity * 10) / 10 };
      },
      keep: keepInRange(args, "ppl", "perplexity"),
    };
  },
});
