import { expect, test } from "vitest";
import { pythonJson } from "./tool-call.ts";

test("pythonJson writes as Python does", () => {
  expect(pythonJson({ a: [1, "é", null, true], b: {} })).toBe('{"a": [1, "é", null, true], "b": {}}');
});
