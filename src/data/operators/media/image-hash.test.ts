import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { fixtureTools } from "../testing/all-rows.ts";
import { parts } from "../testing/parts.ts";
import { imageHash, type ImageHashMethod } from "./image-hash.ts";
import { createImageReader } from "./images.ts";

const cases = Object.entries(parts().images).flatMap(([name, hashes]) =>
  Object.entries(hashes).map(([method, hash]) => ({ name, method: method as ImageHashMethod, hash })),
);

describe("imageHash", () => {
  it.each(cases)("gives the $method of imagededup for $name", async ({ name, method, hash }) => {
    const reader = await createImageReader("test", fixtureTools);
    const path = resolve("test/fixtures/images", name);
    const pixels = await reader.pixels({ path, bytes: undefined, where: name });
    expect(Buffer.from(imageHash(pixels, method)).toString("hex")).toBe(hash);
  });
});
