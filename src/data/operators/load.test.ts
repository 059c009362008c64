import { expect, it } from "vitest";
import { operators } from "./index.ts";
import { loadOperator } from "./load.ts";

it("finds every operator by its name", async () => {
  for (const [name, operator] of operators) expect(await loadOperator(name)).toBe(operator);
});

it("says what it does not know", async () => {
  await expect(loadOperator("words_num_counter")).rejects.toThrow("no kind of operator");
});
