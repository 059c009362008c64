import { expect, it } from "vitest";
import { inTime, inTimeTogether } from "./in-time.ts";

const late = (): never => {
  throw new Error("late");
};
const endless = (): boolean => /^(?:a|a)+b$/.test("a".repeat(60));

it("gives what the work gives and throws what it throws", () => {
  expect(inTime(() => "value", 1000, late)).toBe("value");
  expect(() => inTime(() => JSON.parse("{"), 1000, late)).toThrow(SyntaxError);
});

it("ends an expression that backtracks for ever, also within other work", () => {
  expect(() => inTime(endless, 50, late)).toThrow("late");
  expect(() => inTime(() => inTime(endless, 50, late), 5000, late)).toThrow("late");
  expect(inTime(() => inTime(() => 1, 1000, late) + 1, 1000, late)).toBe(2);
});

it("many works share one limit", () => {
  const together = inTimeTogether(60);
  expect(together(() => 1, late)).toBe(1);
  expect(() => together(endless, late)).toThrow("late");
  const start = performance.now();
  for (let i = 0; i < 20; i++) expect(() => together(endless, late)).toThrow("late");
  expect(performance.now() - start).toBeLessThan(1000);
});
