import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createWandbLog } from "./wandb-log.ts";

const golden = JSON.parse(
  await readFile(join(import.meta.dirname, "../../test/golden/formats/wandb-log.json"), "utf8"),
) as {
  readonly steps: readonly (readonly [number, Readonly<Record<string, number>>])[];
  readonly bytes: number;
  readonly sha256: string;
  readonly first: string;
  readonly last: string;
};

test("the bytes are those of W&B's own messages, records over several blocks included", () => {
  const log = createWandbLog();
  const parts = [
    log.head({
      id: "abcd1234",
      project: "demo",
      entity: "team",
      name: "first",
      host: "here",
      began: 1_700_000_000_250,
      config: { lora_rank: 8, dataset: ["a.jsonl"], long: "x".repeat(70_000) },
      producer: "tunesmith 1.2.3",
    }),
  ];
  const summary: Record<string, number> = {};
  for (const [step, values] of golden.steps) {
    parts.push(log.step(step, values));
    Object.assign(summary, values, { _step: step });
  }
  parts.push(log.end(summary, 130, 12.9));
  const bytes = Buffer.concat(parts);
  expect(bytes.subarray(0, 200).toString("base64")).toBe(golden.first);
  expect(bytes.subarray(-400).toString("base64")).toBe(golden.last);
  expect(bytes.length).toBe(golden.bytes);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(golden.sha256);
});
