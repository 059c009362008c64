/** Rows with one of some values. Data-Juicer: tags_specified_field_selector. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineSelector } from "../operator.ts";
import { allRows, checkField, fieldArg, readPlainField } from "./field.ts";

const NAME = "tags_specified_field_selector";

export const tagsSpecifiedFieldSelector = defineSelector({
  name: NAME,
  summary: "Keeps rows whose field is one of the given values.",
  args: {
    field_key: fieldArg,
    target_tags: arg(
      z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])),
      "Values of the field that stay; upper and lower case are different.",
    ),
  },
  create: (args) => {
    const wanted: ReadonlySet<unknown> = new Set(args.target_tags);
    return {
      key: (sample) => (args.field_key === "" ? null : readPlainField(sample, args.field_key)),
      select: (keys) => {
        if (keys.length <= 1 || args.field_key === "") return allRows(keys);
        checkField(NAME, args.field_key, keys);
        return allRows(keys).filter((row) => wanted.has(keys[row] ?? null));
      },
    };
  },
});
