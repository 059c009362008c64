import { describe, expect, it } from "vitest";
import { parseJson } from "../formats/json-text.ts";
import { compileTemplate } from "./jinja.ts";

const render = (source: string, json: string): string =>
  compileTemplate(source, { where: "test", now: new Date(0) }).render({ x: parseJson(json) });

// What transformers writes: json.dumps(x, ensure_ascii=False, ...) of json.loads of the text.
describe("tojson writes as json.dumps", () => {
  it.each([
    [
      "{{ x | tojson }}",
      '{"b": 1.0, "2": 9007199254740993, "1": 1e3}',
      '{"b": 1.0, "2": 9007199254740993, "1": 1000.0}',
    ],
    ["{{ x | tojson }}", '{"a":[0.00001,1e16,-0.0,true,null,"é/"]}', '{"a": [1e-05, 1e+16, -0.0, true, null, "é/"]}'],
    ["{{ x | tojson(indent=2) }}", '{"a":[1.0,{}],"b":[]}', '{\n  "a": [\n    1.0,\n    {}\n  ],\n  "b": []\n}'],
    ["{{ x | tojson(separators=(',', ':'), sort_keys=true) }}", '{"b":1.0,"a":2}', '{"a":2,"b":1.0}'],
    ["{{ x | tojson(ensure_ascii=true) }}", '["é😀"]', '["\\u00e9\\ud83d\\ude00"]'],
    ["{{ x.a }} {{ x.id }}", '{"a": 1.0, "id": 12345678901234567890}', "1.0 12345678901234567890"],
    ["{% for k, v in x.items() %}{{ k }}={{ v }};{% endfor %}", '{"b":1,"2":2.50,"1":3}', "b=1;2=2.5;1=3;"],
    ["{{ x.a + 1 }}", '{"a": 1.0}', "2.0"],
  ])("%s of %s", (source, json, written) => expect(render(source, json)).toBe(written));
});
