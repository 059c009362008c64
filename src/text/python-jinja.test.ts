/** Small templates against jinja2 as transformers sets it up: test/oracles/chat-template-values.py. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseJson } from "../formats/json-text.ts";
import { compileTemplate } from "./jinja.ts";

const golden = JSON.parse(readFileSync("test/golden/text/chat-template-values.json", "utf8")) as {
  values: string;
  rendered: [source: string, text: string | null][];
};
const values = parseJson(golden.values) as Readonly<Record<string, unknown>>;

describe("templates write what jinja2 writes", () => {
  for (const [source, text] of golden.rendered) {
    it(JSON.stringify(source), () => {
      const render = () => compileTemplate(source, { where: "test", now: new Date(0) }).render(values);
      if (text === null) expect(render).toThrow("E_TEXT_TEMPLATE");
      else expect(render()).toBe(text);
    });
  }
});
