import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadLossScale } from "./load-loss-scale.ts";
import { isTrained, parseLossScale, partWeights, scaleConfig } from "./loss-scale.ts";
import type { Part } from "./turns.ts";

const split = (name: string, text: string, query = "") =>
  parseLossScale(name)
    .split(text, query)
    .map((piece) => [piece.text, piece.weight]);

const part = (more: Partial<Part>): Part => ({
  text: "",
  generated: true,
  loss: undefined,
  lossScale: undefined,
  lastRound: true,
  ...more,
});

const reply = "Thought: look\nAction: search\nAction Input: {}\nObservation: found\nFinal Answer: yes";

describe("strategies, against what ms-swift gives", () => {
  it("base alone leaves the text whole", () => {
    for (const name of ["default", "last_round", "all"]) expect(split(name, reply)).toEqual([[reply, 1]]);
  });

  it("react weighs the call and drops the observation", () => {
    expect(split("react", `So.\n${reply}`)).toEqual([
      ["So.\n", 1],
      ["Thought:", 1],
      [" look\n", 1],
      ["Action:", 2],
      [" search\n", 2],
      ["Action Input:", 2],
      [" {}\n", 2],
      ["Observation:", 2],
      [" found\n", 0],
      ["Final Answer:", 1],
      [" yes", 1],
    ]);
  });

  it("alpha_umi adds Next", () => {
    expect(split("alpha_umi", "Next: caller")).toEqual([
      ["Next:", 2],
      [" caller", 2],
    ]);
    expect(split("react", "Next: caller")).toEqual([["Next: caller", 1]]);
  });

  it("qwen", () => {
    expect(split("qwen", "✿FUNCTION✿: f\n✿ARGS✿: {}\n✿RESULT✿: r\n✿RETURN✿: done")).toEqual([
      ["✿FUNCTION✿:", 2],
      [" f\n", 2],
      ["✿ARGS✿:", 2],
      [" {}\n", 2],
      ["✿RESULT✿:", 2],
      [" r\n", 0],
      ["✿RETURN✿:", 1],
      [" done", 1],
    ]);
  });

  it("agentflan weighs arguments, and whole replies to key questions", () => {
    expect(split("agentflan", "Action: f")).toEqual([
      ["Action:", 1],
      [" f", 3],
    ]);
    expect(split("agentflan", "Action: f", "What is the value of x?")).toEqual([["Action: f", 3]]);
  });

  it("hermes weighs calls", () => {
    const call = '<tool_call>\n{"name": "f"}\n</tool_call>';
    expect(split("hermes", `Let me see.\n${call}\n${call}!`)).toEqual([
      ["Let me see.\n", 1],
      [call, 2],
      ["\n", 1],
      [call, 2],
      ["!", 1],
    ]);
  });

  it("ignore_empty_think drops an empty thought at the start only", () => {
    expect(split("ignore_empty_think", "<think>\n\n</think>\n\nYes")).toEqual([
      ["<think>\n\n</think>\n\n", 0],
      ["Yes", 1],
    ]);
    expect(split("ignore_empty_think", "</think>\n\nYes")[0]).toEqual(["</think>\n\n", 0]);
    expect(split("ignore_empty_think", "a<think>\n</think>b")).toEqual([["a<think>\n</think>b", 1]]);
    expect(split("ignore_empty_think", "<think>\nwell\n</think>\n\nYes")).toEqual([
      ["<think>\nwell\n</think>\n\nYes", 1],
    ]);
  });

  it("ignore_think_prefix drops the opening tag", () => {
    expect(split("ignore_think_prefix", "<think>\nreasoning\n</think>\nanswer")).toEqual([
      ["<think>\n", 0],
      ["reasoning\n</think>\nanswer", 1],
    ]);
    expect(split("ignore_think_prefix", "answer<think>")).toEqual([["answer<think>", 1]]);
  });

  it("chained ones multiply", () => {
    expect(parseLossScale("last_round+hermes+ignore_empty_think").base).toBe("last_round");
    expect(split("hermes+ignore_empty_think", "<think>\n</think>\n<tool_call>x</tool_call>")).toEqual([
      ["<think>\n</think>\n", 0],
      ["<tool_call>x</tool_call>", 2],
    ]);
    expect(split("react+react", "Action:")).toEqual([["Action:", 4]]);
  });

  it("keep every character", () => {
    for (const name of [
      "react",
      "hermes",
      "qwen",
      "agentflan",
      "alpha_umi",
      "ignore_empty_think",
      "ignore_think_prefix",
    ]) {
      for (const text of [reply, "", "Action:Action Input:", "<think></think>", "<tool_call></tool_call>"]) {
        expect(
          parseLossScale(name)
            .split(text, "q")
            .map((piece) => piece.text)
            .join(""),
        ).toBe(text);
      }
    }
  });
});

