/** Against transformers: test/oracles/added-tokens-files.py. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createTokenizer } from "./tokenizer.ts";

interface Case {
  readonly name: string;
  readonly added?: readonly object[];
  readonly config?: object;
  readonly map?: object;
  readonly file?: object;
  readonly ids: readonly number[];
  readonly size: number;
  readonly shown: string;
  readonly ends: Readonly<Record<string, number>>;
}

const golden = JSON.parse(readFileSync("test/golden/text/added-tokens-files.json", "utf8")) as {
  readonly names: object;
  readonly text: string;
  readonly cases: readonly Case[];
};
const base = JSON.parse(readFileSync("assets/stories260k/tokenizer.json", "utf8")) as {
  readonly added_tokens: readonly object[];
};

const tokenizerOf = ({ added = [], config, map, file }: Partial<Case>) => {
  const tokens = [...base.added_tokens, ...added.map((token, i) => ({ id: 512 + i, ...token }))];
  const files = {
    "tokenizer.json": { ...base, added_tokens: tokens },
    "tokenizer_config.json": { ...golden.names, ...config },
    ...(map === undefined ? {} : { "special_tokens_map.json": map }),
    ...(file === undefined ? {} : { "added_tokens.json": file }),
  };
  const encoder = new TextEncoder();
  return createTokenizer(
    Object.entries(files).map(([name, value]) => ({ name, bytes: encoder.encode(JSON.stringify(value)) })),
    "here",
  );
};

describe("files of a tokenizer that say different things are read as by transformers", () => {
  it.each(golden.cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const tokenizer = tokenizerOf(one);
    const ids = tokenizer.encode(golden.text);
    expect(ids).toEqual(one.ids);
    expect(tokenizer.vocabSize).toBe(one.size);
    expect(tokenizer.decode(ids)).toBe(one.shown);
    const { bosId, eosId } = tokenizer;
    expect({ bos_token: bosId, eos_token: eosId }).toEqual({
      bos_token: one.ends["bos_token"],
      eos_token: one.ends["eos_token"],
    });
  });
});

it("what contradicts is told with both values, what agrees is not", () => {
  const notices = (name: string) =>
    tokenizerOf(golden.cases.find((one) => one.name === name) as Case).notices.join("\n");
  for (const name of ["plain", "decoder alone", "added_tokens.json, the same", "added_tokens.json, one more"]) {
    expect(notices(name)).toBe("");
  }
  expect(notices("decoder alone, another id")).toContain("has id 515 in added_tokens_decoder");
  expect(notices("decoder gives another id")).toContain(
    "id 513 in added_tokens_decoder of tokenizer_config.json, but 512",
  );
  expect(notices("decoder gives the id of the end")).toContain("has id 2 in added_tokens_decoder");
  expect(notices("decoder with flags")).toContain('"<new>" (lstrip true, not false)');
  expect(notices("added_tokens.json, id of another")).toContain('gives id 512 to "<x>", tokenizer.json to "<new>"');
  expect(notices("map, another end")).toContain('eos_token is "</s>" in tokenizer_config.json, but "<s>" in');
  expect(notices("config, a new end")).toContain(
    '"<new>" is named as a special token and is not in tokenizer.json; it becomes token 512',
  );
});
