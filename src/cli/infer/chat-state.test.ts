import { expect, test } from "vitest";
import { chatMessages, chatPrompt, chatStep, startChat, withAnswer, type ChatState } from "./chat-state.ts";

/** Types lines; every answer is the number of messages it was asked with. */
function type(
  lines: readonly string[],
  system?: string,
): { readonly state: ChatState; readonly said: readonly string[] } {
  let state = startChat(system);
  const said: string[] = [];
  for (const line of lines) {
    const step = chatStep(state, line);
    state = step.state;
    if (step.action.kind === "answer") {
      said.push(
        chatMessages(state)
          .map(({ role, content }) => `${role}:${content}`)
          .join("|"),
      );
      state = withAnswer(state, "ok");
    } else said.push(step.action.kind);
  }
  return { state, said };
}

test("a conversation grows, and is forgotten when told", () => {
  const { said } = type(["hi", "", "more", "clear", "again"], "be kind");
  expect(said).toEqual([
    "system:be kind|user:hi",
    "none",
    "system:be kind|user:hi|assistant:ok|user:more",
    "note",
    "system:be kind|user:again",
  ]);
});

test("several lines end with #", () => {
  const { said, state } = type(["multi-line", "one", "clear", "three #", "single-line", "four"]);
  expect(said).toEqual([
    "note",
    "none",
    "none",
    "user:one\nclear\nthree",
    "note",
    "user:one\nclear\nthree|assistant:ok|user:four",
  ]);
  expect(state.multiLine).toBe(false);
});

test("a new system message forgets the conversation, and an empty one is none", () => {
  expect(type(["hi", "reset-system", "quit", "hello"]).said).toEqual([
    "user:hi",
    "note",
    "note",
    "system:quit|user:hello",
  ]);
  expect(type(["reset-system", "", "hello"], "old").said).toEqual(["note", "note", "user:hello"]);
});

test.each(["quit", "exit", " EXIT "])("%j ends it", (line) => {
  expect(chatStep(startChat(undefined), line).action).toEqual({ kind: "quit" });
});

test("what stands before the cursor", () => {
  const start = startChat(undefined);
  expect([
    chatPrompt(start),
    chatPrompt({ ...start, asksSystem: true }),
    chatPrompt({ ...start, multiLine: true }),
    chatPrompt({ ...start, multiLine: true, lines: ["a"] }),
  ]).toEqual([">>> ", "system ", ">>> (end with #) ", "... "]);
});
