import { spawnSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { hasPython } from "../testing/python.ts";
import { createPythonFunction } from "./python-process.ts";

const where = "python_lambda_mapper";

describe.runIf(hasPython)("a function in Python", () => {
  it("answers many calls in their order", async () => {
    const code = createPythonFunction({ lambda: "lambda s: {'n': s['n'] + 1, 't': s['t']}" }, { where });
    const texts = ["\u2028\u4F60\n", "\uD800", "\u{1F600}", "\u0000"];
    const asked = Array.from({ length: 200 }, (_, n) => ({ n, t: texts[n % 4] }));
    const answers = await Promise.all(asked.map((row) => code.call(row, "rows.jsonl:1")));
    expect(answers).toEqual(asked.map(({ n, t }) => ({ n: n + 1, t })));
    code.close();
  });

  it("ends code that takes too long by itself, and starts anew", async () => {
    const code = createPythonFunction(
      { lambda: "lambda s: __import__('time').sleep(s['wait']) or s" },
      { where, seconds: 1 },
    );
    const problem = "E_DATA_ROW: rows.jsonl:1: python_lambda_mapper: the process of the code ended by SIGALRM.";
    await expect(code.call({ wait: 60 }, "rows.jsonl:1")).rejects.toThrow(problem);
    expect(await code.call({ wait: 0 }, "rows.jsonl:2")).toEqual({ wait: 0 });
    code.close();
  });

  it("takes no answer that is too long", async () => {
    const code = createPythonFunction({ lambda: "lambda s: {'x': 'x' * s['n']}" }, { where, bytes: 5000 });
    expect(await code.call({ n: 4000 }, "rows.jsonl:1")).toEqual({ x: "x".repeat(4000) });
    await expect(code.call({ n: 6000 }, "rows.jsonl:2")).rejects.toThrow("gives a row of 6019 bytes, 5000 are allowed");
    expect(await code.call({ n: 1 }, "rows.jsonl:3")).toEqual({ x: "x" });
    code.close();
  });

  it("tells why a process ended", async () => {
    const dies = "lambda s: print('last words', file=__import__('sys').stderr, flush=True) or __import__('os').abort()";
    const code = createPythonFunction({ lambda: dies }, { where });
    await expect(code.call({}, "rows.jsonl:1")).rejects.toThrow("ended by SIGABRT: last words");
  });

  /** Code that hangs, also where it never lets the interpreter go, must not outlive a worker that is ended. */
  it.each(["lambda s: [None for _ in iter(int, 1)]", "lambda s: __import__('re').match('(a+)+$', 'a' * 64 + 'b')"])(
    "ends with its worker thread: %s",
    async (lambda) => {
      const bridge = fileURLToPath(new URL("../../../../assets/data/python-bridge.py", import.meta.url));
      const worker = new Worker(
        `const { spawn } = require("node:child_process");
        const { parentPort, workerData } = require("node:worker_threads");
        const child = spawn("python3", [workerData.bridge], { stdio: "pipe" });
        child.stdout.once("data", () => parentPort.postMessage(child.pid));
        child.stdin.write(JSON.stringify({ lambda: workerData.lambda, seconds: 100, bytes: 1000 }) + "\\n{}\\n");`,
        { eval: true, workerData: { bridge, lambda } },
      );
      const pid = await new Promise<number>((resolve) => worker.once("message", resolve));
      await wait(200);
      expect(isRunning(pid)).toBe(true);
      await worker.terminate();
      for (let i = 0; i < 50 && isRunning(pid); i++) await wait(100);
      expect(isRunning(pid)).toBe(false);
    },
  );
});

it("says when there is no Python", async () => {
  const code = createPythonFunction({ lambda: "lambda s: s" }, { where, python: "no-such-python" });
  await expect(code.call({}, "rows.jsonl:1")).rejects.toThrow(
    "E_DATA_OPERATOR: python_lambda_mapper: no-such-python was not found.",
  );
});

/** One that has ended but was not waited for is a zombie: its number is still taken. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}
