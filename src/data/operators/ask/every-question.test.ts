/** What holds for every operator that asks a model. */
import { describe, expect, it } from "vitest";
import type { RawObject } from "../../shapes/shape.ts";
import { operators } from "../index.ts";
import type { FilterOperator, MapperOperator } from "../operator.ts";
import { fakeModel } from "../testing/fake-model.ts";
import { goldenCases } from "../testing/golden.ts";
import { plainTools, runFilter, runMapper } from "../testing/ready.ts";
import type { OperatorTools } from "../tools.ts";

const QA = { text: "Ada wrote programs.", query: "Who?", response: "Ada." };
const TEXT = { text: "Ada wrote programs." };
const DIALOG = { history: [["Hello", "Hi"]], query: "Thanks", response: "Bye" };
const BATCH = { __dj__meta__: [{ event_description: "One." }, { event_description: "Two." }] };
const SEEDS = { seed_file: "test/fixtures/data/dialogs.jsonl", example_num: 2 };

interface Case {
  readonly row: RawObject;
  readonly args?: RawObject;
  /** An answer that cannot be used. */
  readonly bad?: string;
  /** Default 3. */
  readonly tries?: number;
  /** Whether Data-Juicer's results are recorded; those of random draws and of local models are not. */
  readonly golden?: false;
}

/** Judges of a last answer. */
const JUDGED = [
  "dialog_clarification_quality_mapper",
  "dialog_coreference_mapper",
  "dialog_error_recovery_mapper",
  "dialog_memory_consistency_mapper",
  "dialog_non_repetition_mapper",
  "dialog_proactivity_mapper",
  "dialog_topic_shift_mapper",
];

const cases: Readonly<Record<string, Case>> = {
  llm_analysis_filter: { row: TEXT, bad: '{"dimension_scores": {"clarity": "good"}}' },
  llm_quality_score_filter: { row: TEXT, bad: "fine" },
  llm_difficulty_score_filter: { row: TEXT, bad: "{}" },
  llm_task_relevance_filter: { row: TEXT, args: { task_desc: "History." } },
  calibrate_qa_mapper: { row: QA },
  calibrate_query_mapper: { row: QA, bad: " \n" },
  calibrate_response_mapper: { row: QA, bad: "" },
  optimize_qa_mapper: { row: QA },
  optimize_query_mapper: { row: QA, bad: "" },
  optimize_response_mapper: { row: QA, bad: " " },
  optimize_prompt_mapper: { row: { prompt: "Write." } },
  generate_qa_from_text_mapper: { row: TEXT },
  generate_qa_from_examples_mapper: { row: {}, args: SEEDS, golden: false },
  pair_preference_mapper: { row: QA, bad: "【回答】\nBabbage." },
  sentence_augmentation_mapper: {
    row: TEXT,
    args: { task_sentence: "Say it in other words.", text_key_second: "other" },
    bad: '""',
    golden: false,
  },
  text_tagging_by_prompt_mapper: { row: TEXT, bad: "something else" },
  extract_entity_attribute_mapper: {
    row: TEXT,
    args: { query_entities: ["Ada"], query_attributes: ["work"] },
    bad: "# Ada\n## work：\nPrograms.\n",
  },
  extract_entity_relation_mapper: { row: TEXT, bad: '("entity"<|>"Ada")' },
  extract_event_mapper: { row: TEXT },
  extract_keyword_mapper: { row: TEXT },
  extract_nickname_mapper: { row: TEXT },
  extract_support_text_mapper: { row: { ...TEXT, __dj__meta__: { event_description: "Ada." } }, bad: " " },
  dialog_intent_detection_mapper: { row: DIALOG, bad: "意图分析：no label\n" },
  dialog_sentiment_detection_mapper: { row: DIALOG },
  dialog_topic_detection_mapper: { row: DIALOG },
  dialog_sentiment_intensity_mapper: { row: DIALOG, bad: "情绪分析：fine\n情绪值：7\n" },
  ...Object.fromEntries(JUDGED.map((name) => [name, { row: DIALOG, tries: 2, bad: `{"score": 6}` }])),
  llm_condition_filter: { row: TEXT, args: { condition: "It is a question." } },
  llm_extract_mapper: { row: TEXT, args: { input_keys: ["text"], output_schema: { topic: "the subject" } }, bad: "{}" },
  relation_identity_mapper: { row: TEXT, args: { source_entity: "Ada", target_entity: "Babbage" } },
  nested_aggregator: { row: BATCH, bad: "''" },
  entity_attribute_aggregator: { row: BATCH, args: { entity: "Ada", attribute: "work" } },
  most_relevant_entities_aggregator: { row: BATCH, args: { entity: "Ada", query_entity_type: "person" } },
  meta_tags_aggregator: { row: BATCH, args: { meta_tag_key: "event_description" } },
};

