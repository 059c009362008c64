/** The API on a small real model: answers, streams, refusals, and clients that hang up. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGenerator, type Generator } from "../generate/index.ts";
import { loadModel, type LoadedModel } from "../models/index.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { encodePrompt } from "../text/index.ts";
import { createApi, type Api, type ApiOptions, type ServedModel } from "./openai.ts";

let model: LoadedModel;
let generator: Generator;
let served: ServedModel;
beforeAll(async () => {
  model = await loadModel(join(import.meta.dirname, "../../assets/stories260k"));
  generator = await createGenerator(model, createNodeRuntime({ threads: 1 }), { maxBatch: 4 });
  served = {
    name: "stories",
    generator,
    // The model has no chat template: turns are told one after another.
    encodeChat: ({ messages }) => {
      const content = messages.map((message) => message.content).join(" ");
      return encodePrompt(
        { messages: [{ role: "user", content }] },
        { tokenizer: model.tokenizer, useChatTemplate: false },
      );
    },
    encodeText: (text) =>
      encodePrompt(
        { messages: [{ role: "user", content: text }] },
        { tokenizer: model.tokenizer, useChatTemplate: false },
      ),
    stopStrings: [],
  };
});
afterAll(() => generator.release());

const apiOf = (options: Partial<ApiOptions> = {}): Api => createApi(served, { maxQueue: 8, ...options });

async function post(api: Api, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return api.fetch(
    new Request(`http://localhost${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );
}

const asked = { model: "stories", temperature: 0, max_tokens: 12 };
const chat = { ...asked, messages: [{ role: "user", content: "Once upon a time" }] };

interface Answer {
  readonly object: string;
  readonly choices: readonly {
    readonly text?: string;
    readonly message?: { readonly role: string; readonly content: string };
    readonly delta?: { readonly content?: string };
    readonly finish_reason: string | null;
  }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
  readonly error: { readonly message: string; readonly param: string | null; readonly code: string | null };
}

const json = async (response: Response): Promise<Answer> => (await response.json()) as Answer;

/** The events of a stream, the end mark left out. */
async function eventsOf(response: Response): Promise<readonly Answer[]> {
  const lines = (await response.text()).split("\n\n").filter((line) => line !== "");
  expect(lines.at(-1)).toBe("data: [DONE]");
  return lines.slice(0, -1).map((line) => JSON.parse(line.slice("data: ".length)) as Answer);
}

describe("createApi", () => {
  it("completes a text as the library does", async () => {
    const [want] = await generator.generate([served.encodeText("Once upon a time")], {
      temperature: 0,
      maxNewTokens: 12,
      continues: true,
    });
    const answer = await json(await post(apiOf(), "/v1/completions", { ...asked, prompt: "Once upon a time" }));
    expect(answer.choices[0]?.text).toBe(want?.text);
    expect(answer.choices[0]?.finish_reason).toBe("length");
    expect(answer.usage.completion_tokens).toBe(12);
    const several = await json(
      await post(apiOf(), "/v1/completions", { ...asked, prompt: ["Lily", "Once upon a time"] }),
    );
    expect(several.choices[1]?.text).toBe(want?.text);
  });

  it("answers a chat, and streams the same text with its usage", async () => {
    const whole = await json(await post(apiOf(), "/v1/chat/completions", chat));
    expect(whole.object).toBe("chat.completion");
    const events = await eventsOf(
      await post(apiOf(), "/v1/chat/completions", { ...chat, stream: true, stream_options: { include_usage: true } }),
    );
    const text = events.flatMap(({ choices }) => choices.map(({ delta }) => delta?.content ?? "")).join("");
    expect(text).toBe(whole.choices[0]?.message?.content);
    expect(events.at(-2)?.choices[0]?.finish_reason).toBe("length");
    expect(events.at(-1)?.usage).toEqual(whole.usage);
  });

  it("answers many at once, each as alone, and a seed twice alike", async () => {
    const api = apiOf({ maxQueue: 64 });
    const bodies = Array.from({ length: 12 }, (_, i) => ({ ...asked, temperature: 1, seed: i, n: 2, prompt: "Once" }));
    const texts = async (body: unknown) =>
      (await json(await post(api, "/v1/completions", body))).choices.map(({ text }) => text);
    const together = await Promise.all(bodies.map(texts));
    for (const [i, body] of bodies.entries()) expect(together[i]).toEqual(await texts(body));
    expect(new Set(together.flat()).size).toBeGreaterThan(12);
  });

  it("lists its model, says that it is well, and asks for the key where it has one", async () => {
    const api = apiOf({ apiKey: "secret" });
    expect((await api.fetch(new Request("http://localhost/health"))).status).toBe(200);
    expect((await api.fetch(new Request("http://localhost/v1/models"))).status).toBe(401);
    const models = await api.fetch(
      new Request("http://localhost/v1/models", { headers: { authorization: "Bearer secret" } }),
    );
    expect(await models.json()).toMatchObject({ object: "list", data: [{ id: "stories", object: "model" }] });
  });

  it.each<[string, unknown, number, RegExp, string | null]>([
    ["no JSON", "{", 400, /not JSON/, null],
    ["an unknown parameter", { ...chat, tools: [] }, 400, /tools/, null],
    ["a value out of range", { ...chat, temperature: -1 }, 400, /temperature/, "temperature"],
    [
      "a penalty that is not there yet",
      { ...chat, presence_penalty: 0.5 },
      400,
      /presence_penalty/,
      "presence_penalty",
    ],
    ["another model", { ...chat, model: "gpt" }, 404, /"gpt".*"stories"/, "model"],
    [
      "a prompt that is too long",
      { ...chat, messages: [{ role: "user", content: "a b c d ".repeat(400) }] },
      400,
      /tokens/,
      null,
    ],
  ])("refuses %s, and says what is wrong", async (_, body, status, message, param) => {
    const response = await post(apiOf(), "/v1/chat/completions", body);
    expect(response.status).toBe(status);
    const { error } = await json(response);
    expect(error.message).toMatch(message);
    expect(error.param).toBe(param);
  });

  it("refuses what its queue cannot hold, and what is too large", async () => {
    const full = await post(apiOf({ maxQueue: 1 }), "/v1/completions", { ...asked, n: 2, prompt: "a" });
    expect([full.status, full.headers.get("retry-after")]).toEqual([429, "1"]);
    const large = await post(
      apiOf({ maxBodyBytes: 100 }),
      "/v1/completions",
      { ...asked, prompt: "a".repeat(200) },
      { "content-length": "260" },
    );
    expect(large.status).toBe(413);
  });

  it("stops for a client that hangs up, and is idle then", async () => {
    const api = apiOf();
    const response = await post(api, "/v1/completions", {
      ...asked,
      max_tokens: 400,
      stop: ["\u0000"],
      stream: true,
      prompt: "a",
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    await api.idle();
    expect((await post(api, "/v1/completions", { ...asked, prompt: "a" })).status).toBe(200);
  });
});
