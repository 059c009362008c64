/** Mean similarity of a text to texts of a task, by embeddings. Data-Juicer: text_embd_similarity_filter. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg, keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import type { Sample } from "../sample.ts";
import { createBatcher } from "../scoring/batcher.ts";
import { parseTemplate, templateValue } from "../scoring/template.ts";
import { messageTexts } from "../scoring/turns.ts";
import { readValidRows, validDatasetArg } from "../scoring/valid-rows.ts";

const name = "text_embd_similarity_filter";

/** Texts of one call. */
const BATCH = 16;

const unused = (what: string): string => `${what} in recipes of Data-Juicer; here the run says what embeds.`;

export const textEmbdSimilarityFilter = defineFilter({
  name,
  summary: "Keeps rows whose mean cosine similarity to the rows of valid_dataset is in a range.",
  args: {
    valid_dataset: validDatasetArg,
    input_template: arg(
      z.string().nullish(),
      "What is embedded, made of columns: {query}; the text when absent. Rows without these columns give the texts of " +
        "their messages, in order.",
    ),
    ...rangeArgs("score", "similarity", { min: 0.1, max: 1 }),
    api_or_hf_model: arg(z.string().min(1).default("text-embedding-v4"), unused("Name of the model")),
    is_hf_model: arg(z.boolean().default(false), unused("Whether it runs locally")),
    api_endpoint: arg(z.string().default("embeddings"), unused("Path of the API")),
    response_path: arg(z.string().default("data.0.embedding"), unused("Place of the vector in an answer")),
    model_params: arg(z.record(z.string(), z.unknown()).nullish(), unused("Parameters of the model")),
    ebd_dim: arg(z.number().int().min(1).default(4096), unused("Length of the vectors")),
    pooling: arg(z.enum(["mean", "weighted_mean"]).nullish(), unused("How hidden states become one vector")),
  },
  stats: ["text_embd_similarity"],
  cost: 500,
  remote: true,
  differs:
    "Vectors come from the endpoint of the run, of the length that its model has; the other arguments about the model are " +
    "not looked at. valid_dataset may be a file. A text that cannot be embedded stops the run instead of being kept.",
  create: async (args, tools) => {
    const { embed } = tools;
    if (embed === undefined) {
      return fail("E_DATA_OPERATOR", {
        where: name,
        what: "the run has no model that embeds texts.",
        fix: "Name the endpoint of an API that gives embeddings, or leave the operator out.",
      });
    }
    const template = parseTemplate(args.input_template || `{${args.text_key}}`, `${name}.input_template`);
    const textOf = (sample: Sample): string => {
      const messages = messageTexts(sample);
      const isWhole = template.columns.every((column) => sample.row[column] !== undefined);
      if (isWhole || messages.length < template.columns.length) {
        return template.fill((column) => templateValue(sample, column, args.text_key));
      }
      const given = new Map(template.columns.map((column, i) => [column, messages[i] as string]));
      return template.fill((column) => given.get(column) as string);
    };
    const ask = createBatcher(embed, BATCH);
    const rows = await readValidRows(name, args.valid_dataset, tools);
    const vectors = await Promise.all(rows.map((row) => ask(textOf(row))));
    const centre = meanDirection(vectors);
    return {
      stats: ["text_embd_similarity"],
      measure: async (sample) => ({ text_embd_similarity: project(await ask(textOf(sample)), centre) }),
      keep: keepInRange(args, "score", "text_embd_similarity"),
    };
  },
});

/**
 * The mean of the vectors, each of length 1. Its product with a vector of length 1 is the mean of the cosines.
 * @throws E_DATA_ENDPOINT when lengths differ
 */
function meanDirection(vectors: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) {
    checkLength(vector, mean);
    const length = lengthOf(vector) * vectors.length;
    for (const [i, value] of vector.entries()) mean[i] = (mean[i] as number) + value / length;
  }
  return mean;
}

function project(vector: Float32Array, centre: Float64Array): number {
  checkLength(vector, centre);
  let sum = 0;
  for (const [i, value] of vector.entries()) sum += value * (centre[i] as number);
  return sum / lengthOf(vector);
}

/** Not below the least that cosine_similarity of PyTorch divides by. */
function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.max(1e-8, Math.sqrt(sum));
}

function checkLength(vector: Float32Array, other: Float64Array): void {
  if (vector.length === other.length) return;
  fail("E_DATA_ENDPOINT", {
    where: name,
    what: `one text has a vector of ${vector.length} numbers, another of ${other.length}.`,
    fix: "Use one embedding model for the whole run.",
  });
}