const askers = [...operators.values()].filter(({ schema }) => "try_num" in schema.shape) as (
  | FilterOperator
  | MapperOperator
)[];

const run = (operator: FilterOperator | MapperOperator, { row, args }: Case, tools: OperatorTools): Promise<unknown> =>
  operator.kind === "filter" ? runFilter(operator, [row], args, tools) : runMapper(operator, [row], args, tools);

it("the table below has every operator that asks", () => {
  expect(Object.keys(cases).sort()).toEqual(askers.map(({ name }) => name).sort());
});

describe.each(askers.map((operator) => [operator.name, operator] as const))("%s", (name, operator) => {
  const given = cases[name] as Case;

  it("says that it waits for a service, how it differs, and that it costs much", () => {
    expect(operator.remote).toBe(true);
    expect(operator.differs).toMatch(/try_num/);
    expect(operator.cost).toBeGreaterThan(50);
  });

  it("needs an endpoint", async () => {
    await expect(run(operator, given, plainTools)).rejects.toThrow(/E_DATA_ENDPOINT.*Give --api-endpoint/);
  });

  it("asks again with what was wrong, then gives the row up", async () => {
    const bad = given.bad ?? "I cannot help with that.";
    const { tools, asked } = fakeModel(() => bad);
    const { tries = 3 } = given;
    await expect(run(operator, given, tools)).rejects.toThrow(
      `E_DATA_ROW: rows.jsonl:1: no usable answer after ${tries} tries: `,
    );
    expect(asked).toHaveLength(tries);
    const [first, second] = asked;
    const question = first?.messages.at(-1)?.content;
    expect(question).not.toBe("");
    const again = second?.messages.at(-1)?.content;
    expect(again).toMatch(/That answer cannot be used: .*Answer again/s);
    if (bad.trim() === "") expect(again?.startsWith(`${question}`)).toBe(true);
    else expect(second?.messages.at(-2)).toEqual({ role: "assistant", content: bad });
  });

  it("passes on model, endpoint, path and sampling", async () => {
    const { tools, asked } = fakeModel(() => "");
    const model = ["api_model", "api_or_hf_model", "hf_model"].find((key) => key in operator.schema.shape) ?? "";
    const args = {
      ...given.args,
      [model]: "small",
      api_endpoint: "/other",
      response_path: "text",
      sampling_params: { temperature: 0.7 },
    };
    await run(operator, { ...given, args }, tools).catch(() => undefined);
    expect(asked[0]?.options).toMatchObject({
      model: "small",
      endpoint: "/other",
      responsePath: "text",
      sampling: { temperature: 0.7 },
    });
  });

  it("refuses keys in recipes and answers in pieces", async () => {
    const { tools } = fakeModel([]);
    const withKey = { ...given, args: { ...given.args, model_params: { api_key: "sk-1" } } };
    await expect(run(operator, withKey, tools)).rejects.toThrow(/E_DATA_OPERATOR.*set OPENAI_API_KEY/);
    const streamed = { ...given, args: { ...given.args, sampling_params: { stream: true } } };
    await expect(run(operator, streamed, tools)).rejects.toThrow(/E_DATA_OPERATOR.*stream/);
  });

  if (given.golden !== false) {
    it("makes of answers what Data-Juicer makes of them", async () => {
      for (const { args, rows, answers = [], stats, keep, result } of goldenCases(name)) {
        const { tools, asked } = fakeModel(answers);
        if (operator.kind === "filter") {
          const measured = await runFilter(operator, rows, args, tools);
          expect(measured.map((one) => one.stats)).toEqual(stats?.map(withoutUse));
          expect(measured.map((one) => one.keep)).toEqual(keep);
        } else expect(inOrder(await runMapper(operator, rows, args, tools))).toEqual(inOrder(result ?? []));
        expect(asked).toHaveLength(answers.length);
      }
    });
  }
});

/** Tokens that two operators write into each row there. */
const withoutUse = ({ llm_semantic_usage: _use, ...rest }: RawObject): RawObject => rest;

/** Entities and relations come out of a set there, in no order. */
const inOrder = (rows: readonly RawObject[]): unknown =>
  rows.map((row) => {
    const meta = row["__dj__meta__"] as RawObject | undefined;
    if (meta === undefined || Array.isArray(meta)) return row;
    const sorted = Object.entries(withoutUse(meta)).map(([key, value]) =>
      Array.isArray(value) && typeof value[0] === "object"
        ? [key, value.map((one) => JSON.stringify(one)).sort()]
        : [key, value],
    );
    return { ...row, __dj__meta__: Object.fromEntries(sorted) as RawObject };
  });
