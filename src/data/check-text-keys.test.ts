import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkTextKeys } from "./check-text-keys.ts";

let folder = "";
let files: readonly string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "text-keys-"));
  files = ["a.jsonl", "b.jsonl", "empty.jsonl"].map((name) => join(folder, name));
  await writeFile(files[0] as string, '{"messages": [{"role": "user", "content": "x"}]}\nbroken\n');
  await writeFile(files[1] as string, '{"content": "x", "meta": {"body": "y"}}\n');
  await writeFile(files[2] as string, "");
});
afterAll(() => rm(folder, { recursive: true }));

it.each([["text"], ["content"], ["meta.body"], [["content", "meta"]]])("takes %j", async (keys) => {
  await expect(checkTextKeys(files, keys)).resolves.toBeUndefined();
});

it("refuses a column that no row has, also beside conversations", async () => {
  await expect(checkTextKeys(files, "contents")).rejects.toThrow(
    'E_DATA_COLUMNS: text_keys: no row has a column "contents"; there are messages, content, meta.',
  );
  await expect(checkTextKeys(files, ["content", "nosuch"])).rejects.toThrow('no row has a column "nosuch"');
});

it("leaves it to others to say that there are no rows", async () => {
  await expect(checkTextKeys([files[2] as string], "nosuch")).resolves.toBeUndefined();
});
