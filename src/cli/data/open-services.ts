/** The model behind an API that operators of a recipe ask, when any does. */
import { resolve } from "node:path";
import { fail } from "../../base/errors.ts";
import { createTools, type ToolsPlan } from "../../data/engine/create-tools.ts";
import type { Step } from "../../data/engine/steps.ts";
import { operators } from "../../data/operators/index.ts";
import { endpointOf } from "../../data/services/endpoint.ts";
import { createModelServices, type ModelServices, type ServiceUse } from "../../data/services/model-services.ts";
import type { DataProcessArgs } from "../../recipes/data-process.ts";

export interface OpenServicesOptions {
  /** File in which is counted what was asked. */
  readonly ledger: string;
  /** Folder of answers, unless `api_cache` names one. */
  readonly cache: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal | undefined;
}

type AskingArgs = Pick<
  DataProcessArgs,
  | "seed"
  | "api_endpoint"
  | "api_endpoint_of_file"
  | "api_model"
  | "api_concurrency"
  | "api_timeout"
  | "api_max_requests"
  | "api_max_tokens"
  | "api_cache"
> & { readonly process: readonly Step[] };

/** Undefined when no operator asks. @throws E_DATA_ENDPOINT when one does and there is no endpoint */
export function openServices(
  args: AskingArgs,
  { ledger, cache, environment, onNote, signal }: OpenServicesOptions,
): ModelServices | undefined {
  const asking = args.process.find(({ name }) => operators.get(name)?.asks === true);
  if (asking === undefined) return undefined;
  const endpoint = args.api_endpoint ?? environment["OPENAI_BASE_URL"];
  if (endpoint === undefined || endpoint === "") {
    return fail("E_DATA_ENDPOINT", {
      where: asking.name,
      what: "it asks a model, and no endpoint is named.",
      fix: "Give --api-endpoint, for example http://localhost:8000/v1, or set OPENAI_BASE_URL.",
    });
  }
  return createModelServices({
    endpoint,
    concurrency: args.api_concurrency,
    timeout: args.api_timeout,
    cache: resolve(args.api_cache ?? cache),
    ledger,
    seed: args.seed,
    onNote,
    model: args.api_model,
    key: keyFor(endpoint, {
      named: args.api_endpoint !== undefined && !args.api_endpoint_of_file,
      environment,
      onNote,
    }),
    maxRequests: args.api_max_requests,
    maxTokens: args.api_max_tokens,
    signal,
  });
}

interface KeyOptions extends Pick<OpenServicesOptions, "environment" | "onNote"> {
  /** Whether the person named the endpoint, and not a file. */
  readonly named: boolean;
}

/** Whose a key is when nothing else is said: the name of the variable says it. */
const OPENAI = "https://api.openai.com/v1";

/** A recipe may name any endpoint: it gets no key that was not given for that one. */
function keyFor(endpoint: string, { named, environment, onNote }: KeyOptions): string | undefined {
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: home = "" } = environment;
  if (key === undefined || key === "" || (home === "" && named)) return key;
  const { origin, shown } = endpointOf(endpoint);
  if (origin === endpointOf(home === "" ? OPENAI : home).origin) return key;
  onNote(
    home === ""
      ? `OPENAI_API_KEY is not sent to ${shown}, which the recipe names. If the key is for it, give --api-endpoint.`
      : `OPENAI_API_KEY belongs to OPENAI_BASE_URL and is not sent to ${shown}.`,
  );
  return undefined;
}

/** Wrong prompts and patterns are found before the first row is read, not when it comes to be asked about. */
export async function tryAskers(steps: readonly Step[], plan: ToolsPlan, services: ModelServices): Promise<void> {
  for (const { name, args } of steps) {
    const operator = operators.get(name);
    if (operator?.remote === true) await operator.create(args, { ...createTools(plan), ...services });
  }
}

/** What was asked, in a line. */
export function useText({ requests, tokens, kept }: ServiceUse): string {
  const again = kept === 0 ? "" : `; ${kept} answers were there already`;
  return `asked ${requests} times, about ${tokens} tokens${again}`;
}
