/** Arguments that operators share, and how a range of a filter is written. Names and defaults are Data-Juicer's. */
import * as z from "zod";
import type { Stats } from "./operator.ts";

/** Gives an argument its text; help, docs/operators.md and messages read it back. */
export function arg<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  return schema.meta({ description }) as Schema;
}

const key = (column: string, what: string) => arg(z.string().min(1).default(column), `Column of ${what}.`);

export const baseArgs = {
  text_key: key("text", "the text; `a.b` is column b inside of a"),
  image_key: key("images", "the list of images"),
  audio_key: key("audios", "the list of audios"),
  video_key: key("videos", "the list of videos"),
  query_key: key("query", "the query"),
  response_key: key("response", "the response"),
  history_key: key("history", "earlier pairs of query and response"),
} as const;

const flag = (fallback: boolean, description: string) => arg(z.boolean().default(fallback), description);

export const filterArgs = {
  min_closed_interval: flag(true, "Whether the lower bound itself is inside."),
  max_closed_interval: flag(true, "Whether the upper bound itself is inside."),
  reversed_range: flag(false, "Keeps what is outside of the range; bounds change sides with it."),
} as const;

/** `min_<name>` and `max_<name>`: bounds of a statistic. A bound that is not given does not bind. */
export function rangeArgs<Name extends string>(
  name: Name,
  what: string,
  { min, max, integer = false }: { readonly min?: number; readonly max?: number; readonly integer?: boolean } = {},
) {
  const bound = (side: string, value: number | undefined) => {
    const number = integer ? z.number().int() : z.number();
    return arg(
      value === undefined ? number.optional() : number.default(value),
      `${side} ${what} of a row that is kept.`,
    );
  };
  return { [`min_${name}`]: bound("Least", min), [`max_${name}`]: bound("Greatest", max) } as {
    readonly [K in `min_${Name}` | `max_${Name}`]: z.ZodDefault<z.ZodNumber>;
  };
}

interface RangeArgs {
  readonly min_closed_interval: boolean;
  readonly max_closed_interval: boolean;
  readonly reversed_range: boolean;
}

/** Whether a number is in `[min_<name>, max_<name>]` of the arguments (Filter.get_keep_boolean of Data-Juicer). */
export function rangeTest(args: RangeArgs, name: string): (value: number) => boolean {
  const { [`min_${name}`]: min = Number.NEGATIVE_INFINITY, [`max_${name}`]: max = Number.POSITIVE_INFINITY } =
    args as unknown as Readonly<Record<string, number | undefined>>;
  const reversed = args.reversed_range;
  // Reversing turns closed ends into open ones, so that a row on the bound stays on the side it was.
  const minClosed = args.min_closed_interval !== reversed;
  const maxClosed = args.max_closed_interval !== reversed;
  return (value) => {
    const above = minClosed ? value >= min : value > min;
    const below = maxClosed ? value <= max : value < max;
    return (above && below) !== reversed;
  };
}

/** The decision of a filter with one statistic and one range. */
export function keepInRange(args: RangeArgs, name: string, stat: string): (stats: Stats) => boolean {
  const inside = rangeTest(args, name);
  return (stats) => inside(stats[stat] as number);
}

export const langArg = arg(z.string().default("en"), "Language of the texts.");
