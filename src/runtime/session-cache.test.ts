import { describe, expect, it } from "vitest";
import { createSessionCache } from "./session-cache.ts";

interface Fake {
  readonly name: string;
  readonly release: () => Promise<void>;
}

function setUp(idle = 2) {
  const made: string[] = [];
  const released: string[] = [];
  const cache = createSessionCache<Fake>((session, release) => ({ ...session, release }), { idle });
  const open = (key: string, heavy = false): Promise<Fake> =>
    cache({ key, heavy }, async () => {
      made.push(key);
      return { name: key, release: async () => void released.push(key) };
    });
  return { made, released, open };
}

describe("createSessionCache", () => {
  it("makes a session once for those who use it together, and again never while it is idle", async () => {
    const { made, released, open } = setUp();
    const [a, b] = [await open("a"), await open("a")];
    await a.release();
    await a.release();
    await b.release();
    await (await open("a")).release();
    expect(made).toEqual(["a"]);
    expect(released).toEqual([]);
  });

  it("lets the longest idle ones go, and those with weights at once", async () => {
    const { released, open } = setUp();
    for (const key of ["a", "b", "c"]) await (await open(key)).release();
    expect(released).toEqual(["a"]);
    await (await open("w", true)).release();
    expect(released).toEqual(["a", "w"]);
  });

  it("forgets a session that could not be made", async () => {
    const { open } = setUp();
    const cache = createSessionCache<Fake>((session) => session);
    await expect(cache({ key: "x", heavy: false }, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const again = await cache({ key: "x", heavy: false }, () => open("x"));
    expect(again.name).toBe("x");
  });
});
