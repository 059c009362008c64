import { expect, it } from "vitest";
import { createSample } from "../sample.ts";
import { readyOf } from "../testing/ready.ts";
import { cleanLinksMapper } from "./clean-links.ts";

it("does not try exponentially many ways to end a link that never closes its parenthesis", async () => {
  const map = await readyOf(cleanLinksMapper);
  const rest = `(${"game.Players.".repeat(100)} and nothing closes`;
  const { text } = (await map(createSample({ text: `game.Workspace:Find${rest}` }, "rows.jsonl:1"))) as {
    readonly text: string;
  };
  // As Data-Juicer has it.
  expect(text === `game.${rest}`).toBe(true);
});
