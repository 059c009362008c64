/** The package from `npm pack`, installed into an empty folder where the engine's script cannot download, works. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildCli } from "../support/cli.ts";

beforeAll(buildCli);

const root = join(import.meta.dirname, "../..");

const program = `
import { createGenerator, createNodeRuntime, loadModel, sft, type StepEvent, type TrainEvents } from "tunesmith";
import * as tensor from "tunesmith/tensor";
import * as web from "tunesmith/web";
const events: TrainEvents = { onStep: ({ loss }: StepEvent) => void loss.toFixed(2) };
const { lastCheckpoint } = await sft({ model: "m", dataset: ["rows.jsonl"] }, { events });
const generator = await createGenerator(await loadModel(lastCheckpoint), createNodeRuntime());
// @ts-expect-error a model is needed
await sft({});
export { generator, tensor, web };
`;

test("npm install of the tarball with the script's host out of reach, then npx tunesmith quickstart", () => {
  const folder = mkdtempSync(join(tmpdir(), "tunesmith-install-"));
  try {
    const run = (words: readonly string[], cwd: string): string =>
      execFileSync(words[0] as string, words.slice(1), {
        cwd,
        encoding: "utf8",
        // The script's own proxy, at a port where nobody listens: npm itself does not look at it.
        env: { ...process.env, GLOBAL_AGENT_HTTPS_PROXY: "http://127.0.0.1:9", npm_config_audit: "false" },
      });
    const [{ filename }] = JSON.parse(
      // Built above; npm would build once more, under the feet of tests that run beside this one.
      run(["npm", "pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", folder], root),
    ) as [{ readonly filename: string }];
    writeFileSync(join(folder, "package.json"), '{"name":"empty","private":true}');
    writeFileSync(join(folder, ".npmrc"), "onnxruntime-node-install=skip\n");
    run(["npm", "install", `./${filename}`], folder);
    const shown = run(["npx", "tunesmith", "quickstart", "--max-steps", "2", "--max-new-tokens", "5"], folder);
    expect(shown).toContain("loss on held-out fables");

    // The declarations, with the oldest compiler that is promised and nothing else installed.
    run(["npm", "install", "typescript@5.6"], folder);
    writeFileSync(join(folder, "use.mts"), program);
    const options = ["--module", "nodenext", "--target", "es2022", "--strict", "--skipLibCheck", "false", "--noEmit"];
    expect(run(["npx", "tsc", ...options, "use.mts"], folder)).toBe("");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
