/** The model behind an API that operators of a recipe ask, when any does. */
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "../../base/errors.ts";
import { operators } from "../../data/operators/index.ts";
import { endpointOf } from "../../data/services/endpoint.ts";
import { createModelServices, type ModelServices, type ServiceUse } from "../../data/services/model-services.ts";
import type { DataProcessArgs } from "../../recipes/data-process.ts";

export interface OpenServicesOptions {
  /** Of the run: what was asked is counted there. */
  readonly workFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Undefined when no operator asks. @throws E_DATA_ENDPOINT when one does and there is no endpoint */
export function openServices(
  args: DataProcessArgs,
  { workFolder, environment, onNote, signal }: OpenServicesOptions,
): ModelServices | undefined {
  const asking = args.process.find(({ name }) => operators.get(name)?.remote === true);
  if (asking === undefined) return undefined;
  const endpoint = args.api_endpoint ?? environment["OPENAI_BASE_URL"];
  if (endpoint === undefined || endpoint === "") {
    return fail("E_DATA_ENDPOINT", {
      where: asking.name,
      what: "it asks a model, and no endpoint is named.",
      fix: "Give --api-endpoint, for example http://localhost:8000/v1, or set OPENAI_BASE_URL.",
    });
  }
  const { export_path: path } = args;
  return createModelServices({
    endpoint,
    concurrency: args.api_concurrency,
    timeout: args.api_timeout,
    cache: resolve(args.api_cache ?? join(dirname(path), `.${basename(path)}.answers`)),
    ledger: join(workFolder, "asked"),
    seed: args.seed,
    onNote,
    model: args.api_model,
    key: keyFor(endpoint, environment, onNote),
    maxRequests: args.api_max_requests,
    maxTokens: args.api_max_tokens,
    signal,
  });
}

/** A recipe may name any endpoint: it gets no key that is known to be of another one. */
function keyFor(
  endpoint: string,
  { OPENAI_API_KEY: key, OPENAI_BASE_URL: home }: OpenServicesOptions["environment"],
  onNote: OpenServicesOptions["onNote"],
): string | undefined {
  if (key === undefined || key === "" || home === undefined || home === "") return key;
  const { origin, shown } = endpointOf(endpoint);
  if (origin === endpointOf(home).origin) return key;
  onNote(`OPENAI_API_KEY belongs to OPENAI_BASE_URL and is not sent to ${shown}.`);
  return undefined;
}

/** What was asked, in a line. */
export function useText({ requests, tokens, kept }: ServiceUse): string {
  const again = kept === 0 ? "" : `; ${kept} answers were there already`;
  return `asked ${requests} times, about ${tokens} tokens${again}`;
}
