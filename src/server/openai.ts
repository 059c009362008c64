/**
 * OpenAI's API over one generator: /v1/models, /v1/chat/completions and /v1/completions, streamed or whole, and
 * /health. Requests share the generator's batch; who hangs up frees its place. A function from requests to responses:
 * which port it listens on is the caller's business.
 *
 * Left out: tools, log-probabilities, response_format, logit_bias, embeddings; a request that has them is refused.
 */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { streamSSE } from "hono/streaming";
import type * as z from "zod";
import { isTunesmithError } from "../base/errors.ts";
import type { Generated, GenerateOptions, Generator } from "../generate/index.ts";
import type { Conversation } from "../text/message.ts";
import { chatRequest, completionRequest, conversationOf, optionsOf, type AnyRequest } from "./requests.ts";

export interface ServedModel {
  /** The name that requests give. */
  readonly name: string;
  readonly generator: Pick<Generator, "generate" | "check">;
  readonly encodeChat: (conversation: Conversation) => readonly number[];
  readonly encodeText: (text: string) => readonly number[];
  /** What ends every answer, beside what a request says. */
  readonly stopStrings: readonly string[];
}

export interface ApiOptions {
  /** When set, requests must bear it. */
  readonly apiKey?: string | undefined;
  /** Answers that may be under way or wait; more are refused with 429. */
  readonly maxQueue: number;
  /** Most bytes of a request. */
  readonly maxBodyBytes?: number;
  /** Seed of the first request without one; each takes the next. */
  readonly seed?: number;
  /** Faults that are not the request's. */
  readonly onFault?: (error: unknown) => void;
}

export interface Api {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Resolves when nothing is being answered. */
  readonly idle: () => Promise<void>;
}

type Status = 400 | 401 | 404 | 413 | 429 | 500;

