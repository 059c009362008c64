import { describe, expect, it } from "vitest";
import { runFilter } from "../testing/ready.ts";
import { tokenNumFilter } from "./token-num.ts";

describe("token_num_filter", () => {
  // transformers: len(AutoTokenizer.from_pretrained("assets/stories260k")(text, add_special_tokens=False).input_ids)
  it("counts the tokens of a checkpoint's tokenizer, without special ones", async () => {
    const results = await runFilter(tokenNumFilter, ["Once upon a time", "", "Lily and Ben are friends. 你好"], {
      hf_tokenizer: "assets/stories260k",
      max_num: 20,
    });
    expect(results.map(({ stats }) => stats["num_token"])).toEqual([4, 0, 16]);
    expect(results.map(({ keep }) => keep)).toEqual([false, false, true]);
  });

  it("needs a tokenizer", async () => {
    await expect(runFilter(tokenNumFilter, ["x"])).rejects.toThrow(/E_DATA_OPERATOR: token_num_filter.hf_tokenizer/);
  });
});
