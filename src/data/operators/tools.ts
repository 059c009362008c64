/** What operators may ask of the run they work in. Models come through these functions; operators know none. */

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface CompleteOptions {
  /** Name of the model at the endpoint; the run's own when absent. */
  readonly model?: string;
  /** Endpoint of the API, for example "http://localhost:8000/v1"; the run's own when absent. */
  readonly endpoint?: string;
  /** Sampling arguments as the API names them: temperature, max_tokens, seed. */
  readonly sampling?: Readonly<Record<string, unknown>>;
  /** Where the text is in the API's answer; "choices.0.message.content" when absent. */
  readonly responsePath?: string;
  /** Rows that ask the same share one answer, unless they tell themselves apart here. */
  readonly variant?: string;
}

/** Answers a conversation. @throws E_DATA_ENDPOINT; E_DATA_ROW when there is no whole answer to this one */
export type Complete = (messages: readonly ChatMessage[], options?: CompleteOptions) => Promise<string>;

/** One vector per text, all of one length. */
export type Embed = (
  texts: readonly string[],
  options?: Pick<CompleteOptions, "model" | "endpoint">,
) => Promise<readonly Float32Array[]>;

/** Mean negative log-likelihood per token (nats) of `text` after `prompt` ("" for none), and its number of tokens. */
export type Score = (
  items: readonly { readonly prompt: string; readonly text: string }[],
) => Promise<readonly { readonly nll: number; readonly tokens: number }[]>;

export interface OperatorTools {
  /** Of the run; draws are addressed by it and by the row's origin, never by order. */
  readonly seed: number;
  /** Finds a path that a recipe gives; relative ones start at the recipe's folder. @throws E_DATA_FILE */
  readonly resolve: (path: string) => string;
  /** Whether the person allowed code from the recipe to run (python_lambda_mapper, python_file_mapper). */
  readonly allowCode: boolean;
  readonly complete?: Complete;
  readonly embed?: Embed;
  readonly score?: Score;
}
