import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommandLine } from "./run.ts";
import { writtenContext } from "../../test/support/in-process.ts";

test("quickstart: the held-out loss falls, and adapter and merged model can be used", async () => {
  const dir = await mkdtemp(join(tmpdir(), "tunesmith-"));
  const { context, written } = writtenContext();
  const run = join(dir, "run");
  expect(await runCommandLine(["quickstart", "--output-dir", run], context)).toBe(0);
  const [, before, after] = /held-out fables {2}([\d.]+) -> ([\d.]+) nats/.exec(written.out) ?? [];
  expect(Number(before)).toBeCloseTo(2.973, 2);
  expect(Number(after)).toBeLessThan(2.5);
  expect(written.err).toContain("evaluation loss");
  expect(await readdir(run)).toEqual(expect.arrayContaining(["best", "last", "metrics.jsonl", "report.html", "runs"]));

  const merged = join(dir, "merged");
  expect(await runCommandLine(["merge-lora", "--adapters", join(run, "last"), "--output-dir", merged], context)).toBe(
    0,
  );
  const ask = async (model: string): Promise<string> => {
    written.out = "";
    const words = ["infer", "--model", model, "--prompt", "A Wolf", "--temperature", "0", "--max-new-tokens", "20"];
    expect(await runCommandLine([...words, "--use-chat-template", "false"], context)).toBe(0);
    return written.out;
  };
  expect(await ask(merged)).toBe(await ask(join(run, "last")));
});
