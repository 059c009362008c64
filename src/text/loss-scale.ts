/**
 * Which text of a conversation is trained, and how strongly.
 *
 * Follows ms-swift (swift/loss_scale): a specification is a base strategy and any number of further strategies,
 * joined by `+`; `react` alone means `default+react`. The base strategy chooses what is trained at all:
 *   default      all assistant turns
 *   last_round   the assistant text after the last user message or result
 *   all          everything
 * The further strategies split the trained text and multiply the weights of the pieces. A strategy is a table:
 * a key with two numbers is a literal marker, [weight of the marker, weight of the text up to the next marker];
 * a key with one number is a regular expression, [weight of the match]. A table with a literal marker ignores its
 * regular expressions. A query table gives the whole reply one weight when the user's text has the key in it.
 *
 * A message's own `loss` comes before the base strategy, its own `loss_scale` before the further strategies.
 * The end-of-turn token of a trained turn always has weight 1 (ms-swift: also when the last message of a row has
 * `loss: false`; here it then has 0).
 */
import { fail } from "../base/errors.ts";
import { inTime, isLinear } from "../base/in-time.ts";
import type { Part } from "./turns.ts";
import { didYouMean } from "../base/suggest.ts";

export type BaseStrategy = "default" | "last_round" | "all";

/** Marker or regular expression -> one or two weights. */
export type ScaleTable = Readonly<Record<string, readonly number[]>>;

export interface ScaleConfig {
  readonly response: ScaleTable;
  readonly query?: ScaleTable;
}

export interface WeightedText {
  readonly text: string;
  readonly weight: number;
}

export interface LossScale {
  readonly name: string;
  readonly base: BaseStrategy;
  /** Splits a trained text; the pieces, joined, are the text. */
  readonly split: (text: string, query: string) => WeightedText[];
}

const actions = {
  "Action:": [2, 2],
  "Action Input:": [2, 2],
  "Thought:": [1, 1],
  "Final Answer:": [1, 1],
  "Observation:": [2, 0],
} as const satisfies ScaleTable;

const shipped = {
  agentflan: {
    response: {
      "Name:": [1, 3],
      "Action:": [1, 3],
      "ACTION:": [1, 3],
      "Tool:": [1, 3],
      Command: [1, 3],
      "Arguments:": [1, 3],
      "action input": [1, 3],
      "ACTION_INPUT:": [1, 3],
      "Action Input:": [1, 3],
      "Thought:": [1, 1],
      "Final Answer:": [1, 1],
      "Observation:": [2, 0],
    },
    query: {
      "What is the tool you want to use": [3],
      "What are the required parameter names": [3],
      "What is the value of": [3],
      "What are the required parameter names for this tool": [3],
    },
  },
  alpha_umi: { response: { ...actions, "Next:": [2, 2] } },
  hermes: { response: { "<tool_call>.+?</tool_call>": [2] } },
  ignore_empty_think: {
    response: {
      "^<think>\\s*</think>\\s*": [0],
      "^<seed:think><seed:cot_budget_reflect>The current thinking budget is 0, so I will directly start answering the question.</seed:cot_budget_reflect>\\n</seed:think>\\s*":
        [0],
      "^</think>\\s*": [0],
      "^<\\|channel>thought\\n<channel\\|>": [0],
      "^</mm:think>\\s*": [0],
    },
  },
  ignore_think_prefix: { response: { "^<think>\\n?": [0] } },
  qwen: {
    response: { "✿FUNCTION✿:": [2, 2], "✿ARGS✿:": [2, 2], "✿RETURN✿:": [1, 1], "✿RESULT✿:": [2, 0] },
  },
  react: { response: actions },
} as const satisfies Record<string, ScaleConfig>;

const bases: readonly BaseStrategy[] = ["default", "last_round", "all"];
const known: readonly string[] = [...bases, ...Object.keys(shipped)];
const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export const lossScaleNames = known;

/**
 * Reads a specification such as `last_round+hermes+ignore_empty_think`. `custom` holds the tables of names that
 * are JSON files, read by the caller (load-loss-scale.ts). Throws E_TEXT_LOSS_SCALE.
 */
export function parseLossScale(specification: string, custom: ReadonlyMap<string, ScaleConfig> = new Map()): LossScale {
  const names = specification.split("+").map((name) => name.trim());
  const base = bases.find((name) => name === names[0]);
  const splitters = names.slice(base === undefined ? 0 : 1).map((name, i) => {
    const config =
      custom.get(name) ?? (Object.hasOwn(shipped, name) ? shipped[name as keyof typeof shipped] : undefined);
    if (config !== undefined) return splitter(config, name);
    const late = bases.includes(name as BaseStrategy);
    return fail("E_TEXT_LOSS_SCALE", {
      where: `loss_scale ${JSON.stringify(specification)}`,
      what: late
        ? `${name} is a base strategy and must come first, not at place ${i + 1}.`
        : `There is no strategy ${JSON.stringify(name)}.${didYouMean(name, known)}`,
      ...(!late && { fix: `Known are ${known.join(", ")}, or the path of a .json file.` }),
    });
  });
  return {
    name: specification,
    base: base ?? "default",
    split: (text, query) =>
      splitters.reduce<WeightedText[]>(
        (pieces, split) =>
          pieces.flatMap((piece) =>
            split(piece.text, query).map(({ text, weight }) => ({ text, weight: weight * piece.weight })),
          ),
        [{ text, weight: 1 }],
      ),
  };
}

