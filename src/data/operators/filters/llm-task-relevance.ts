/** How much a row helps with a task that is described or shown, judged by a model. Data-Juicer: llm_task_relevance_filter. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { defineAnalysisFilter } from "../ask/define-analysis-filter.ts";
import { fieldOf } from "../sample.ts";

const NAME = "llm_task_relevance_filter";

export const llmTaskRelevanceFilter = defineAnalysisFilter({
  name: NAME,
  summary: "Keeps rows that a model finds useful for a task, of which there is a description or examples.",
  stats: ["llm_task_relevance", "llm_task_relevance_record", "llm_task_relevance_tags"],
  task:
    "You judge whether samples of training data would make a language model better at a task. The task is described, " +
    "or shown by validation data, or both. How good a sample is otherwise does not matter; one that has nothing to do " +
    "with the task gets 1.",
  dimensions: {
    topical_relevance: "Is it about what the validation data is about?",
    linguistic_style_match: "Are its style, tone and complexity like those of the validation data?",
    task_match: "Does it solve the same kind of task?",
    knowledge_alignment: "Does it need the same knowledge and reasoning?",
    potential_utility: "Would a model that learned it do better on the validation data?",
  },
  keepsZero: true,
  args: {
    valid_dataset: arg(
      z.array(z.record(z.string(), z.unknown())).optional(),
      "Rows of the task, with the columns of input_keys.",
    ),
    task_desc: arg(z.string().optional(), "What the task is."),
    n_shot: arg(z.number().int().min(1).optional(), "How many rows of valid_dataset are shown; all when absent."),
  },
  differs: "Rows of the task must be in the recipe: a validation set cannot be prepared by other code.",
  preface: ({ valid_dataset: rows = [], task_desc: description, n_shot: shown = rows.length }, describe) => {
    if (description === undefined && rows.length === 0) {
      fail("E_DATA_OPERATOR", {
        where: NAME,
        what: "there is neither task_desc nor valid_dataset.",
        fix: "Give one of them.",
      });
    }
    const told = description === undefined ? "" : `The task:\n${description}\n\n`;
    const examples = rows
      .slice(0, shown)
      .map((row, i) => `'''\n${describe((key) => fieldOf(row, key)) ?? failExample(i)}\n'''`);
    return told + (examples.length === 0 ? "" : `Validation data of the task:\n${examples.join("\n\n")}\n\n`);
  },
});

const failExample = (i: number): never =>
  fail("E_DATA_OPERATOR", {
    where: `${NAME}.valid_dataset[${i}]`,
    what: "the row has none of the columns of input_keys.",
    fix: "Give rows with these columns.",
  });
