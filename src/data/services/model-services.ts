/**
 * What operators ask models through: any OpenAI-compatible API (vLLM, llama.cpp, SGLang, Ollama, a hosted one).
 *
 *     question -> kept answer? -> budget -> a free lane -> request, again when it may help -> kept -> answer
 *
 * After an error that is not one row's fault nothing more is asked: the run ends, and the same command goes on later.
 */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import type { ChatMessage, Complete, CompleteOptions, Embed } from "../operators/tools.ts";
import { noCache, openAnswerCache } from "./answer-cache.ts";
import { apiKeyOf } from "./api-key.ts";
import { createBudget } from "./budget.ts";
import {
  bodyOf,
  chatAnswer,
  keyOfQuestion,
  readChat,
  textOf,
  tokensOf,
  type ChatAnswer,
  type Question,
} from "./chat.ts";
import { EMBED_BATCH, keptVector, keyOfText, packVector, readVectors, unpackVector } from "./embeddings.ts";
import { endpointOf, type Endpoint } from "./endpoint.ts";
import { defaultRetry, type RetryPolicy } from "./retry.ts";
import { createSender, type Request } from "./sender.ts";

export interface ModelServiceOptions {
  /** Base of the API, for example "http://localhost:8000/v1". */
  readonly endpoint: string;
  /** For questions that name none; when absent, the only one that the server has. */
  readonly model?: string;
  readonly key?: string;
  readonly concurrency: number;
  /** Seconds for one answer. */
  readonly timeout: number;
  readonly maxRequests?: number;
  readonly maxTokens?: number;
  /** Folder of answers; none are kept without it. */
  readonly cache?: string;
  /** File in which requests and tokens are counted. */
  readonly ledger: string;
  readonly seed: number;
  readonly retry?: RetryPolicy;
  /** Told what a person should know and what is no error. */
  readonly onNote?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface ModelServices {
  readonly complete: Complete;
  readonly embed: Embed;
  readonly used: () => ServiceUse;
}

export interface ServiceUse {
  /** Of this run and those that it goes on from. */
  readonly requests: number;
  readonly tokens: number;
  /** Answers that were there already. */
  readonly kept: number;
}

/** @throws E_DATA_ENDPOINT when the address or the key cannot be used */
export function createModelServices(options: ModelServiceOptions): ModelServices {
  const { onNote = () => undefined, seed, concurrency, timeout, signal } = options;
  const base = endpointOf(options.endpoint);
  const budget = createBudget({
    file: options.ledger,
    ...(options.maxRequests === undefined ? {} : { maxRequests: options.maxRequests }),
    ...(options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens }),
  });
  const cache = options.cache === undefined ? noCache : openAnswerCache(options.cache, onNote);
  const sender = createSender({
    key: apiKeyOf(options.key),
    keyOrigin: base.origin,
    budget,
    concurrency,
    timeout,
    retry: options.retry ?? defaultRetry,
    seed,
    ...(signal === undefined ? {} : { signal }),
  });
  const onlyModels = new Map<string, Promise<string>>();
  const underWay = new Map<string, Promise<ChatAnswer>>();
  let kept = 0;
  let estimated = false;

  const send = async (request: Request): Promise<unknown> => {
    const value = await sender.send(request);
    let tokens = tokensOf(value);
    if (tokens === undefined) {
      tokens = Math.ceil((sizeOf(request.body) + sizeOf(value)) / 4);
      if (!estimated) onNote("The server does not say how many tokens it used; four bytes are counted as one.");
      estimated = true;
    }
    await budget.spend(tokens);
    return value;
  };

  const modelOf = (endpoint: Endpoint, named: string | undefined): string | Promise<string> => {
    const known = named ?? options.model ?? onlyModels.get(endpoint.shown);
    if (known !== undefined) return known;
    const found = onlyModel(endpoint, (url) => sender.send({ url, address: url }));
    onlyModels.set(endpoint.shown, found);
    return found;
  };

  const questionOf = async (messages: readonly ChatMessage[], given: CompleteOptions): Promise<Question> => {
    const endpoint = given.endpoint === undefined ? base : endpointOf(given.endpoint, base);
    return {
      endpoint,
      model: await modelOf(endpoint, given.model),
      messages,
      sampling: given.sampling ?? {},
      responsePath: given.responsePath ?? "choices.0.message.content",
      variant: given.variant,
    };
  };

  const answer = async (question: Question, key: string): Promise<ChatAnswer> => {
    const found = await cache.read(key, chatAnswer);
    if (found !== undefined) {
      kept++;
      return found;
    }
    const body = bodyOf(question);
    const fresh = readChat(await send({ url: question.endpoint.chat, body, address: key }), question);
    await cache.write(key, { endpoint: question.endpoint.shown, ...body }, fresh);
    return fresh;
  };

  const complete: Complete = async (messages, given = {}) => {
    sender.check();
    const question = await questionOf(messages, given);
    const key = keyOfQuestion(question);
    // Rows that ask the same at the same time get one answer, as they would one after the other.
    let asked = underWay.get(key);
    if (asked === undefined) {
      asked = answer(question, key).finally(() => underWay.delete(key));
      underWay.set(key, asked);
    }
    return textOf(await asked, question.endpoint.shown);
  };

  const embed: Embed = async (texts, given = {}) => {
    sender.check();
    const endpoint = given.endpoint === undefined ? base : endpointOf(given.endpoint, base);
    const model = await modelOf(endpoint, given.model);
    const keys = texts.map((text) => keyOfText(endpoint, model, text));
    const vectors = await Promise.all(keys.map(async (key) => cache.read(key, keptVector)));
    const found = vectors.map((vector) => (vector === undefined ? undefined : unpackVector(vector)));
    const missing = [...found.keys()].filter((i) => found[i] === undefined);
    kept += texts.length - missing.length;
    const url = endpoint.at("/embeddings");
    for (let start = 0; start < missing.length; start += EMBED_BATCH) {
      const batch = missing.slice(start, start + EMBED_BATCH);
      const input = batch.map((i) => texts[i] as string);
      const value = await send({ url, body: { model, input }, address: keys[batch[0] as number] as string });
      for (const [n, vector] of readVectors(value, batch.length, endpoint.shown).entries()) {
        const i = batch[n] as number;
        found[i] = vector;
        await cache.write(keys[i] as string, { model, input: texts[i] }, packVector(vector));
      }
    }
    return found as readonly Float32Array[];
  };

  return { complete, embed, used: () => ({ ...budget.used(), kept }) };
}

const sizeOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0;

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Servers of one's own mostly have one model: then it needs no naming. @throws E_DATA_ENDPOINT */
async function onlyModel(endpoint: Endpoint, get: (url: string) => Promise<unknown>): Promise<string> {
  const listed = modelList.safeParse(await get(endpoint.at("/models")));
  const names = (listed.data?.data ?? []).map(({ id }) => id);
  const [first] = names;
  if (first !== undefined && names.length === 1) return first;
  const has = names.length === 0 ? "does not say which it has" : `has ${names.slice(0, 10).join(", ")}`;
  return fail("E_DATA_ENDPOINT", {
    where: endpoint.shown,
    what: `no model is named, and the server ${has}.`,
    fix: "Name one with --api-model.",
  });
}
