/** Arguments of operators that ask a model. Names and defaults are Data-Juicer's. */
import * as z from "zod";
import { arg } from "../args.ts";

const map = (description: string) => arg(z.record(z.string(), z.unknown()).default({}), description);

/** A text that replaces the operator's own: a prompt, a template of Python's `str.format`, a pattern of its `re`. */
export const own = (what: string) => arg(z.string().optional(), `${what}; the operator's own when absent.`);

const askArgs = {
  api_endpoint: arg(
    z.string().min(1).optional(),
    "Address of the API, or a path below that of the run; the run's own when absent.",
  ),
  response_path: arg(
    z.string().min(1).optional(),
    "Where the text is in the API's answer; choices.0.message.content when absent.",
  ),
  try_num: arg(
    z.number().int().min(1).default(3),
    "How often is asked until an answer has the form asked for; then the row is bad.",
  ),
  model_params: map("Of the client; only base_url has an effect here."),
  sampling_params: map("Sampling as the API names it: {temperature: 0.9, top_p: 0.95, max_tokens: 1000}."),
} as const;

export const model = (description = "Model at the endpoint; that of the run when absent.") =>
  arg(z.string().min(1).optional(), description);

export const noEffect = (schema: z.ZodType) => arg(schema.optional(), "Without effect here: the endpoint answers.");

const local = arg(z.boolean().default(false), "Without effect here: the endpoint answers.");

/** Of operators that ask an API in Data-Juicer too. */
export const apiArgs = { api_model: model(), ...askArgs } as const;

/** Of operators that ask an API or load a model there. */
export const apiOrHfArgs = {
  api_or_hf_model: model(),
  is_hf_model: local,
  enable_vllm: local,
  ...askArgs,
} as const;

/** Of operators that load a model there. */
export const hfArgs = { hf_model: model(), enable_vllm: local, ...askArgs } as const;

export const dropTextArg = arg(z.boolean().default(false), "Drops the text from the row.");

/** Said in `differs` of all of them. */
export const ASKS_AGAIN =
  "A model without a usable answer after try_num tries makes the row bad; Data-Juicer leaves the row as it was, or empty. " +
  "When an answer is asked for again, the model is told what was wrong. Thoughts in <think> marks before an answer are " +
  "left out. The prompts are other ones, in English.";

export const NO_LOCAL_MODEL = "The endpoint answers instead of a model that is loaded from Hugging Face.";