interface Refusal {
  readonly message: string;
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

const refuse = (context: Context, status: Status, { message, type, param = null, code = null }: Refusal): Response =>
  context.json({ error: { message, type: type ?? "invalid_request_error", param, code } }, status);

/** The words of one kind of answer. */
interface Shape {
  readonly prefix: string;
  readonly whole: string;
  readonly chunk: string;
  readonly choice: (index: number, answer: Generated) => object;
  /** Undefined: no piece comes first. */
  readonly first: ((index: number) => object) | undefined;
  readonly piece: (index: number, text: string) => object;
  readonly last: (index: number, reason: string) => object;
}

const chatShape: Shape = {
  prefix: "chatcmpl",
  whole: "chat.completion",
  chunk: "chat.completion.chunk",
  choice: (index, { text, finishReason }) => ({
    index,
    message: { role: "assistant", content: text },
    logprobs: null,
    finish_reason: finishReason,
  }),
  first: (index) => ({ index, delta: { role: "assistant", content: "" }, finish_reason: null }),
  piece: (index, text) => ({ index, delta: { content: text }, finish_reason: null }),
  last: (index, reason) => ({ index, delta: {}, finish_reason: reason }),
};

const completionShape: Shape = {
  prefix: "cmpl",
  whole: "text_completion",
  chunk: "text_completion",
  choice: (index, { text, finishReason }) => ({ index, text, logprobs: null, finish_reason: finishReason }),
  first: undefined,
  piece: (index, text) => ({ index, text, logprobs: null, finish_reason: null }),
  last: (index, reason) => ({ index, text: "", logprobs: null, finish_reason: reason }),
};

export function createApi(served: ServedModel, options: ApiOptions): Api {
  const { maxQueue, apiKey, maxBodyBytes = 8 * 2 ** 20, onFault = () => undefined } = options;
  let underWay = 0;
  let nextSeed = options.seed ?? 42;
  let waiters: (() => void)[] = [];
  const begin = (count: number): (() => void) => {
    underWay += count;
    return () => {
      underWay -= count;
      if (underWay > 0) return;
      for (const waiter of waiters) waiter();
      waiters = [];
    };
  };

  const app = new Hono();
  app.notFound((context) =>
    refuse(context, 404, { message: `There is no ${context.req.method} ${context.req.path}.`, code: "not_found" }),
  );
  app.onError((error, context) => {
    onFault(error);
    return refuse(context, 500, { message: "The server failed; its log says why.", type: "server_error" });
  });
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.use("/v1/*", async (context, next) => {
    if (apiKey === undefined || context.req.header("authorization") === `Bearer ${apiKey}`) return next();
    return refuse(context, 401, { message: "The API key is missing or wrong.", code: "invalid_api_key" });
  });
  app.use(
    "/v1/*",
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: (context) => refuse(context, 413, { message: `A request may have ${maxBodyBytes} bytes.` }),
    }),
  );
  const card = { id: served.name, object: "model", created: 0, owned_by: "tunesmith" };
  app.get("/v1/models", (context) => context.json({ object: "list", data: [card] }));

  /** A checked request, or the refusal. */
  const read = async <T extends AnyRequest>(context: Context, schema: z.ZodType<T>): Promise<T | Response> => {
    const body: unknown = await context.req.json().catch(() => undefined);
    if (body === undefined) return refuse(context, 400, { message: "The body is not JSON." });
    const { success, data, error } = schema.safeParse(body);
    if (!success) {
      const issues = error.issues.map(({ path, message }) => ({ param: path.join("."), message }));
      const [first] = issues;
      const message = issues
        .map((issue) => [issue.param, issue.message].filter((part) => part !== "").join(": "))
        .join("; ");
      return refuse(context, 400, { message, param: first?.param === "" ? null : (first?.param ?? null) });
    }
    if (data.model !== served.name) {
      const message = `There is no model "${data.model}"; there is "${served.name}".`;
      return refuse(context, 404, { message, param: "model", code: "model_not_found" });
    }
    return data;
  };

  const answer = async (
    context: Context,
    request: AnyRequest,
    shape: Shape,
    { prompts, continues }: { readonly prompts: () => readonly (readonly number[])[]; readonly continues: boolean },
  ): Promise<Response> => {
    const asked = optionsOf(request);
    const settings: GenerateOptions = {
      ...asked,
      continues,
      seed: asked.seed ?? nextSeed++ % 2 ** 32,
      stopStrings: [...(asked.stopStrings ?? []), ...served.stopStrings],
    };
    let ids: readonly (readonly number[])[];
    try {
      ids = prompts();
      for (const prompt of ids) served.generator.check(prompt, settings);
    } catch (error) {
      if (isTunesmithError(error))
        return refuse(context, 400, { message: `${error.what} ${error.fix}`, code: error.code });
      throw error;
    }
    const count = ids.length * (settings.samples ?? 1);
    if (underWay + count > maxQueue) {
      context.header("Retry-After", "1");
      const message = `${underWay} answers are under way or wait, ${maxQueue} may.`;
      return refuse(context, 429, { message, type: "rate_limit_error", code: "queue_full" });
    }
    const frame = {
      id: `${shape.prefix}-${crypto.randomUUID()}`,
      created: Math.floor(Date.now() / 1000),
      model: served.name,
    };
    const usageOf = (answers: readonly Generated[]) => {
      const prompt_tokens = ids.reduce((sum, { length }) => sum + length, 0);
      const completion_tokens = answers.reduce((sum, one) => sum + one.ids.length, 0);
      return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
    };
    const end = begin(count);
    if (request.stream !== true) {
      try {
        const answers = await served.generator.generate(ids, { ...settings, signal: context.req.raw.signal });
        const choices = answers.map((one, index) => shape.choice(index, one));
        return context.json({ ...frame, object: shape.whole, choices, usage: usageOf(answers) });
      } finally {
        end();
      }
    }
    return streamSSE(context, async (stream) => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      const withUsage = request.stream_options?.include_usage === true;
      const send = (choices: readonly object[], usage: object | null = null): Promise<void> =>
        stream.writeSSE({
          data: JSON.stringify({ ...frame, object: shape.chunk, choices, ...(withUsage ? { usage } : {}) }),
        });
      try {
        for (let index = 0; shape.first !== undefined && index < count; index++) await send([shape.first(index)]);
        // Pieces are written in their order; the stream holds those that the client has not read yet.
        let written = Promise.resolve();
        const answers = await served.generator.generate(ids, {
          ...settings,
          signal: gone.signal,
          onText: (index, text) => {
            written = written.then(() => send([shape.piece(index, text)]));
          },
        });
        await written;
        for (const [index, { finishReason }] of answers.entries()) await send([shape.last(index, finishReason)]);
        if (withUsage) await send([], usageOf(answers));
        await stream.writeSSE({ data: "[DONE]" });
      } catch (error) {
        onFault(error);
        const message = "The server failed; its log says why.";
        await stream.writeSSE({
          data: JSON.stringify({ error: { message, type: "server_error", param: null, code: null } }),
        });
      } finally {
        end();
      }
    });
  };

  app.post("/v1/chat/completions", async (context) => {
    const request = await read(context, chatRequest);
    if (request instanceof Response) return request;
    const prompts = () => [served.encodeChat(conversationOf(request))];
    return answer(context, request, chatShape, { prompts, continues: false });
  });
  app.post("/v1/completions", async (context) => {
    const request = await read(context, completionRequest);
    if (request instanceof Response) return request;
    const { prompt } = request;
    const prompts = (): readonly (readonly number[])[] => {
      if (typeof prompt === "string") return [served.encodeText(prompt)];
      return typeof prompt[0] === "number"
        ? [prompt as readonly number[]]
        : (prompt as readonly string[]).map(served.encodeText);
    };
    return answer(context, request, completionShape, { prompts, continues: true });
  });

  return {
    fetch: (request) => app.fetch(request),
    idle: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
  };
}