/** Checks the shape of a custom table: `{key: [a] | [a, b]}`, or `{response: {...}, query: {...}}`. Throws E_TEXT_LOSS_SCALE. */
export function scaleConfig(value: unknown, where: string): ScaleConfig {
  const table = (entry: unknown, name: string): ScaleTable => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
      return fail("E_TEXT_LOSS_SCALE", { where, what: `${name} must be an object of marker -> weights.` });
    }
    for (const [key, weights] of Object.entries(entry)) {
      const fine =
        Array.isArray(weights) &&
        (weights.length === 1 || weights.length === 2) &&
        weights.every((w: unknown) => typeof w === "number" && Number.isFinite(w) && w >= 0);
      if (!fine || key === "") {
        fail("E_TEXT_LOSS_SCALE", {
          where,
          what: `${JSON.stringify(key)} must have one weight (a regular expression) or two (a marker), none negative.`,
        });
      }
      if (weights.length === 1) expression([key], where);
    }
    return entry as ScaleTable;
  };
  const outer = asObject(value);
  if (outer !== undefined && "response" in outer && !Array.isArray(outer["response"])) {
    const query = outer["query"];
    return {
      response: table(outer["response"], "response"),
      ...(query !== undefined && { query: table(query, "query") }),
    };
  }
  return { response: table(value, "the file") };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** The weights of one part of an assistant turn, in order; a part that is not trained is one piece of weight 0. */
export function partWeights(scale: LossScale, part: Part, text: string, query: string): WeightedText[] {
  if (!isTrained(scale, part)) return [{ text, weight: 0 }];
  return part.lossScale === undefined ? scale.split(text, query) : [{ text, weight: part.lossScale }];
}

export function isTrained(scale: LossScale, part: Part): boolean {
  if (part.loss !== undefined) return part.loss;
  if (scale.base === "all") return true;
  return part.generated && (scale.base === "default" || part.lastRound);
}

/** For the regular expressions of a file on one part of a reply. */
const LIMIT_MS = 5000;

function expression(keys: readonly string[], where: string): RegExp {
  const source = keys.map((key) => `(?:${key})`).join("|");
  let cause: unknown;
  // Strict Unicode mode refuses harmless escapes that Python takes, such as "\\-".
  for (const flags of ["gsu", "gs"]) {
    try {
      return new RegExp(source, flags);
    } catch (error) {
      cause = error;
    }
  }
  return fail("E_TEXT_LOSS_SCALE", { where, what: `${keys.join(" | ")} is not a regular expression.`, cause });
}

function splitter({ response, query: queries }: ScaleConfig, name: string): LossScale["split"] {
  const table = new Map(Object.entries(response));
  const markers = [...table].filter(([, weights]) => weights.length === 2).map(([key]) => key);
  const byMarker = markers.length > 0;
  const matchers = byMarker
    ? [{ regex: expression(markers.map(escape), name), weight: undefined }]
    : [...table].map(([key, weights]) => ({ regex: expression([key], name), weight: weights[0] ?? 1 }));
  const split = (text: string): WeightedText[] => {
    const pieces: WeightedText[] = [];
    let position = 0;
    let after = 1;
    for (;;) {
      const next = nearest(matchers, text, position);
      const until = next?.at ?? text.length;
      if (until > position) pieces.push({ text: text.slice(position, until), weight: after });
      if (next === undefined) break;
      const pair = byMarker ? table.get(next.text) : undefined;
      pieces.push({ text: next.text, weight: pair?.[0] ?? next.weight ?? 1 });
      after = pair?.[1] ?? 1;
      position = until + next.text.length;
    }
    return pieces.length > 0 ? pieces : [{ text, weight: 1 }];
  };
  const doubtful = byMarker ? [] : [...table.keys()].filter((key) => !isLinear(key));
  const tooLong = (): never =>
    fail("E_TEXT_LOSS_SCALE", {
      where: name,
      what: `${doubtful.join(" | ")} takes longer than ${LIMIT_MS / 1000} seconds on one text.`,
      fix: "Write the regular expression so that it has no repetition within a repetition.",
    });
  return (text, query) => {
    for (const [key, weights] of Object.entries(queries ?? {})) {
      if (query.includes(key)) return [{ text, weight: weights[0] ?? 1 }];
    }
    return doubtful.length === 0 ? split(text) : inTime(() => split(text), LIMIT_MS, tooLong);
  };
}

interface Match {
  readonly at: number;
  readonly text: string;
  readonly weight: number | undefined;
}

/** The leftmost non-empty match; of several at one place the first of the table, as alternation in a regex chooses. */
function nearest(
  matchers: readonly { readonly regex: RegExp; readonly weight: number | undefined }[],
  text: string,
  from: number,
): Match | undefined {
  let best: Match | undefined;
  for (const { regex, weight } of matchers) {
    regex.lastIndex = from;
    for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
      if (match[0] === "") {
        regex.lastIndex = match.index + 1;
        continue;
      }
      if (best === undefined || match.index < best.at) best = { at: match.index, text: match[0], weight };
      break;
    }
  }
  return best;
}
