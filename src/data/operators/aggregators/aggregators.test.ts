/** What aggregators read in answers is checked against Data-Juicer; here is what they ask, and what they refuse. */
import { describe, expect, it } from "vitest";
import { estimateTokens, groupsUnder } from "../ask/batch.ts";
import { keyValueGrouper } from "../groupers/key-value.ts";
import { groupedRows } from "../testing/all-rows.ts";
import { fakeModel } from "../testing/fake-model.ts";
import { runMapper } from "../testing/ready.ts";
import { entityAttributeAggregator } from "./entity-attribute.ts";
import { aggregators } from "./index.ts";
import { metaTagsAggregator } from "./meta-tags.ts";
import { mostRelevantEntitiesAggregator } from "./most-relevant-entities.ts";
import { nestedAggregator } from "./nested.ts";

const events = ["Ada met Babbage.", "She wrote programs.", "They were printed."];
const metas = events.map((event_description, i) => ({ event_description, tags: ["a", `b${i % 2}`] }));
const batch = { text: ["x", "y", "z"], __dj__meta__: metas };

describe("nested_aggregator", () => {
  it("sums up what a grouper made", async () => {
    const rows = metas.map((meta) => ({ text: "x", __dj__meta__: meta }));
    const { tools, asked } = fakeModel(["All of it."]);
    const [result] = await runMapper(nestedAggregator, await groupedRows(keyValueGrouper, rows), {}, tools);
    expect(result?.["__dj__batch_meta__"]).toEqual({ event_description: "All of it." });
    expect(asked[0]?.messages[1]?.content).toBe(
      `${events.map((event) => `Fragment:\n${event}\n`).join("\n")}\n\nSummary:\n`,
    );
  });

  it("sums up summaries where texts are too many for one question", async () => {
    let n = 0;
    const { tools, asked } = fakeModel(() => `summary ${++n}`);
    const [result] = await runMapper(nestedAggregator, [batch], { max_token_num: 5, output_key: "all" }, tools);
    expect(result?.["__dj__batch_meta__"]).toEqual({ all: `summary ${asked.length}` });
    expect(asked.length).toBeGreaterThan(2);
  });

  it("has nothing to ask about one text", async () => {
    const { tools, asked } = fakeModel([]);
    const one = { __dj__meta__: [metas[0]] };
    const [result] = await runMapper(nestedAggregator, [one], {}, tools);
    expect(result?.["__dj__batch_meta__"]).toEqual({ event_description: "Ada met Babbage." });
    expect(asked).toEqual([]);
  });
});

describe("aggregators of one entity", () => {
  it("show documents, entity and what is asked", async () => {
    const { tools, asked } = fakeModel(["# Ada\n## early life\nUnknown.", "## 列表\nBabbage"]);
    const [first] = await runMapper(
      entityAttributeAggregator,
      [batch],
      { entity: "Ada", attribute: "early life" },
      tools,
    );
    expect(first?.["__dj__batch_meta__"]).toEqual({ entity_attribute: "Unknown." });
    expect(asked[0]?.messages[0]?.content).toContain("at most 100 words");
    const args = { entity: "Ada", query_entity_type: "person", max_token_num: 10 };
    const [second] = await runMapper(mostRelevantEntitiesAggregator, [batch], args, tools);
    expect(second?.["__dj__batch_meta__"]).toEqual({ most_relevant_entities: ["Babbage"] });
    expect(asked[1]?.messages[1]?.content).toBe(
      "Documents about Ada:\nAda met Babbage.\n\nShe wrote programs.\n\nThose of the type person that have most to do with Ada:\n",
    );
  });
});

describe("meta_tags_aggregator", () => {
  it("counts tags, and changes those that the model names", async () => {
    const { tools, asked } = fakeModel(["** b0归类为c d **\n** b1归类为c d **"]);
    const args = { meta_tag_key: "tags", target_tags: ["a", "c d"] };
    const [result] = await runMapper(metaTagsAggregator, [batch], args, tools);
    expect(asked[0]?.messages[1]?.content).toBe(
      "Tags to end up with: [a, c d]\n| tag | times |\n| --- | --- |\n| a | 3 |\n| b0 | 2 |\n| b1 | 1 |",
    );
    expect(result?.["__dj__meta__"]).toEqual(metas.map((meta) => ({ ...meta, tags: ["a", "c d"] })));
  });
});

describe("rows that are no batch", () => {
  it.each(aggregators)("$name takes them for bad", async (operator) => {
    const args = Object.fromEntries(
      ["entity", "attribute", "query_entity_type", "meta_tag_key"]
        .filter((key) => key in operator.schema.shape)
        .map((key) => [key, "x"]),
    );
    for (const row of [{ text: "x" }, { __dj__meta__: { event_description: "x" } }, { __dj__meta__: [{}] }]) {
      await expect(runMapper(operator, [row], args, fakeModel([]).tools)).rejects.toThrow(/E_DATA_ROW.*wants/);
    }
  });
});

describe("groupsUnder", () => {
  it("keeps order and loses nothing, and no group of several is too large", () => {
    const texts = Array.from({ length: 40 }, (_, i) => "x".repeat((i * 37) % 90));
    for (const most of [5, 20, 60, 1000]) {
      const groups = groupsUnder(texts, most);
      expect(groups.flat()).toEqual(texts);
      for (const group of groups) {
        const size = group.reduce((sum, text) => sum + estimateTokens(text), 0);
        expect(group.length === 1 || size <= most).toBe(true);
      }
    }
  });
});
