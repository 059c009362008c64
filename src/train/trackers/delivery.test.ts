import { expect, test } from "vitest";
import { createDelivery, type Entry } from "./delivery.ts";

const entry = (step: number): Entry => ({ step, values: { loss: step }, time: 0 });

test("entries are delivered in order and in batches; a failure is said once and tried again", async () => {
  const sent: number[][] = [];
  const notes: string[] = [];
  let failures = 2;
  const delivery = createDelivery({
    name: "service",
    most: 2,
    rest: 1,
    onNote: (text) => notes.push(text),
    send: async (batch) => {
      if (failures-- > 0) throw new Error("busy");
      sent.push(batch.map(({ step }) => step));
    },
  });
  for (const step of [1, 2, 3]) delivery.add(entry(step));
  await delivery.close();
  expect(sent.flat()).toEqual([1, 2, 3]);
  expect(Math.max(...sent.map((batch) => batch.length))).toBe(2);
  expect(notes).toEqual(["service does not take the numbers (busy); the run goes on, they are sent again."]);
});

test("the end waits for a limited time, and says what was not delivered", async () => {
  const notes: string[] = [];
  const delivery = createDelivery({
    name: "service",
    patience: 20,
    rest: 1,
    onNote: (text) => notes.push(text),
    send: () => Promise.reject(new Error("gone")),
  });
  for (const step of [1, 2]) delivery.add(entry(step));
  await delivery.close();
  expect(notes.at(-1)).toBe("service did not get 2 of the logged entries; metrics.jsonl has all.");
});
