import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withOwnLists } from "./own-lists.ts";

it("leaves folders with lists, and says where the package's own stand in", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lists-"));
  try {
    await writeFile(join(folder, "my_stopwords.json"), '{"en": ["a"]}');
    const steps = [
      { name: "stopwords_filter", args: { lang: "en", stopwords_dir: folder }, place: 0 },
      { name: "flagged_words_filter", args: { lang: "en", flagged_words_dir: folder }, place: 1 },
      { name: "stopwords_filter", args: { lang: "en", stopwords_dir: "./no-such-folder" }, place: 2 },
      { name: "words_num_filter", args: { min_num: 1 }, place: 3 },
    ];
    const notes: string[] = [];
    expect(await withOwnLists(steps, (text) => notes.push(text))).toEqual([
      steps[0],
      { name: "flagged_words_filter", args: { lang: "en" }, place: 1 },
      { name: "stopwords_filter", args: { lang: "en" }, place: 2 },
      steps[3],
    ]);
    expect(notes).toEqual([
      `flagged_words_filter: ${folder} has no file of flagged_words; the lists that come with the package are used`,
      "stopwords_filter: ./no-such-folder has no file of stopwords; the lists that come with the package are used",
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
