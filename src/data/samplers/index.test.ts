import { readdirSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { samplers } from "./index.ts";

test("the table holds every file of a sampler", () => {
  const files = new Set(readdirSync(import.meta.dirname));
  for (const name of samplers.keys()) expect(files).toContain(`${name.replaceAll("_", "-")}.ts`);
});

describe.each([...samplers])("%s", (name, sampler) => {
  it("says what it does, where it is from, and what its arguments mean", () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(sampler.summary).toMatch(/^[A-Z].*\.$/);
    expect(sampler.source.length).toBeGreaterThan(3);
    for (const schema of Object.values(sampler.schema.shape)) {
      expect((schema as { meta: () => { description?: string } }).meta()?.description).toMatch(/^[^ ].*\.$/);
    }
  });

  it("either selects or orders", () => {
    expect(sampler.select !== undefined && sampler.order !== undefined).toBe(false);
  });
});
