/** Tags of like meaning made one. Data-Juicer: meta_tags_aggregator. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { show } from "../../shapes/shape.ts";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, own } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { metasOf, withMetas } from "../ask/batch.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { templateOf } from "../ask/template.ts";
import type { Sample } from "../sample.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "meta_tags_aggregator";

const TASK = `You are given tags and how often each occurs. Make one tag of those that mean about the same.
- If a list of tags to end up with is given, map each tag to one of them; if one of them is for all the rest, such as 其他 or "other", map to it what fits nowhere else.
- If there is none, choose few tags of your own, and one for what is rare and fits nowhere else.
First give your reasons in a line, then one line for each tag of the table, in exactly this form:
## 分析：<the reasons>
## 标签合并：
** <tag of the table>归类为<tag to end up with> **
** <tag of the table>归类为<tag to end up with> **`;

const INPUT = "{target_tag_str}| tag | times |\n| --- | --- |\n{tag_strs}";
const OUTPUT = String.raw`\*\*\s*([^*\n]+?)归类为([^*\n]+?)\s*\*\*`;

export const metaTagsAggregator = defineAskMapper({
  name: NAME,
  summary: "A model finds tags of like meaning in the rows of a batch; they become one tag.",
  args: {
    ...apiArgs,
    meta_tag_key: arg(z.string().min(1), "Tag whose values are merged: texts or lists of texts."),
    target_tags: arg(z.array(z.string().min(1)).optional(), "Values to end up with; the model's choice when absent."),
    system_prompt: own("What the model is told"),
    input_template: own("The question, with {target_tag_str} and {tag_strs}"),
    target_tag_template: own("The values to end up with, with {target_tags}"),
    tag_template: own("One value in the question, with {tag} and {cnt}"),
    output_pattern: own("Regular expression (Python, verbose) that finds old and new value"),
  },
  differs: `${ASKS_AGAIN} Tags may hold blanks and punctuation. A row that is no batch is bad.`,
  plan: ({ meta_tag_key: key, target_tags: targets = [], ...args }) => {
    const at = (argument: string): string => `${NAME}.${argument}`;
    const input = templateOf(args.input_template || INPUT, ["target_tag_str", "tag_strs"], at("input_template"));
    const target = templateOf(
      args.target_tag_template || "Tags to end up with: [{target_tags}]\n",
      ["target_tags"],
      at("target_tag_template"),
    );
    const line = templateOf(args.tag_template || "| {tag} | {cnt} |", ["tag", "cnt"], at("tag_template"));
    const output = answerPattern(args.output_pattern || OUTPUT, {
      where: at("output_pattern"),
      dotAll: true,
      verbose: true,
    });
    const target_tag_str = targets.length === 0 ? "" : target({ target_tags: targets.join(", ") });
    return {
      messages: (sample) => {
        const counts = new Map<string, number>();
        for (const tag of valuesOf(sample, key).flat()) counts.set(tag, (counts.get(tag) ?? 0) + 1);
        const tag_strs = [...counts].map(([tag, cnt]) => line({ tag, cnt })).join("\n");
        return [system(args.system_prompt || TASK), user(input({ target_tag_str, tag_strs }))];
      },
      read: (answer) => {
        const merged = new Map(output.all(answer).map(([from = "", to = ""]) => [strip(from), strip(to)] as const));
        return merged.size === 0 ? unusable("it holds no line ** ...归类为... **") : usable(merged);
      },
      put: (sample, merged) => {
        const to = (tag: string): string => merged.get(tag) ?? tag;
        const values = valuesOf(sample, key).map((tags) => (typeof tags === "string" ? to(tags) : tags.map(to)));
        return withMetas(
          sample,
          metasOf(sample).map((meta, i) => ({ ...meta, [key]: values[i] })),
        );
      },
    };
  },
});

/** The tag of each row of the batch. @throws E_DATA_ROW */
function valuesOf(sample: Sample, key: string): readonly (string | readonly string[])[] {
  return metasOf(sample).map((meta) => {
    const value = meta[key];
    const isText = (one: unknown): boolean => typeof one === "string";
    if (isText(value) || (Array.isArray(value) && value.every(isText))) return value as string | readonly string[];
    return fail("E_DATA_ROW", {
      where: sample.origin,
      what: `the tag ${key} is ${show(value)}, wants a text or a list of texts`,
    });
  });
}
