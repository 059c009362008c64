/** Rows that other rows are compared with: written in the recipe as Data-Juicer's `valid_dataset`, or in a file. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { isObject } from "../../shapes/shape.ts";
import { readSource } from "../../source.ts";
import { arg } from "../args.ts";
import { createSample, type Sample } from "../sample.ts";
import type { OperatorTools } from "../tools.ts";

export const validDatasetArg = arg(
  z.union([z.array(z.record(z.string(), z.unknown())), z.string().min(1)]).nullish(),
  "Rows to compare with: a list of rows, or a file of them.",
);

/** More than this are a dataset, not an example. */
const MOST = 10_000;

/** At most `take` rows, all when undefined. @throws E_DATA_OPERATOR, E_DATA_FILE */
export async function readValidRows(
  operator: string,
  given: z.output<typeof validDatasetArg>,
  tools: OperatorTools,
  take = MOST,
): Promise<readonly Sample[]> {
  const where = `${operator}.valid_dataset`;
  const samples: Sample[] = [];
  if (typeof given === "string") {
    for await (const { file, line, value, error } of readSource(tools.resolve(given))) {
      if (samples.length === take) break;
      const origin = `${file}:${line}`;
      if (!isObject(value)) fail("E_DATA_OPERATOR", { where: origin, what: `${error ?? "the row is no object"}.` });
      samples.push(createSample(value, origin));
      if (samples.length > MOST) break;
    }
  } else samples.push(...(given ?? []).slice(0, take).map((row, i) => createSample(row, `${where}[${i}]`)));
  if (samples.length === 0) {
    fail("E_DATA_OPERATOR", {
      where,
      what: "there are no rows to compare with.",
      fix: "Give some of the task's own rows, as a list or as the path of a file.",
    });
  }
  if (samples.length > MOST) {
    fail("E_DATA_OPERATOR", { where, what: `there are more than ${MOST} rows.`, fix: "Give fewer, or n_shot." });
  }
  return samples;
}
