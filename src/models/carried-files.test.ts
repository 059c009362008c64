import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFolder, writeTinyAdapter, writeTinyModel } from "../../test/support/tiny-checkpoint.ts";
import { refuseCarriedLinks } from "./carried-files.ts";
import { loadModel } from "./load.ts";
import { mergeLora } from "./merge.ts";
import { readCarriedFiles } from "./save.ts";

describe("links in a checkpoint", () => {
  it.each([
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "generation_config.json",
    "config.json",
    "additional_chat_templates/a.jinja",
  ])("that lead out of it are not copied into what is saved: %s", async (name) => {
    await withFolder(async (folder) => {
      const { dir } = await writeTinyModel(join(folder, "model"));
      await mkdir(join(dir, "additional_chat_templates"), { recursive: true });
      const secret = join(folder, "secret");
      await writeFile(secret, "mine");
      await rm(join(dir, name), { force: true });
      await symlink("../".repeat(name.split("/").length) + "secret", join(dir, name));
      const refusal = { code: "E_MODEL_FILE", where: join(dir, name), what: expect.stringContaining(secret) as string };
      await expect(refuseCarriedLinks([dir])).rejects.toMatchObject(refusal);
      await expect(readCarriedFiles(dir)).rejects.toMatchObject(refusal);
    });
  });

  it("stop a merge before it writes, and no loading", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"));
      await writeTinyAdapter(join(folder, "adapter"), base);
      await rename(join(base.dir, "tokenizer_config.json"), join(folder, "elsewhere.json"));
      await symlink("../elsewhere.json", join(base.dir, "tokenizer_config.json"));
      const model = await loadModel(join(folder, "adapter"));
      await expect(mergeLora(model, join(folder, "merged"))).rejects.toMatchObject({ code: "E_MODEL_FILE" });
      await expect(readFile(join(folder, "merged/config.json"))).rejects.toThrow("ENOENT");
    });
  });

  it("of the hub's cache are followed", async () => {
    await withFolder(async (folder) => {
      const repository = join(folder, "models--a--b");
      await mkdir(join(repository, "snapshots"), { recursive: true });
      await mkdir(join(repository, "blobs"));
      const { dir } = await writeTinyModel(join(repository, "snapshots/0123"));
      for (const name of ["tokenizer.json", "config.json", "model.safetensors"]) {
        await rename(join(dir, name), join(repository, "blobs", name));
        await symlink(join("../../blobs", name), join(dir, name));
      }
      await refuseCarriedLinks([dir]);
      expect((await readCarriedFiles(dir)).map(({ name }) => name)).toContain("tokenizer.json");
      expect((await loadModel(dir)).tokenizer.encode("time").length).toBeGreaterThan(0);
    });
  });
});
