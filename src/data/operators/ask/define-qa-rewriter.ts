/**
 * Mappers for which a model writes a query, a response, or both anew: with a text to go by (calibrate_*) or without
 * (optimize_*). The marks 【问题】 and 【回答】 are those of Data-Juicer's patterns; recipes that bring their own
 * templates and patterns may use others.
 */
import type { MapperOperator } from "../operator.ts";
import type { Sample } from "../sample.ts";
import { strip } from "../text/python-strings.ts";
import { apiArgs, apiOrHfArgs, ASKS_AGAIN, model, NO_LOCAL_MODEL, own } from "./args.ts";
import { system, unusable, usable, user, type Read } from "./ask.ts";
import { defineAskMapper } from "./define-ask-mapper.ts";
import { answerPattern, type AnswerPattern } from "./pattern.ts";
import { textField, withFields } from "./row-fields.ts";
import { templateOf } from "./template.ts";

/** What the model gives: the pair, read by a pattern, or one half, which is the whole answer. */
export type Rewritten = "pair" | "query" | "response";

export interface QaRewriterDefinition {
  readonly name: string;
  readonly summary: string;
  readonly gives: Rewritten;
  /** What the model is told. */
  readonly task: string;
  /** Whether a half too is read by output_pattern (its last group), when the recipe gives one. */
  readonly patterned?: boolean;
}

interface Pair {
  readonly query?: string | undefined;
  readonly response?: string | undefined;
}

const QA_PAIR = "【问题】\n{}\n【回答】\n{}";

const pairArgs = {
  system_prompt: own("What the model is told"),
  input_template: own("The question"),
  qa_pair_template: own("Query and response in it, with two {}"),
  output_pattern: own("Regular expression (Python) that reads query and response in the answer"),
} as const;

interface PairArgs {
  readonly qa_pair_template?: string | undefined;
  readonly output_pattern?: string | undefined;
  readonly query_key: string;
  readonly response_key: string;
}

/** By a text: the reference comes first in the question. */
export function defineCalibrator(definition: QaRewriterDefinition): MapperOperator {
  const { name, summary, task } = definition;
  return defineAskMapper({
    name,
    summary,
    args: {
      ...apiArgs,
      ...pairArgs,
      reference_template: own("The text in the question, with {}"),
    },
    differs: `${ASKS_AGAIN} An answer of several lines is taken whole.`,
    plan: (args) => {
      const input = templateOf(args.input_template || "{reference}\n{qa_pair}", ["reference", "qa_pair"], at("input"));
      const reference = templateOf(args.reference_template || "【参考信息】\n{}", ["0"], at("reference"));
      const pair = pairOf(name, args);
      return {
        messages: (sample) => [
          system(args.system_prompt || task),
          user(input({ reference: reference({ 0: textField(sample, args.text_key) }), qa_pair: pair(sample) })),
        ],
        ...readerOf(definition, args),
      };
    },
  });
  function at(template: string): string {
    return `${name}.${template}_template`;
  }
}

/** By itself. */
export function defineOptimizer(definition: QaRewriterDefinition): MapperOperator {
  const { name, summary, task } = definition;
  return defineAskMapper({
    name,
    summary,
    args: { ...apiOrHfArgs, ...pairArgs, hf_model: model("Older name of api_or_hf_model.") },
    differs: `${NO_LOCAL_MODEL} ${ASKS_AGAIN}`,
    plan: (args) => {
      const input = templateOf(args.input_template || "The pair:\n{}", ["0"], `${name}.input_template`);
      const pair = pairOf(name, args);
      return {
        messages: (sample) => [system(args.system_prompt || task), user(input({ 0: pair(sample) }))],
        ...readerOf(definition, args),
      };
    },
  });
}

function pairOf(name: string, args: PairArgs): (sample: Sample) => string {
  const template = templateOf(args.qa_pair_template || QA_PAIR, ["0", "1"], `${name}.qa_pair_template`);
  return (sample) => template({ 0: textField(sample, args.query_key), 1: textField(sample, args.response_key) });
}

function readerOf({ name, gives, patterned = false }: QaRewriterDefinition, args: PairArgs) {
  const where = `${name}.output_pattern`;
  const half =
    patterned && args.output_pattern ? answerPattern(args.output_pattern, { where, dotAll: true }) : undefined;
  return {
    read:
      gives === "pair"
        ? readPair(answerPattern(args.output_pattern || PAIR, { where, dotAll: true }))
        : readHalf(gives, half),
    put: ({ row }: Sample, { query, response }: Pair) =>
      withFields(row, { [args.query_key]: query || undefined, [args.response_key]: response || undefined }),
  };
}

const PAIR = String.raw`.*?【问题】\s*(.*?)\s*【回答】\s*(.*)`;

function readPair(pattern: AnswerPattern): (answer: string) => Read<Pair> {
  return (answer) => {
    const [query = "", response = ""] = (pattern.match(answer) ?? []).map(strip);
    return query === "" && response === "" ? unusable("it has not the two marked parts") : usable({ query, response });
  };
}

/** The whole answer, or what the pattern's last group finds in it. */
function readHalf(gives: "query" | "response", pattern: AnswerPattern | undefined): (answer: string) => Read<Pair> {
  return (answer) => {
    const text = strip(pattern?.match(answer)?.at(-1) ?? answer);
    return text === "" ? unusable("it is empty") : usable({ [gives]: text });
  };
}

/** Ends of the instructions that ask for the pair, or for one half of it. */
export const PAIR_FORM =
  "Write in the language of the pair, and answer in exactly this form, marks included:\n" +
  "【问题】\n<the new question>\n【回答】\n<the new answer>";

export const halfForm = (what: string): string =>
  `Write in the language of the pair. Answer with the new ${what} alone: no mark, no heading, no explanation.`;
