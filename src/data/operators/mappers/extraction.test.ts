/** Mappers that have a model find something in a text. What they read in answers is checked against Data-Juicer. */
import { describe, expect, it } from "vitest";
import type { MapperOperator } from "../operator.ts";
import { fakeModel, saidTo, type Asked } from "../testing/fake-model.ts";
import { runMapper } from "../testing/ready.ts";
import { extractEntityAttributeMapper } from "./extract-entity-attribute.ts";
import { extractEntityRelationMapper } from "./extract-entity-relation.ts";
import { extractEventMapper } from "./extract-event.ts";
import { extractKeywordMapper } from "./extract-keyword.ts";
import { extractNicknameMapper } from "./extract-nickname.ts";
import { extractSupportTextMapper } from "./extract-support-text.ts";
import { llmExtractMapper } from "./llm-extract.ts";
import { relationIdentityMapper } from "./relation-identity.ts";

const row = { text: "Ada met Babbage.", __dj__meta__: { id: 1 } };

describe("texts in which there is nothing to be found", () => {
  it.each<readonly [MapperOperator, object]>([
    [extractKeywordMapper, { keyword: [] }],
    [extractNicknameMapper, { nickname: [] }],
    [extractEntityRelationMapper, { entity: [], relation: [] }],
    [extractEventMapper, {}],
  ])("$name", async (operator, tags) => {
    const { tools, asked } = fakeModel([" **NONE**.\n"]);
    expect(await runMapper(operator, [row], {}, tools)).toEqual([{ ...row, __dj__meta__: { id: 1, ...tags } }]);
    expect(saidTo(asked[0] as Asked)).toContain("answer NONE");
    expect(asked).toHaveLength(1);
  });
});

describe("rows that have their tags", () => {
  it.each<readonly [MapperOperator, object]>([
    [extractKeywordMapper, { keyword: ["a"] }],
    [extractNicknameMapper, { nickname: [] }],
    [extractEntityRelationMapper, { entity: [], relation: [] }],
    [extractEventMapper, { event_description: "a", relevant_characters: [] }],
    [extractSupportTextMapper, { support_text: "a" }],
    [
      extractEntityAttributeMapper,
      { main_entities: [], attributes: [], attribute_descriptions: [], attribute_support_texts: [] },
    ],
  ])("$name leaves them alone", async (operator, tags) => {
    const { tools, asked } = fakeModel([]);
    const done = { ...row, __dj__meta__: tags };
    expect(await runMapper(operator, [done], {}, tools)).toEqual([done]);
    expect(asked).toEqual([]);
  });
});

describe("extract_event_mapper", () => {
  it("makes a row of each event, without the text when told to", async () => {
    const { tools } = fakeModel(["### 情节1：\n- **情节描述**：They met.\n- **相关人物**：Ada，Babbage\n"]);
    expect(await runMapper(extractEventMapper, [row], { drop_text: true }, tools)).toEqual([
      { __dj__meta__: { id: 1, event_description: "They met.", relevant_characters: ["Ada", "Babbage"] } },
    ]);
  });
});

describe("extract_support_text_mapper", () => {
  it("shows text and summary, and needs the summary", async () => {
    const { tools, asked } = fakeModel(["Ada met Babbage."]);
    const summed = { ...row, __dj__meta__: { event_description: "A meeting." } };
    expect(await runMapper(extractSupportTextMapper, [summed], {}, tools)).toEqual([
      { ...row, __dj__meta__: { event_description: "A meeting.", support_text: "Ada met Babbage." } },
    ]);
    expect(asked[0]?.messages[1]?.content).toBe(
      "### Text\nAda met Babbage.\n\n### Summary\nA meeting.\n\n### Passage\n",
    );
    await expect(runMapper(extractSupportTextMapper, [row], {}, tools)).rejects.toThrow(
      /E_DATA_ROW.*event_description is missing/,
    );
  });
});

