/** Rows with the same values as a batch. Data-Juicer: key_value_grouper. */
import * as z from "zod";
import { isObject } from "../../shapes/shape.ts";
import { arg } from "../args.ts";
import { defineGrouper } from "../operator.ts";
import type { Sample } from "../sample.ts";
import { mergeRows } from "./columns.ts";

const STATS = "__dj__stats__.";

export const keyValueGrouper = defineGrouper({
  name: "key_value_grouper",
  summary: "Makes one row of all rows that have the same values under some keys; its columns are lists.",
  args: {
    group_by_keys: arg(
      z.array(z.string().min(1)).nullable().default(null),
      "Keys whose values are compared, such as meta.source, tags.0 or __dj__stats__.text_len; the text when absent.",
    ),
  },
  create: (args) => {
    const given = args.group_by_keys ?? [];
    const keys = given.length > 0 ? given : [args.text_key];
    return {
      key: (sample) => JSON.stringify(keys.map((key) => sorted(valueAt(sample, key)) ?? null)),
      merge: mergeRows,
    };
  },
});

/** The value under a key; numbers in it are places of lists. */
function valueAt(sample: Sample, key: string): unknown {
  const plain = sample.field(key);
  if (plain !== undefined) return plain;
  if (key.startsWith(STATS)) return sample.stats[key.slice(STATS.length)];
  let value: unknown = sample.row;
  for (const part of key.split(".")) {
    if (Array.isArray(value) && /^\d+$/.test(part)) value = value[Number(part)];
    else if (isObject(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

/** Objects with their keys in order, since the order in a file says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === "bigint") return String(value);
  if (!isObject(value) || value instanceof Date) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
