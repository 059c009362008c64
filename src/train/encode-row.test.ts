import { expect, test } from "vitest";
import { TunesmithError } from "../base/errors.ts";
import { packError, unpackError } from "../base/packed-error.ts";
import { atRow } from "./encode-row.ts";

const sent = (error: Error): string => unpackError(structuredClone(packError(error))).message;

test("an error keeps the place of its row when it comes from another thread", () => {
  const long = new TunesmithError("E_TEXT_TOO_LONG", { what: "It is long." });
  expect(sent(atRow(long, "a.jsonl:3"))).toContain("a.jsonl:3: It is long.");
  const inner = new TunesmithError("E_TEXT_TOO_LONG", { what: "It is long.", where: "message 2" });
  expect(sent(atRow(inner, "a.jsonl:3"))).toContain("a.jsonl:3, message 2: It is long.");
  expect(sent(atRow(new RangeError("far"), "a.jsonl:3"))).toBe("far (row a.jsonl:3)");
});

test("a place that an error already names is not said twice", () => {
  const placed = atRow(new TunesmithError("E_TEXT_TOO_LONG", { what: "It is long." }), "a.jsonl:3");
  expect(atRow(placed, "a.jsonl:3")).toBe(placed);
});
