/** A tag out of a list for each text. Data-Juicer: text_tagging_by_prompt_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { ASKS_AGAIN, hfArgs, NO_LOCAL_MODEL, noEffect } from "../ask/args.ts";
import { unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { withFields } from "../ask/row-fields.ts";
import { templateOf } from "../ask/template.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "text_tagging_by_prompt_mapper";

const PROMPT = `Which kind of task is solved in the text below? Answer with one of these and nothing else: {tag_list}.

{text}`;

const TAGS = "数学 代码 翻译 角色扮演 开放领域问答 特定领域问答 提取 生成 头脑风暴 分类 总结 改写 其他".split(" ");

export const textTaggingByPromptMapper = defineAskMapper({
  name: NAME,
  summary: "A model chooses a tag for each text (column __dj__text_tags__).",
  args: {
    ...hfArgs,
    prompt: arg(z.string().default(PROMPT), "The question, with {text} and {tag_list}."),
    tag_list: arg(z.array(z.string().min(1)).min(1).default(TAGS), "Tags to choose from."),
    trust_remote_code: noEffect(z.boolean()),
    tensor_parallel_size: noEffect(z.number()),
    max_model_len: noEffect(z.number()),
    max_num_seqs: noEffect(z.number()),
  },
  differs: `${NO_LOCAL_MODEL} ${ASKS_AGAIN} An answer that is none of the tags is no usable one.`,
  plan: ({ prompt, tag_list: tags, text_key }) => {
    const question = templateOf(prompt, ["text", "tag_list"], `${NAME}.prompt`);
    // As Python writes a list.
    const listed = `[${tags.map((tag) => (tag.includes("'") ? JSON.stringify(tag) : `'${tag}'`)).join(", ")}]`;
    return {
      messages: (sample) => [user(question({ text: sample.text(text_key), tag_list: listed }))],
      read: (answer) => {
        const tag = strip(answer);
        return tags.includes(tag) ? usable(tag) : unusable(`it is none of ${listed}`);
      },
      put: ({ row }, tag) => withFields(row, { __dj__text_tags__: [tag] }),
    };
  },
});