describe("extract_entity_attribute_mapper", () => {
  it("asks once for each entity and attribute, whose names may hold blanks", async () => {
    const { tools, asked } = fakeModel((messages) => {
      const name = /attribute of (.*?): (.*?)\. /.exec(messages[0]?.content ?? "");
      return `# ${name?.[1]}\n## ${name?.[2]}：\nOf ${name?.[1]}.`;
    });
    const args = {
      query_entities: ["Ada", "Mr Babbage"],
      query_attributes: ["early life", "work (paid)"],
      require_support_demos: false,
    };
    const [result] = await runMapper(extractEntityAttributeMapper, [row], args, tools);
    expect(result?.["__dj__meta__"]).toEqual({
      id: 1,
      main_entities: ["Ada", "Ada", "Mr Babbage", "Mr Babbage"],
      attributes: ["early life", "work (paid)", "early life", "work (paid)"],
      attribute_descriptions: ["Of Ada.", "Of Ada.", "Of Mr Babbage.", "Of Mr Babbage."],
      attribute_support_texts: [[], [], [], []],
    });
    expect(asked).toHaveLength(4);
  });
});

describe("extract_entity_relation_mapper", () => {
  const first = '("entity"<|>"Ada"<|>"person"<|>"Meets Babbage.")<|COMPLETE|>';
  const second = '("entity"<|>"Babbage"<|>"person"<|>"Is met.")<|COMPLETE|>';

  it("asks for what was missed with the whole talk, until nothing is", async () => {
    const { tools, asked } = fakeModel([first, second, "No."]);
    const [result] = await runMapper(extractEntityRelationMapper, [row], { max_gleaning: 5 }, tools);
    expect(result?.["__dj__meta__"]).toMatchObject({ entity: [{ entity_name: "Ada" }, { entity_name: "Babbage" }] });
    expect(asked.map(({ messages }) => messages.map(({ role }) => role[0]).join(""))).toEqual(["u", "uau", "uauau"]);
  });

  it("shows types and delimiters, also those of the recipe", async () => {
    const { tools, asked } = fakeModel(['("entity"@"Ada"@"person"@"Meets.")']);
    const args = { entity_types: ["person", "place"], tuple_delimiter: "@", max_gleaning: 0 };
    const [result] = await runMapper(extractEntityRelationMapper, [row], args, tools);
    expect(result?.["__dj__meta__"]).toMatchObject({ entity: [{ entity_entity_description: "Meets." }], relation: [] });
    expect(saidTo(asked[0] as Asked)).toContain("[person, place]");
    expect(saidTo(asked[0] as Asked)).toContain('("entity"@"<name>"@"<type>"@');
  });
});

describe("llm_extract_mapper", () => {
  const args = { input_keys: ["text", "year"], output_schema: { who: "all persons", when: "the year" } };

  it("shows columns and fields, and keeps what was asked for", async () => {
    const { tools, asked } = fakeModel(['{"who": ["Ada"], "when": 1833, "where": "London"}']);
    const [result] = await runMapper(llmExtractMapper, [{ ...row, year: 1833 }], args, tools);
    expect(result?.["__dj__meta__"]).toEqual({ id: 1, llm_extract: { who: ["Ada"], when: 1833 } });
    expect(asked[0]?.messages[1]?.content).toBe(
      "# Input\ntext: Ada met Babbage.\nyear: 1833\n\n# Keys, and what is to be found\n- who: all persons\n- when: the year\n\n" +
        "Answer with the JSON object and nothing else.",
    );
  });

  it("makes each field a tag, when told to", async () => {
    const { tools } = fakeModel(['Thinking of "who" first... {"who": null}']);
    const given = { ...args, meta_output_key: "", strategy: "cot" };
    const [result] = await runMapper(llmExtractMapper, [row], given, tools);
    expect(result?.["__dj__meta__"]).toEqual({ id: 1, who: null, when: null });
  });

  it("takes a row with none of the columns for bad", async () => {
    await expect(runMapper(llmExtractMapper, [{ id: 1 }], args, fakeModel([]).tools)).rejects.toThrow(
      /E_DATA_ROW.*none of the columns text, year/,
    );
  });
});

describe("relation_identity_mapper", () => {
  it("names both persons in all it asks, whatever characters they have", async () => {
    const { tools, asked } = fakeModel(["分析推理：They met.\n所以Mr (C.) Babbage是Ada L.的：friend\n"]);
    const args = { source_entity: "Ada L.", target_entity: "Mr (C.) Babbage" };
    const [result] = await runMapper(relationIdentityMapper, [row], args, tools);
    expect(result?.["__dj__meta__"]).toEqual({ id: 1, role_relation: "friend" });
    expect(saidTo(asked[0] as Asked)).toContain(
      "A text about Ada L. and Mr (C.) Babbage:\n```\nAda met Babbage.\n```\n",
    );
  });
});
