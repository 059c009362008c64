import { expect, test } from "vitest";
import { parseJson } from "../formats/json-text.ts";
import { parseCall, pythonJson } from "./tool-call.ts";

test("pythonJson writes as Python does", () => {
  expect(pythonJson({ a: [1, "é", null, true], b: {} })).toBe('{"a": [1, "é", null, true], "b": {}}');
});

test.each([
  ["1.0", "1.0"],
  ["1e3", "1000.0"],
  ["2.50", "2.5"],
  ["9007199254740993", "9007199254740993"],
  ["12345678901234567890", "12345678901234567890"],
  ["1e16", "1e+16"],
  ["0.00001", "1e-05"],
  ["0.0001", "0.0001"],
  ["123456.789", "123456.789"],
  ["-1.5e-7", "-1.5e-07"],
  ["-0", "0"],
  ["-0.0", "-0.0"],
  ["1e999", "Infinity"],
])("pythonJson writes the number %s as %s", (text, written) => {
  expect(pythonJson(parseJson(`{"n": ${text}}`))).toBe(`{"n": ${written}}`);
});

test.each([
  ['{"name": "f", "arguments": {}}', {}],
  ['{"name": "f", "arguments": null}', {}],
  ['{"name": "f", "arguments": ""}', {}],
  ['{"name": "f"}', {}],
  ['{"name": "f", "arguments": "{\\"a\\": 1}"}', { a: 1 }],
])("%s is a call", (text, args) => expect(parseCall(text)).toEqual({ name: "f", arguments: args }));

test.each(['{"arguments": {}}', '{"name": "f", "arguments": "{"}', '["f"]', "f"])("%s is none", (text) =>
  expect(parseCall(text)).toBeUndefined(),
);
