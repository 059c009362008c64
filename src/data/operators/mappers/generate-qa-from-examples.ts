/**
 * New pairs of question and answer after the manner of examples. Rows say only how many are wanted: their own columns
 * are kept and not looked at. Data-Juicer: generate_qa_from_examples_mapper.
 */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { permutation } from "../../../base/random.ts";
import { readRegularText } from "../../../formats/read-file.ts";
import { arg } from "../args.ts";
import { ASKS_AGAIN, hfArgs, NO_LOCAL_MODEL, own } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { rougeL } from "../ask/rouge-l.ts";
import { withFields } from "../ask/row-fields.ts";
import { templateOf } from "../ask/template.ts";
import type { Sample } from "../sample.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "generate_qa_from_examples_mapper";

const TASK = `You are given examples of questions and answers. Find out what they have in common in form, kind and difficulty, and write a new one of that kind:
1. It differs from all examples, but has their form; where they have several turns, so may yours.
2. It may be about another subject, and its answer must be right.
3. Question and answer come in pairs, the question first, each behind its mark:
【问题】
<the question>
【回答】
<the answer>`;

const OUTPUT = "【问题】(.*?)【回答】(.*?)(?=【问题】|$)";

/** Question and answer of each turn. */
type Dialog = readonly (readonly [query: string, response: string])[];

export const generateQaFromExamplesMapper = defineAskMapper({
  name: NAME,
  summary: "A model writes a new question and answer for each row, after the manner of examples from a file.",
  args: {
    ...hfArgs,
    seed_file: arg(z.string().default(""), "JSON lines with messages: the examples."),
    example_num: arg(z.number().int().min(1).default(3), "Examples that are shown, drawn for each row."),
    similarity_threshold: arg(
      z.number().min(0).max(1).default(0.7),
      "What is more like a shown example than this (ROUGE-L) is dropped.",
    ),
    system_prompt: own("What the model is told"),
    input_template: own("The question, with {}: all examples"),
    example_template: own("One example, with {}: its pairs"),
    qa_pair_template: own("One pair, with two {}"),
    output_pattern: own("Regular expression (Python) that finds question and answer of each pair in the answer"),
  },
  differs:
    `${NO_LOCAL_MODEL} ${ASKS_AGAIN} What is too like an example is dropped; Data-Juicer leaves its query and ` +
    "response empty. Examples are drawn by seed and row.",
  plan: async (args, tools) => {
    const examples = await readExamples(args.seed_file, tools.resolve);
    if (examples.length < args.example_num) {
      fail("E_DATA_OPERATOR", {
        where: `${NAME}.seed_file`,
        what: `${args.seed_file} holds ${examples.length} examples, and example_num is ${args.example_num}.`,
        fix: "Give more examples, or lower example_num.",
      });
    }
    const at = (template: string): string => `${NAME}.${template}_template`;
    const input = templateOf(args.input_template || "{}", ["0"], at("input"));
    const example = templateOf(args.example_template || "\nAn example:\n{}", ["0"], at("example"));
    const pair = templateOf(args.qa_pair_template || "【问题】\n{}\n【回答】\n{}\n", ["0", "1"], at("qa_pair"));
    const output = answerPattern(args.output_pattern || OUTPUT, { where: `${NAME}.output_pattern`, dotAll: true });
    const shownTo = ({ origin }: Sample): readonly Dialog[] =>
      [...permutation(examples.length, tools.seed, NAME, origin)]
        .slice(0, args.example_num)
        .map((i) => examples[i] as Dialog);
    const write = (dialog: Dialog): string =>
      dialog.map(([query, response]) => pair({ 0: query, 1: response })).join("");
    return {
      ownAnswer: true,
      messages: (sample) => {
        const shown = shownTo(sample).map((dialog) => example({ 0: write(dialog) }));
        return [system(args.system_prompt || TASK), user(input({ 0: shown.join("") }))];
      },
      read: (answer) => {
        const dialog = output
          .all(answer)
          .map(([query = "", response = ""]) => [strip(query), strip(response)] as const);
        return dialog.length === 0 ? unusable("it holds no pair of the form asked for") : usable(dialog);
      },
      put: (sample, dialog) => {
        const nearest = Math.max(...shownTo(sample).map((one) => rougeL(textOf(dialog), textOf(one))));
        if (nearest > args.similarity_threshold) return [];
        const [query, response] = dialog.at(-1) as Dialog[number];
        const columns = { [args.query_key]: query, [args.response_key]: response };
        return withFields(sample.row, { ...columns, [args.history_key]: dialog.slice(0, -1) });
      },
    };
  },
});

const textOf = (dialog: Dialog): string => `${dialog.map((turn) => turn.join("\n")).join("\n")}\n`;

const messages = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

/** Dialogs of the file; lines without a pair are left out, as there. @throws E_DATA_FILE, E_DATA_OPERATOR */
async function readExamples(name: string, resolve: (path: string) => string): Promise<readonly Dialog[]> {
  const where = `${NAME}.seed_file`;
  if (name === "")
    fail("E_DATA_OPERATOR", { where, what: "there is none.", fix: "Name a file of JSON lines with messages." });
  const file = resolve(name);
  const text = await readRegularText(file, { code: "E_DATA_FILE" });
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const dialog = turnsOf(line);
    if (dialog !== undefined) return dialog.length === 0 ? [] : [dialog];
    return fail("E_DATA_OPERATOR", {
      where: `${file}:${i + 1}`,
      what: "the line is no example.",
      fix: 'Write one as {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}.',
    });
  });
}

function turnsOf(line: string): Dialog | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = messages.safeParse(value);
  if (!parsed.success) return undefined;
  let query = "";
  return parsed.data.messages.flatMap(({ role, content }): Dialog => {
    if (role === "user") query = content;
    return role === "assistant" && query !== "" && content !== "" ? [[query, content]] : [];
  });
}
