/** Rows with the greatest values. Data-Juicer: topk_specified_field_selector. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { defineSelector } from "../operator.ts";
import { allRows, checkField, countArg, countOf, fieldArg, ratioArg, readField, readPlainField } from "./field.ts";
import { BEYOND, ascending, descending, numberOf, numbersOr, orderByText } from "./order.ts";

const NAME = "topk_specified_field_selector";

export const topkSpecifiedFieldSelector = defineSelector({
  name: NAME,
  summary: "Keeps rows with the greatest (or least) values of a field, in that order.",
  args: {
    field_key: fieldArg,
    top_ratio: ratioArg("Share of the rows that stay; with topk the less of both."),
    topk: countArg("Number of rows that stay; with top_ratio the less of both."),
    reverse: arg(z.boolean().default(true), "Whether the greatest values stay, or the least."),
  },
  create: (args) => {
    // Data-Juicer reads values inside of others as numbers, and compares those of plain columns as they are.
    const inner = args.field_key.includes(".");
    return {
      key: (sample) => {
        if (args.field_key === "") return null;
        if (inner) return numberOf(readField(sample, args.field_key)) ?? null;
        const value = readPlainField(sample, args.field_key);
        if (typeof value === "string") return value;
        return numberOf(value) ?? failValue(sample.origin, args.field_key);
      },
      select: (keys) => {
        const taken = countOf(keys.length, args.top_ratio, args.topk);
        if (keys.length <= 1 || args.field_key === "" || taken === undefined) return allRows(keys);
        const worst = args.reverse ? -BEYOND : BEYOND;
        if (inner) {
          checkField(NAME, args.field_key, keys.some((key) => key !== null && key !== undefined) ? keys : []);
        }
        const texts = keys.some((key) => typeof key === "string") ? allTexts(keys, args.field_key) : undefined;
        if (texts !== undefined) return orderByText(texts, args.reverse).slice(0, taken);
        const values = numbersOr(worst, keys);
        const ordered = args.reverse ? descending(allRows(keys), values) : ascending(allRows(keys), values);
        return ordered.slice(0, taken);
      },
    };
  },
});

const failValue = (origin: string, key: string): never =>
  fail("E_DATA_ROW", {
    where: origin,
    what: `there is no value under ${key} to compare.`,
    fix: "Correct the row, or name another field.",
  });

function allTexts(keys: readonly unknown[], field: string): readonly string[] {
  if (!keys.every((key) => typeof key === "string")) {
    fail("E_DATA_SELECTION", {
      where: NAME,
      what: `${field} is a text in some rows and a number in others, which cannot be compared.`,
    });
  }
  return keys;
}
