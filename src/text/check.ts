/**
 * Checks before step 1: the silent mistakes that cost users whole runs. They return problems and throw nothing
 * of their own; the caller decides whether to start.
 */
import { isTunesmithError } from "../base/errors.ts";
import { encodePrompt, isPlain, tokenizeConversation, type EncodedSample, type EncodeSampleOptions } from "./encode.ts";
import { IGNORE, type Conversation, type Message } from "./message.ts";

export interface Problem {
  readonly code: "nothing-trained" | "stop-never-trained" | "no-stop-token" | "template-drift";
  readonly message: string;
}

/** Checks one encoded row (before cutting); use {@link createSamplesCheck} over several. */
export function checkSample(
  conversation: Conversation,
  sample: EncodedSample,
  options: EncodeSampleOptions,
): Problem[] {
  const problems: Problem[] = [];
  if (!sample.labels.some((label) => label !== IGNORE)) {
    problems.push({ code: "nothing-trained", message: "No token of this sample is trained: it would only cost time." });
  } else if (stopIds(conversation, options).length > 0 && !trainsStop(conversation, sample, options)) {
    problems.push({
      code: "stop-never-trained",
      message: `The token that ends a turn (${stopNames(conversation, options)}) is not trained: the model would not learn to stop.`,
    });
  }
  return [...problems, ...checkDrift(conversation, options)];
}

/** What no single sample shows: whether any sample trains the stop token, and the template on probes. */
export interface SamplesCheck {
  /** `origin` is the row: "train.jsonl:12". */
  readonly add: (conversation: Conversation, sample: EncodedSample, origin: string) => void;
  /** Of all that was added, at most one of a kind. */
  readonly problems: () => Problem[];
}

/** Samples are looked at one by one, and none is kept. */
export function createSamplesCheck(options: EncodeSampleOptions): SamplesCheck {
  let [untrained, withStop, taught] = [0, 0, false];
  let [first, names] = ["", ""];
  return {
    add: (conversation, sample, origin) => {
      if (!sample.labels.some((label) => label !== IGNORE) && ++untrained === 1) first = origin;
      if (stopIds(conversation, options).length === 0) return;
      if (++withStop === 1) names = stopNames(conversation, options);
      taught ||= trainsStop(conversation, sample, options);
    },
    problems: () => {
      const problems = checkTemplate(options);
      if (untrained > 0) {
        const more = untrained === 1 ? "" : ` and of ${untrained - 1} more`;
        problems.push({ code: "nothing-trained", message: `No token of ${first}${more} is trained.` });
      }
      if (withStop > 0 && !taught) {
        problems.push({
          code: "stop-never-trained",
          message: `In none of ${withStop} samples the token that ends a turn (${names}) is trained: the model would not learn to stop.`,
        });
      }
      return problems;
    },
  };
}

const probes: readonly (readonly Message[])[] = [
  [
    { role: "user", content: "What is two plus two?" },
    { role: "assistant", content: "Four." },
  ],
  [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Hi, how can I help?" },
    { role: "user", content: "Name a colour." },
    { role: "assistant", content: "Blue." },
  ],
];

/** Checks the template alone, on two small conversations. */
export function checkTemplate(options: EncodeSampleOptions): Problem[] {
  const { template } = options;
  if (options.useChatTemplate === false || template === undefined) return [];
  const problems: Problem[] = [];
  if (template.stop.text === "") {
    problems.push({
      code: "no-stop-token",
      message: "The chat template writes nothing after an assistant's text, so nothing can teach the model to stop.",
    });
  }
  for (const messages of probes) {
    const found = checkDrift({ messages }, options);
    if (found.length > 0) return [...problems, ...found];
  }
  return problems;
}

/** Compares, for every assistant turn, the ids before it in training with the prompt ids of inference. */
export function checkDrift(conversation: Conversation, options: EncodeSampleOptions): Problem[] {
  if (isPlain(conversation, options)) return [];
  const { tokenizer } = options;
  const { ids, starts } = tokenizeConversation(conversation, options);
  const ends = promptEnds(conversation.messages, options);
  for (const [turn, end] of ends.entries()) {
    const start = starts[turn];
    if (start === undefined) break;
    if (end === 0) continue;
    let prompt: readonly number[];
    try {
      prompt = encodePrompt({ ...conversation, messages: conversation.messages.slice(0, end) }, options);
    } catch (error) {
      if (!isTunesmithError(error, "E_TEXT_TEMPLATE_RENDER")) throw error;
      continue;
    }
    const seen = ids.slice(0, start);
    if (seen.length === prompt.length && seen.every((id, i) => id === prompt[i])) continue;
    const at = seen.findIndex((id, i) => id !== prompt[i]);
    const from = Math.max(0, (at < 0 ? Math.min(seen.length, prompt.length) : at) - 4);
    const show = (list: readonly number[]) =>
      JSON.stringify(tokenizer.decode(list.slice(from, from + 16), { skipSpecialTokens: false }));
    return [
      {
        code: "template-drift",
        message: `Before assistant turn ${turn + 1} training reads ${show(seen)}, inference ${show(prompt)}: the model is asked in another way than it is taught.`,
      },
    ];
  }
  return [];
}

/** For each stretch the model writes, how many messages come before it. */
function promptEnds(messages: readonly Message[], { agent }: EncodeSampleOptions): number[] {
  const writes = (m: Message | undefined) => m?.role === "assistant" || m?.role === "tool_call";
  const native = agent === undefined;
  const ends: number[] = [];
  messages.forEach((message, i) => {
    const before = messages[i - 1];
    // Without an agent template, calls cannot be followed by more text of the same turn.
    const fresh = !writes(before) || (native && before?.role === "tool_call" && message.role === "assistant");
    if (writes(message) && fresh) ends.push(i);
  });
  return ends;
}

function stopIds(conversation: Conversation, options: EncodeSampleOptions): readonly number[] {
  const { tokenizer, template } = options;
  if (isPlain(conversation, options)) return tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
  if (template === undefined || template.stop.text === "") return [];
  const text = tokenizer.encode(template.stop.text.trim());
  return text.slice(-1);
}

function stopNames(conversation: Conversation, options: EncodeSampleOptions): string {
  const { tokenizer } = options;
  return stopIds(conversation, options)
    .map((id) => tokenizer.idToToken(id) ?? String(id))
    .join(", ");
}

function trainsStop(conversation: Conversation, sample: EncodedSample, options: EncodeSampleOptions): boolean {
  const { tokenizer, template } = options;
  const alternatives = isPlain(conversation, options)
    ? []
    : (template?.otherStops ?? []).flatMap((text) => tokenizer.tokenToId(text) ?? []);
  const stops = new Set([...stopIds(conversation, options), ...alternatives]);
  return sample.labels.some((label) => label !== IGNORE && stops.has(label));
}
