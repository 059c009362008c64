import { expect, it } from "vitest";
import { fail } from "../base/errors.ts";
import { endIds, noteStopIds, templateStopIds, withStopIds } from "./stop-ids.ts";

const config = { eosTokenIds: [2], bosTokenId: 1, padTokenId: undefined, vocabSize: 600 };

it.each([
  [undefined, []],
  [{}, []],
  [{ eos_token_id: 2 }, [2]],
  [{ eos_token_id: [2, 7] }, [2, 7]],
])("end ids of %j", (file, ids) => {
  expect(endIds(file)).toEqual(ids);
});

it("adds what ends a turn to what ended an answer before", () => {
  const file = { do_sample: true, eos_token_id: [1, 2] };
  expect(withStopIds({ config, generationConfig: file }, [513, 2])).toEqual({
    do_sample: true,
    eos_token_id: [1, 2, 513],
  });
  expect(withStopIds({ config, generationConfig: file }, [2, 1])).toBe(file);
  expect(withStopIds({ config, generationConfig: undefined }, [2])).toBeUndefined();
  // Without a file, config.json's ids hold, and stay.
  expect(withStopIds({ config, generationConfig: undefined }, [513])).toEqual({
    bos_token_id: 1,
    eos_token_id: [2, 513],
  });
  expect(withStopIds({ config: { ...config, eosTokenIds: [] }, generationConfig: {} }, [513])).toEqual({
    eos_token_id: 513,
  });
  // An id that the model cannot produce is none.
  expect(withStopIds({ config, generationConfig: file }, [600])).toBe(file);
});

it("says it once, with both values", () => {
  const tokenizer = { idToToken: (id: number) => (id === 513 ? "<|im_end|>" : undefined) };
  const model = { config, generationConfig: { eos_token_id: [1, 2] }, tokenizer };
  expect(noteStopIds(model, [2])).toEqual([]);
  const [note = ""] = noteStopIds(model, [513]);
  expect(note).toContain('513 ("<|im_end|>")');
  expect(note).toContain("eos_token_id (1, 2)");
  expect(note).toContain('"eos_token_id": [1,2,513]');
});

it("finds the ids of a template that can be rendered", () => {
  const chatTemplates = new Map([["default", { source: "", file: "" }]]);
  const template = { stop: { text: "", ids: [7], strings: [] } };
  expect(templateStopIds({ tokenizer: { chatTemplates }, template })).toEqual([7]);
  expect(templateStopIds({ tokenizer: { chatTemplates: new Map() }, template })).toEqual([]);
  const broken = {
    tokenizer: { chatTemplates },
    get template(): typeof template {
      return fail("E_TEXT_TEMPLATE_SYNTAX", { what: "broken." });
    },
  };
  expect(templateStopIds(broken)).toEqual([]);
});
