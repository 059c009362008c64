/** The bridge against programs that stand in for Python: they speak its frames, or do not. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LostError, startBridge } from "./bridge.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bridge-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What every stand-in begins with: frames read whole, and a way to say one. */
const prelude = `#!${process.execPath}
const say = (header, body = Buffer.alloc(0)) => {
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(body.length, 4);
  process.stdout.write(Buffer.concat([lengths, text, body]));
};
const each = (take) => {
  let bytes = Buffer.alloc(0);
  process.stdin.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 8) {
      const start = 8 + bytes.readUInt32LE(0);
      const end = start + bytes.readUInt32LE(4);
      if (bytes.length < end) return;
      take(JSON.parse(bytes.subarray(8, start)), bytes.subarray(start, end));
      bytes = bytes.subarray(end);
    }
  });
};
`;

async function standIn(name: string, code: string): Promise<{ readonly address: string; readonly python: string }> {
  const python = join(folder, name);
  await writeFile(python, prelude + code);
  await chmod(python, 0o755);
  return { address: "auto", python };
}

describe("the bridge to Ray", () => {
  it("asks, counts workers, passes notes on, and ends with its stdin", async () => {
    const notes: string[] = [];
    const options = await standIn(
      "works",
      `each((header, body) => {
        if (header.kind === "start") {
          say({ kind: "started", nodes: 3, cpus: header.workers ?? 7 });
          say({ kind: "width", count: 2 });
          say({ kind: "note", text: "waiting" });
        } else if (header.kind === "hard") say({ kind: "lost", id: header.id, text: "gone" });
        else say({ kind: "answer", id: header.id }, Buffer.from(body).reverse());
      });`,
    );
    const bridge = await startBridge({ ...options, workers: 5, onNote: (text) => notes.push(text) });
    expect([bridge.nodes, bridge.cpus]).toEqual([3, 5]);
    const bodies = await Promise.all(
      [1, 2, 3].map(async (byte) => [...(await bridge.ask({ kind: "block" }, Uint8Array.of(byte, 0))).body]),
    );
    expect(bodies).toEqual([1, 2, 3].map((byte) => [0, byte]));
    await expect(bridge.ask({ kind: "hard" })).rejects.toThrow(LostError);
    expect([bridge.ready(), notes]).toEqual([2, ["waiting"]]);
    await bridge.close();
    await expect(bridge.ask({ kind: "block" })).rejects.toThrow("E_DATA_RAY");
  });

  it.each([
    ["missing", "No module named 'ray'", "this Python has no ray (No module named 'ray').", 'pip install "ray[data]"'],
    ["version", "2.9.0", "ray 2.9.0 is too old: 2.40 or later is needed.", "--upgrade"],
    ["cluster", "Nobody is there.", "no Ray cluster can be reached: Nobody is there.", "ray start --head"],
  ])("says what to do about a reason %s", async (reason, text, what, fix) => {
    const failed = JSON.stringify({ kind: "failed", reason, text });
    const options = await standIn(`fails-${reason}`, `say(${failed});`);
    const error = await startBridge(options).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "E_DATA_RAY", what, fix: expect.stringContaining(fix) as string });
  });

  it("says so when a node cannot work", async () => {
    const text = "10.0.0.7: has tunesmith 0.0.1, but the driver has 0.1.0";
    const options = await standIn(
      "node",
      `each((header) => {
        if (header.kind === "start") say({ kind: "started", nodes: 1, cpus: 1 });
        else say({ kind: "failed", reason: "node", text: ${JSON.stringify(text)} });
      });`,
    );
    const bridge = await startBridge(options);
    await expect(bridge.ask({ kind: "block" })).rejects.toThrow(`a node cannot work: ${text}.`);
    await bridge.close();
  });

  it.each([
    [
      "exits",
      'console.error("Segmentation fault"); process.exit(3);',
      "the connection to Ray ended: Segmentation fault.",
    ],
    ["prints", 'process.stdout.write("Traceback (most recent call last)"); each(() => {});', "is no message"],
  ])("does not wait for one that %s", async (name, code, what) => {
    await expect(startBridge(await standIn(name, code))).rejects.toThrow(what);
  });

  it("names the Python that is not there, and refuses Ray Client", async () => {
    const options = { address: "auto", python: join(folder, "none") };
    await expect(startBridge(options)).rejects.toThrow(/E_DATA_RAY: .*none: this Python cannot be started \(ENOENT\)/);
    await expect(startBridge({ ...options, address: "ray://head:10001" })).rejects.toThrow("Ray Client is not spoken");
  });

  it("can be given up while it connects", async () => {
    const controller = new AbortController();
    const started = startBridge({ ...(await standIn("hangs", "each(() => {});")), signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await expect(started).rejects.toThrow("aborted");
  });
});
