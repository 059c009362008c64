/**
 * Asks a model until its answer has the form that was asked for. What was wrong is said with the next try; after the
 * last one the row is bad.
 */
import { fail } from "../../../base/errors.ts";
import type { Sample } from "../sample.ts";
import type { ChatMessage, CompleteOptions, OperatorTools } from "../tools.ts";

/** What was read in an answer, or why nothing could be. */
export type Read<T> = { readonly value: T } | { readonly problem: string };

export const usable = <T>(value: T): Read<T> => ({ value });
export const unusable = (problem: string): Read<never> => ({ problem });

export interface AskOptions {
  /** Rows that ask the same want answers of their own. */
  readonly ownAnswer?: boolean;
  /** Over the operator's. */
  readonly sampling?: Readonly<Record<string, unknown>>;
}

export type Ask = <T>(
  sample: Sample,
  messages: readonly ChatMessage[],
  read: (answer: string) => Read<T>,
  options?: AskOptions,
) => Promise<T>;

/** Arguments that operators which ask have, by whatever name the model goes. */
export interface AskSettings {
  readonly api_model?: string | undefined;
  readonly api_or_hf_model?: string | undefined;
  readonly hf_model?: string | undefined;
  readonly api_endpoint?: string | undefined;
  readonly response_path?: string | undefined;
  readonly try_num: number;
  readonly model_params: Readonly<Record<string, unknown>>;
  readonly sampling_params: Readonly<Record<string, unknown>>;
}

export const system = (content: string): ChatMessage => ({ role: "system", content });
export const user = (content: string): ChatMessage => ({ role: "user", content });
export const assistant = (content: string): ChatMessage => ({ role: "assistant", content });

/** @throws E_DATA_ENDPOINT when the run has no endpoint; E_DATA_OPERATOR for arguments that cannot be followed */
export function askerOf(name: string, settings: AskSettings, { complete }: OperatorTools): Ask {
  const { try_num: tries } = settings;
  if (complete === undefined) {
    return fail("E_DATA_ENDPOINT", {
      where: name,
      what: "it asks a model, and no endpoint is named.",
      fix: "Give --api-endpoint, for example http://localhost:8000/v1, or set OPENAI_BASE_URL.",
    });
  }
  const options = completeOptions(name, settings);
  return async (sample, messages, read, { ownAnswer = false, sampling } = {}) => {
    const given = {
      ...options,
      ...(sampling === undefined ? {} : { sampling: { ...sampling, ...options.sampling } }),
    };
    let asked = messages;
    for (let tried = 1; ; tried++) {
      // The third try reads as the second when the same answer came twice, and wants another one all the same.
      const tell = [...(ownAnswer ? [sample.origin] : []), ...(tried > 2 ? [`try ${tried}`] : [])];
      const answer = await complete(asked, tell.length === 0 ? given : { ...given, variant: tell.join(", ") });
      const found = read(withoutThoughts(answer));
      if ("value" in found) return found.value;
      if (tried === tries) {
        const times = tries === 1 ? "" : ` after ${tries} tries`;
        fail("E_DATA_ROW", { where: sample.origin, what: `no usable answer${times}: ${found.problem}` });
      }
      asked = again(messages, answer, found.problem);
    }
  };
}

/** Models that think aloud do so first; servers that do not set it apart leave it in the text. */
export function withoutThoughts(answer: string): string {
  const end = answer.indexOf("</think>");
  const start = answer.indexOf("<think>");
  // Some templates put the opening mark into the question: then only the closing one is in the answer.
  const thinks = end >= 0 && (start < 0 || (start < end && answer.slice(0, start).trim() === ""));
  return thinks ? answer.slice(end + "</think>".length).trimStart() : answer;
}

/** The question with what was wrong of its last answer. Some APIs refuse messages that are empty. */
function again(messages: readonly ChatMessage[], answer: string, problem: string): readonly ChatMessage[] {
  const text = `That answer cannot be used: ${problem}. Answer again, in exactly the form that was asked for.`;
  if (answer.trim() !== "") return [...messages, assistant(answer), user(text)];
  const last = messages.at(-1) as ChatMessage;
  return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${text}` }];
}

function completeOptions(name: string, settings: AskSettings): CompleteOptions {
  const { api_endpoint: endpoint, response_path: responsePath, model_params: client, sampling_params } = settings;
  const model = settings.api_model ?? settings.api_or_hf_model ?? settings.hf_model;
  if (Object.hasOwn(client, "api_key")) {
    fail("E_DATA_OPERATOR", {
      where: `${name}.model_params`,
      what: "a key does not belong in a recipe.",
      fix: "Leave api_key out, and set OPENAI_API_KEY.",
    });
  }
  if (sampling_params["stream"] === true || (sampling_params["n"] ?? 1) !== 1) {
    fail("E_DATA_OPERATOR", {
      where: `${name}.sampling_params`,
      what: "answers come whole and one at a time.",
      fix: "Leave out stream and n.",
    });
  }
  const { base_url: base } = client;
  const address = endpoint ?? (typeof base === "string" ? base : undefined);
  return {
    sampling: sampling_params,
    ...(model === undefined ? {} : { model }),
    ...(address === undefined ? {} : { endpoint: address }),
    ...(responsePath === undefined ? {} : { responsePath }),
  };
}
