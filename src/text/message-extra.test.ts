import { describe, expect, it } from "vitest";
import { namedFor, readsKey, unreadKeys } from "./message-extra.ts";

describe("keys of messages", () => {
  it.each([
    ["{{ message.reasoning_content }}", "reasoning_content", true],
    ["{{ message['thinking'] }}", "thinking", true],
    ['{% if "name" in message %}', "name", true],
    ["You are a thinking assistant. {{ message.content }}", "thinking", false],
    ["{{ message.reasoning_content }}", "reasoning", false],
  ])("%s reads %s: %s", (source, key, wanted) => expect(readsKey(source, key)).toBe(wanted));

  it("reasoning has the name that the template reads", () => {
    const reads = (key: string): boolean => key === "thinking";
    expect(namedFor({ reasoning_content: "x", name: "n" }, reads)).toEqual({ thinking: "x", name: "n" });
    expect(namedFor({ reasoning: "x" }, () => false)).toEqual({ reasoning: "x" });
    expect(namedFor({ reasoning: "x" }, () => true)).toEqual({ reasoning: "x" });
  });

  it("those that no template speaks of are told", () => {
    const conversation = {
      messages: [
        { role: "user" as const, content: "q" },
        { role: "assistant" as const, content: "a", extra: { reasoning: "x", mood: "good" } },
      ],
    };
    expect(unreadKeys(conversation, "{{ m.reasoning_content }}")).toEqual([{ key: "mood", message: 2 }]);
    expect(unreadKeys(conversation, undefined).map(({ key }) => key)).toEqual(["reasoning", "mood"]);
  });
});
