/**
 * For tests: an OpenAI-compatible server on this machine, with the moods of real ones. Answers are a function of the
 * messages, so that they are the same whatever the order of requests.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatMessage } from "../../operators/tools.ts";

/** What the server does with one request. */
export type Mood =
  | "good"
  | "slow"
  | "busy"
  | "broken"
  | "hangs"
  | "nonsense"
  | "refuses"
  | "forbids"
  | "huge"
  | "cut short"
  | "redirects"
  | "silent on tokens"
  | "out of room"
  | "without text";

export interface FakeRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model?: string;
    readonly messages?: readonly ChatMessage[];
    readonly input?: readonly string[];
    readonly temperature?: number;
  };
}

export interface FakeServerOptions {
  readonly answer: (messages: readonly ChatMessage[]) => string;
  /** By the number of the request, from 0; always good when absent. */
  readonly mood?: (number: number, request: FakeRequest) => Mood;
  readonly models?: readonly string[];
  /** In front of messages that tell the key. */
  readonly padding?: string;
}

export interface FakeServer {
  readonly endpoint: string;
  /** Requests for answers and vectors, as they came. */
  readonly requests: readonly FakeRequest[];
  /** Most that were under way at one time. */
  readonly widest: () => number;
  readonly close: () => Promise<void>;
}

/** Tokens that the server says each answer cost. */
export const TOKENS = 30;

export async function startFakeServer(options: FakeServerOptions): Promise<FakeServer> {
  const { answer, mood = () => "good", models = ["fake"], padding = "" } = options;
  const requests: FakeRequest[] = [];
  let under = 0;
  let widest = 0;
  const server = createServer((incoming, response) => {
    widest = Math.max(widest, ++under);
    response.once("close", () => under--);
    void bodyOf(incoming).then((text) => {
      const path = incoming.url ?? "";
      if (path.endsWith("/models")) return sendJson(response, { data: models.map((id) => ({ id })) });
      const request: FakeRequest = {
        path,
        authorization: incoming.headers.authorization,
        body: JSON.parse(text) as FakeRequest["body"],
      };
      requests.push(request);
      return behave(mood(requests.length - 1, request), { request, response, answer, padding });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/v1`,
    requests,
    widest: () => widest,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface Behaviour {
  readonly request: FakeRequest;
  readonly response: ServerResponse;
  readonly answer: FakeServerOptions["answer"];
  readonly padding: string;
}

function behave(mood: Mood, { request, response, answer, padding }: Behaviour): void {
  const { body } = request;
  const good = (usage = true, finish = "stop", text: string | null = answer(body.messages ?? [])): void => {
    if (body.input !== undefined) {
      const data = body.input.map((input, index) => ({ index, embedding: [input.length, index] }));
      return sendJson(response, { data: data.toReversed(), usage: { prompt_tokens: TOKENS } });
    }
    const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: finish }];
    return sendJson(response, { choices, ...(usage ? { usage: { total_tokens: TOKENS } } : {}) });
  };
  const error = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ error: { message } }));
  };
  switch (mood) {
    case "good":
      return good();
    case "slow":
      setTimeout(good, 60);
      return;
    case "busy":
      return error(429, "too many requests", { "retry-after": "0.05" });
    case "broken":
      return error(500, "something broke");
    case "hangs":
      return;
    case "nonsense":
      response.end("<html>not the API</html>");
      return;
    case "refuses":
      return error(400, "this model's context is 4096 tokens");
    case "forbids":
      return error(401, `${padding}wrong key: ${request.authorization ?? "none"}`);
    case "huge": {
      const part = Buffer.alloc(1 << 20, "x");
      const more = (): void => {
        if (!response.destroyed) response.write(part, more);
      };
      return more();
    }
    case "cut short":
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"choices": [');
      response.destroy();
      return;
    case "redirects":
      response.writeHead(307, { location: "http://127.0.0.1:9/v1/chat/completions" });
      response.end();
      return;
    case "silent on tokens":
      return good(false);
    case "out of room":
      return good(true, "length");
    case "without text":
      return good(true, "content_filter", null);
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
