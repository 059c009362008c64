/**
 * Mappers that ask about each turn of a dialog: first for an analysis, then for labels or a number. Each turn is asked
 * about with those before it, and with what was said of them. Data-Juicer: dialog_*_mapper.
 */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineMapper, type MapperOperator } from "../operator.ts";
import { apiArgs, ASKS_AGAIN, own } from "./args.ts";
import { askerOf, system, unusable, usable, user, type AskSettings, type Read } from "./ask.ts";
import { ASK_COST } from "./define-ask-mapper.ts";
import { clipped, turnsOf } from "./dialog.ts";
import { outputLanguage } from "./language-note.ts";
import { answerPattern } from "./pattern.ts";
import { hasMeta, withMeta } from "./row-fields.ts";
import { templateOf } from "./template.ts";

export interface DialogDefinition {
  readonly name: string;
  readonly summary: string;
  /** What is found in each turn: its name in arguments (`labels`, `intensity`) and its tag. */
  readonly finds: { readonly argument: string; readonly tag: string; readonly tagArgument: string };
  readonly analysisTag: string;
  /** Argument of the list to choose from, if there is one. */
  readonly candidates?: string;
  /** Marks before analysis and finding. */
  readonly marks: { readonly analysis: string; readonly finding: string };
  /** What the model is told to find; the form of the answer is added. */
  readonly task: string;
  /** An example of a turn. */
  readonly example: { readonly query: string; readonly analysis: string; readonly finding: string };
  /** What the text behind the mark means. */
  readonly read: (text: string) => Read<string | number>;
  /** All findings as they are kept. */
  readonly keep: (findings: readonly (string | number)[]) => readonly (string | number)[];
  readonly differs?: string;
}

const count = (description: string, fallback: number) => arg(z.number().int().min(0).default(fallback), description);

export function defineDialogMapper(definition: DialogDefinition): MapperOperator {
  const { name, summary, finds, analysisTag, candidates, marks } = definition;
  const { argument } = finds;
  const args = {
    ...apiArgs,
    max_round: count("Earlier turns that the model is shown.", 10),
    [finds.tagArgument]: arg(z.string().min(1).default(finds.tag), "Tag of what is found."),
    analysis_key: arg(z.string().min(1).default(analysisTag), "Tag of the analyses, one for each turn."),
    system_prompt: own("What the model is told"),
    query_template: own("What the user says, with {query}"),
    response_template: own("What the model says, with {response}"),
    ...(candidates === undefined
      ? {}
      : {
          [candidates]: arg(z.array(z.string().min(1)).optional(), "What there is to choose from; free when absent."),
          candidate_template: own("The list to choose from, with {candidate_str}"),
        }),
    analysis_template: own("The analysis of an earlier turn, with {analysis}"),
    [`${argument}_template`]: own(`What was found in an earlier turn, with {${argument}}`),
    analysis_pattern: own("Regular expression (Python) of the analysis"),
    [`${argument}_pattern`]: own("Regular expression (Python) of what is found"),
    max_query_chars_for_prompt: count("Characters of a query that the model is shown; 0 shows all.", 0),
    max_response_chars_for_prompt: count("Characters of a response that the model is shown; 0 shows all.", 0),
    preferred_output_lang: arg(z.string().default("zh"), "Language of the answers: zh or en."),
  };
  return defineMapper({
    name,
    summary,
    args,
    cost: ASK_COST,
    remote: true,
    differs: [
      ASKS_AGAIN,
      "Marks may end with an ASCII colon. Rows with messages are dialogs too; a row without any turn is bad.",
      ...(definition.differs === undefined ? [] : [definition.differs]),
    ].join(" "),
    create: (given, tools) => {
      const all = given as unknown as Readonly<Record<string, unknown>>;
      const text = (key: string, otherwise: string): string => (all[key] as string | undefined) || otherwise;
      const template = <Field extends string>(key: string, field: Field, otherwise: string) =>
        templateOf(text(key, otherwise), [field], `${name}.${key}`);
      const pattern = (key: string, otherwise: string) =>
        answerPattern(text(key, otherwise), { where: `${name}.${key}` });

      const ask = askerOf(name, given as unknown as AskSettings, tools);
      const query = template("query_template", "query", "User: {query}\n");
      const response = template("response_template", "response", "LLM: {response}\n");
      const analysis = template("analysis_template", "analysis", `${marks.analysis}：{analysis}\n`);
      const finding = template(`${argument}_template`, argument, `${marks.finding}：{${argument}}\n`);
      const analysisPattern = pattern("analysis_pattern", `${marks.analysis}[：:][ \\t]*(.*?)\n`);
      const findingPattern = pattern(`${argument}_pattern`, `${marks.finding}[：:][ \\t]*(.*?)($|\n)`);
      const choice = (candidates === undefined ? undefined : all[candidates]) as readonly string[] | undefined;
      const offered =
        choice === undefined || choice.length === 0
          ? ""
          : template(
              "candidate_template",
              "candidate_str",
              "Choose from these: [{candidate_str}]\n",
            )({
              candidate_str: choice.join(","),
            });
      const keys = { tag: text(finds.tagArgument, finds.tag), analysis: text("analysis_key", analysisTag) };
      const rounds = all["max_round"] as number;
      const [mostQuery, mostResponse] = [
        all["max_query_chars_for_prompt"] as number,
        all["max_response_chars_for_prompt"] as number,
      ];
      const language = outputLanguage(text("preferred_output_lang", "zh"));
      const instructions =
        text("system_prompt", promptOf(definition)) +
        `\n\nKeep the marks as they are; write what follows them in ${language}.`;

      const read = (answer: string): Read<{ readonly analysis: string; readonly finding: string | number }> => {
        const [thought = ""] = analysisPattern.search(answer) ?? [];
        if (thought === "") return unusable(`it has no line ${marks.analysis}：`);
        const [written] = findingPattern.search(answer) ?? [];
        const found = written === undefined ? unusable(`it has no line ${marks.finding}：`) : definition.read(written);
        return "problem" in found ? found : usable({ analysis: thought, finding: found.value });
      };

      return async (sample) => {
        if (hasMeta(sample, [keys.tag, keys.analysis])) return sample.row;
        const told: string[] = [];
        const analyses: string[] = [];
        const findings: (string | number)[] = [];
        for (const turn of turnsOf(sample, given)) {
          const asked = query({ query: clipped(turn.query, mostQuery, "query truncated") });
          const shown = rounds === 0 ? [] : told.slice(-rounds);
          const found = await ask(sample, [system(instructions), user(offered + shown.join("") + asked)], read);
          analyses.push(found.analysis);
          findings.push(found.finding);
          told.push(
            asked +
              analysis({ analysis: found.analysis }) +
              finding({ [argument]: found.finding }) +
              response({ response: clipped(turn.response, mostResponse, "response truncated") }),
          );
        }
        return withMeta(sample, { [keys.tag]: definition.keep(findings), [keys.analysis]: analyses });
      };
    },
  });
}

function promptOf({ task, marks, example }: DialogDefinition): string {
  return `${task}
You are shown a dialog between a user and a language model (LLM), with what was said of its earlier turns. Say it of the last message of the user, and only of that one; do not go on with the dialog.
Answer with two lines of exactly this form, marks included: first the analysis, then the result. For example, of
User: ${example.query}
${marks.analysis}：${example.analysis}
${marks.finding}：${example.finding}`;
}

/** Labels as the model wrote them. */
export const readLabels = (text: string): Read<string> => (text === "" ? unusable("it names no label") : usable(text));

/** Each once, in the order in which they came. */
export const onlyOnce = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];
