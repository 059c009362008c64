/** What filters on fields share: the value of a field that must be there. */
import { fail } from "../../../base/errors.ts";
import { columnsOf } from "../../shapes/shape.ts";
import type { Sample } from "../sample.ts";

/** @throws E_DATA_ROW when the row has no such field */
export function fieldValue(sample: Sample, key: string): unknown {
  const value = sample.field(key);
  if (value !== undefined) return value;
  return fail("E_DATA_ROW", {
    where: `${sample.origin}: ${key}`,
    what: `there is no field ${key} in the columns ${columnsOf(sample.row)}.`,
    fix: "Correct the row, or name another field.",
  });
}
