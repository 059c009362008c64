/** Variants of a prompt, each made from those before it. Data-Juicer: optimize_prompt_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiOrHfArgs, ASKS_AGAIN, NO_LOCAL_MODEL, own } from "../ask/args.ts";
import { askerOf, system, unusable, usable, user } from "../ask/ask.ts";
import { ASK_COST } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { textField, withFields } from "../ask/row-fields.ts";
import { templateOf } from "../ask/template.ts";
import { defineMapper } from "../operator.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "optimize_prompt_mapper";

const TASK = `You are given one prompt or several for the same task. Write a better one, so that a model does the task better:
1. It is not the same as any of them, but keeps their form.
2. Change little: key words, numbers, what is left unsaid.
3. Write in their language, and answer with the new prompt alone, behind its mark:
【提示词】
<the prompt>`;

export const optimizePromptMapper = defineMapper({
  name: NAME,
  summary: "A model writes better variants of a prompt; each becomes a row.",
  args: {
    ...apiOrHfArgs,
    prompt_key: arg(z.string().min(1).default("prompt"), "Column of the prompt."),
    gen_num: arg(z.number().int().min(1).default(3), "Variants of each prompt."),
    max_example_num: arg(z.number().int().min(1).default(3), "Prompts that are shown, the newest."),
    keep_original_sample: arg(z.boolean().default(true), "Keeps the row itself before its variants."),
    retry_num: arg(z.number().int().min(1).default(3), "How often is asked for one variant."),
    system_prompt: own("What the model is told"),
    input_template: own("The question, with {}: all prompts that are shown"),
    example_template: own("One of them, with {}"),
    prompt_template: own("A prompt in that, with {}"),
    output_pattern: own("Regular expression (Python) that finds the prompt in the answer"),
  },
  cost: ASK_COST,
  remote: true,
  differs:
    `${NO_LOCAL_MODEL} ${ASKS_AGAIN} Each row is a batch of its own (batch_size: 1): prompts of other rows are no ` +
    "examples. try_num has no effect beside retry_num.",
  create: ({ max_example_num: most, gen_num: wanted, prompt_key: key, ...args }, tools) => {
    const ask = askerOf(NAME, { ...args, try_num: args.retry_num }, tools);
    const at = (template: string): string => `${NAME}.${template}_template`;
    const input = templateOf(args.input_template || "{}", ["0"], at("input"));
    const example = templateOf(args.example_template || "\nA prompt for the task:\n{}", ["0"], at("example"));
    const prompt = templateOf(args.prompt_template || "【提示词】\n{}\n", ["0"], at("prompt"));
    const output = answerPattern(args.output_pattern || "【提示词】(.*?)(?=【|$)", {
      where: `${NAME}.output_pattern`,
      dotAll: true,
    });
    return async (sample) => {
      const prompts = [textField(sample, key)];
      while (prompts.length <= wanted) {
        const shown = prompts.slice(-most).map((text) => example({ 0: prompt({ 0: text }) }));
        const messages = [system(args.system_prompt || TASK), user(input({ 0: shown.join("") }))];
        const found = await ask(sample, messages, (answer) => {
          const text = strip(output.all(answer)[0]?.[0] ?? "");
          return text === "" ? unusable("it holds no prompt behind its mark") : usable(text);
        });
        prompts.push(found);
      }
      return prompts.slice(args.keep_original_sample ? 0 : 1).map((text) => withFields(sample.row, { [key]: text }));
    };
  },
});