describe("parseLossScale", () => {
  it("names what is unknown and suggests", () => {
    expect(() => parseLossScale("default+hermse")).toThrow(/E_TEXT_LOSS_SCALE.*"hermse".*Did you mean hermes\?/);
    expect(() => parseLossScale("")).toThrow("E_TEXT_LOSS_SCALE");
    expect(() => parseLossScale("react+last_round")).toThrow("must come first");
    expect(() => parseLossScale("toString")).toThrow("E_TEXT_LOSS_SCALE");
  });
});

describe("what is trained", () => {
  it("is decided by the message before the base strategy", () => {
    const scale = (name: string) => parseLossScale(name);
    expect(isTrained(scale("default"), part({}))).toBe(true);
    expect(isTrained(scale("default"), part({ generated: false }))).toBe(false);
    expect(isTrained(scale("last_round"), part({ lastRound: false }))).toBe(false);
    expect(isTrained(scale("last_round"), part({ lastRound: false, loss: true }))).toBe(true);
    expect(isTrained(scale("all"), part({ generated: false }))).toBe(true);
    expect(isTrained(scale("all"), part({ loss: false }))).toBe(false);
  });

  it("has the message's own weight before the strategies'", () => {
    const scale = parseLossScale("react");
    expect(partWeights(scale, part({ lossScale: 0.5 }), "Action: x", "")).toEqual([{ text: "Action: x", weight: 0.5 }]);
    expect(partWeights(scale, part({ lossScale: 0.5, loss: false }), "a", "")).toEqual([{ text: "a", weight: 0 }]);
  });
});

describe("custom tables", () => {
  it("come from JSON files and chain with the others", async () => {
    const dir = await mkdtemp(join(tmpdir(), "loss-scale-"));
    const path = join(dir, "mine.json");
    await writeFile(path, '{"Answer:": [3, 0.5], "ignored.*": [9]}');
    const scale = await loadLossScale(`last_round+${path}`);
    expect(scale.base).toBe("last_round");
    expect(scale.split("So ignored Answer: 4", "")).toEqual([
      { text: "So ignored ", weight: 1 },
      { text: "Answer:", weight: 3 },
      { text: " 4", weight: 0.5 },
    ]);
    await writeFile(path, "{");
    await expect(loadLossScale(path)).rejects.toThrow(/E_TEXT_LOSS_SCALE.*mine.json/);
    await rm(dir, { recursive: true });
    await expect(loadLossScale(path)).rejects.toThrow(/E_TEXT_LOSS_SCALE.*no such file/);
  });

  it("are ended when an expression has no end on a text", { timeout: 30_000 }, async () => {
    const dir = await mkdtemp(join(tmpdir(), "scale-"));
    const path = join(dir, "endless.json");
    await writeFile(path, '{"(?:a|a)+b": [2]}');
    const scale = await loadLossScale(path);
    expect(scale.split("xaab", "").map(({ weight }) => weight)).toEqual([1, 2]);
    expect(() => scale.split("a".repeat(60), "")).toThrow(
      /E_TEXT_LOSS_SCALE: .*endless.json.*\(\?:a\|a\)\+b takes longer/,
    );
    await rm(dir, { recursive: true });
  });

  it("are checked", () => {
    expect(scaleConfig({ response: { a: [1, 2] }, query: { q: [3] } }, "f").query).toEqual({ q: [3] });
    for (const bad of [[], { a: [] }, { a: [1, 2, 3] }, { a: ["1"] }, { a: [-1] }, { "(": [1] }, { "": [1] }]) {
      expect(() => scaleConfig(bad, "f"), JSON.stringify(bad)).toThrow("E_TEXT_LOSS_SCALE");
    }
  });
});
