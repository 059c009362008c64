import { expect, it } from "vitest";
import { createTurns } from "./turns.ts";

it("lets so many tasks run at one time, in their order, whatever becomes of them", async () => {
  const inTurn = createTurns(2);
  const started: number[] = [];
  let [now, most] = [0, 0];
  const results = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map((i) =>
      inTurn(async () => {
        started.push(i);
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now--;
        if (i % 2 === 1) throw new Error(String(i));
        return i;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(started).toEqual([0, 1, 2, 3, 4, 5]);
  expect(results.map(({ status }) => status)).toEqual(
    [0, 1, 2, 3, 4, 5].map((i) => (i % 2 === 1 ? "rejected" : "fulfilled")),
  );
});
