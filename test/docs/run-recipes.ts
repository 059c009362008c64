/** Data-Juicer's published recipes, run on a few rows: what docs/data-juicer.md says of them is what happened. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isTunesmithError } from "../../src/base/errors.ts";
import { runRecipe } from "../../src/cli/data/run-recipe.ts";
import { startFakeServer } from "../../src/data/services/testing/fake-server.ts";
import { dataProcessRecipe, listOf } from "../../src/recipes/data-process.ts";
import { objectSource } from "../../src/recipes/entries.ts";
import { parseRecipe } from "../../src/recipes/parse.ts";
import type { PublishedRecipe } from "./data-pages.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** What a recipe has to be given that Data-Juicer downloads or has built in. */
export interface Gift {
  /** Operator or key that it is for. */
  readonly of: string;
  readonly says: string;
  /** Argument and value; of a key the value alone. */
  readonly argument?: string;
  readonly value: string;
}

const gifts: readonly Gift[] = [
  {
    of: "perplexity_filter",
    says: "`--perplexity_filter.model=FILE.arpa`, which `tunesmith data ngram` trains",
    argument: "model",
    value: at("test/fixtures/ngram/tiny.arpa"),
  },
  {
    of: "alphanumeric_filter",
    says: "`--alphanumeric_filter.hf_tokenizer=FOLDER`",
    argument: "hf_tokenizer",
    value: at("assets/stories260k"),
  },
  {
    of: "token_num_filter",
    says: "`--token_num_filter.hf_tokenizer=FOLDER`",
    argument: "hf_tokenizer",
    value: at("assets/stories260k"),
  },
  { of: "executor_type", says: "a Ray cluster, or `--executor-type default` without one", value: "default" },
  { of: "api_endpoint", says: "`--api-endpoint`", value: "" },
];

export const namesOf = ({ process }: PublishedRecipe): readonly string[] =>
  process.map((entry) => (typeof entry === "string" ? entry : (Object.keys(entry)[0] ?? "")));

const textOfStep = (entry: unknown): string => JSON.stringify(entry);

/** What may be given to a recipe; of its operators those that ask for it. */
export function giftsFor(recipe: PublishedRecipe): readonly Gift[] {
  return gifts.filter(({ of }) => {
    if (of === "executor_type")
      return recipe.keys["executor_type"] !== undefined && recipe.keys["executor_type"] !== "default";
    if (of === "api_endpoint")
      return namesOf(recipe).some((name) => /llm|generate_qa|optimize|extract|dialog|prompt/.test(name));
    if (of !== "alphanumeric_filter") return namesOf(recipe).includes(of);
    return recipe.process.some((entry) => /alphanumeric_filter.*"tokenization":true/.test(textOfStep(entry)));
  });
}

/** Runs a recipe with some gifts; gives what went wrong, undefined for nothing. */
export type RecipeRunner = (recipe: PublishedRecipe, given: readonly Gift[]) => Promise<string | undefined>;

const texts = ["Today is Sunday and it's a happy day!", "你好，请问你是谁", "def add(a, b):\n    return a + b\n"];

function rowsFor(recipe: PublishedRecipe): string {
  const keys = listOf((recipe.keys["text_keys"] as string | readonly string[] | undefined) ?? "text");
  const rows = texts.map((text) => ({ ...Object.fromEntries(keys.map((key) => [key, text])), meta: { src: "Arxiv" } }));
  return rows.map((row) => JSON.stringify(row)).join("\n");
}

/** The process list with the arguments that are given. */
const withGifts = (process: readonly unknown[], given: readonly Gift[]): readonly unknown[] =>
  process.map((entry) => {
    const [name, args] = typeof entry === "string" ? [entry, {}] : (Object.entries(entry as object)[0] ?? ["", {}]);
    const own = given.filter(({ of, argument }) => of === name && argument !== undefined);
    return {
      [name]: { ...(args as object), ...Object.fromEntries(own.map(({ argument, value }) => [argument, value])) },
    };
  });

export async function withRecipeRunner<T>(use: (run: RecipeRunner) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "recipes-"));
  const server = await startFakeServer({ answer: () => "【提示词】Answer in one word." });
  let count = 0;
  try {
    return await use(async (recipe, given) => {
      const input = join(folder, `${++count}.jsonl`);
      await writeFile(input, rowsFor(recipe));
      const keys = {
        ...recipe.keys,
        ...Object.fromEntries(
          given.flatMap((gift) => (gift.argument === undefined ? [[gift.of, gift.value || server.endpoint]] : [])),
        ),
        process: withGifts(recipe.process, given),
        dataset_path: input,
        export_path: join(folder, `${count}.out.jsonl`),
        np: 0,
      };
      try {
        const report = await runRecipe(parseRecipe(dataProcessRecipe, [objectSource(keys, "recipe")]), {
          environment: {},
        });
        return report.reasons[0]?.[0];
      } catch (error) {
        if (!isTunesmithError(error)) throw error;
        return [error.where, error.what].filter(Boolean).join(": ").replaceAll(folder, "");
      }
    });
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
