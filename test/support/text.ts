/** Tokenizers and conversations for the tests of text/. */
import { readFileSync } from "node:fs";
import { createTokenizer, type TextFile, type Tokenizer } from "../../src/text/tokenizer.ts";
import type { PreparedConversation, TemplateMessage } from "../../src/text/turns.ts";

export function jsonFile(name: string, value: unknown): TextFile {
  return { name, bytes: new TextEncoder().encode(JSON.stringify(value)) };
}

/** The shipped tokenizer with further special tokens, so that templates of other models have theirs. */
export function tokenizerWith(specials: readonly string[], config: Readonly<Record<string, unknown>> = {}): Tokenizer {
  const base = JSON.parse(readFileSync("assets/stories260k/tokenizer.json", "utf8")) as { added_tokens: unknown[] };
  const settings = JSON.parse(readFileSync("assets/stories260k/tokenizer_config.json", "utf8")) as object;
  const more = specials.map((content, i) => ({ id: 512 + i, content, special: true, normalized: false }));
  return createTokenizer(
    [
      jsonFile("tokenizer.json", { ...base, added_tokens: [...base.added_tokens, ...more] }),
      jsonFile("tokenizer_config.json", { ...settings, ...config }),
    ],
    "test",
  );
}

export interface GoldenRow {
  readonly sha256: string;
  readonly prompt_sha256: string | null;
  readonly starts: readonly (number | null)[];
  readonly spans?: readonly (readonly [number, number])[];
  readonly text?: string;
}

export interface GoldenTemplate {
  readonly name: string;
  readonly rows: Readonly<Record<string, GoldenRow | null>>;
}

export interface GoldenConversation {
  readonly messages: readonly TemplateMessage[];
  readonly tools?: readonly unknown[];
}

export interface GoldenTemplates {
  readonly conversations: Readonly<Record<string, GoldenConversation>>;
  readonly fixtures: readonly GoldenTemplate[];
  readonly others: readonly GoldenTemplate[];
}

export const goldenTemplates = JSON.parse(
  readFileSync("test/golden/text/chat-templates.json", "utf8"),
) as GoldenTemplates;

/** The date that the golden renders were made with. */
export const goldenKwargs = { date_string: "26 Jul 2024" } as const;

/** A conversation that is already in the form of chat templates, every assistant message a turn of one part. */
export function asPrepared({ messages, tools }: GoldenConversation): PreparedConversation {
  const turns = messages.flatMap((message, i) =>
    message.role === "assistant"
      ? [
          {
            message: i,
            row: i,
            query: "",
            native: message.tool_calls !== undefined,
            parts: [
              { text: message.content ?? "", generated: true, loss: undefined, lossScale: undefined, lastRound: true },
            ],
          },
        ]
      : [],
  );
  return { messages, turns, tools: tools ?? null, kwargs: goldenKwargs };
}
