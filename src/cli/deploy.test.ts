import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { writtenContext, runInProcess } from "../../test/support/in-process.ts";
import { runCommandLine } from "./run.ts";

const stories = join(import.meta.dirname, "../../assets/stories260k");

it("says where it listens, answers there, and ends well by a signal", async () => {
  const stop = new AbortController();
  const { context, written } = writtenContext({ signal: stop.signal });
  const words = ["deploy", "--model", stories, "--port", "0", "--threads", "1", "--served-model-name", "tales"];
  const running = runCommandLine(words, context);
  const address = await vi.waitFor(() => /^http:\S+$/m.exec(written.err)?.[0] ?? expect.unreachable(), 20_000);
  const body = { model: "tales", temperature: 0, max_tokens: 4, messages: [{ role: "user", content: "Who is Tom?" }] };
  const response = await fetch(`${address}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(await response.json()).toMatchObject({ model: "tales", usage: { completion_tokens: 4 } });
  stop.abort();
  expect(await running).toBe(0);
});

it("says that a port is taken", async () => {
  const other = createServer();
  await new Promise<void>((ready) => other.listen(0, "127.0.0.1", ready));
  const { port } = other.address() as AddressInfo;
  const { status, err } = await runInProcess(["deploy", "--model", stories, "--port", String(port)]);
  expect([status, err]).toEqual([1, expect.stringContaining("E_SERVER_LISTEN")]);
  other.close();
});
