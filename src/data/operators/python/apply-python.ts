/** Mappers whose function the recipe brings: whether it may run, and what its answers are as rows. */
import { fail } from "../../../base/errors.ts";
import type { RawObject } from "../../shapes/shape.ts";
import type { Mapper } from "../operator.ts";
import type { OperatorTools } from "../tools.ts";
import { createPythonFunction, type PythonFunction, type PythonSource } from "./python-process.ts";

export interface PythonMapper {
  readonly where: string;
  readonly batched: boolean;
}

/** @throws E_DATA_OPERATOR when code may not run */
export function createPythonMapper(source: PythonSource, mapper: PythonMapper, tools: OperatorTools): Mapper {
  const { where, batched } = mapper;
  if (!tools.allowCode) {
    fail("E_DATA_OPERATOR", {
      where,
      what: "the recipe wants to run Python code of its own, which is not allowed.",
      fix: "Read the code; if you trust it, allow it with --allow-code.",
    });
  }
  const code = createPythonFunction(source, { where });
  return batched ? mapBatches(code) : async ({ row, origin }) => ({ ...row, ...(await code.call(row, origin)) });
}

/** Batches of one row: a dictionary of lists in, a dictionary of lists out. */
function mapBatches(code: PythonFunction): Mapper {
  return async ({ row, origin }) => {
    const batch = Object.fromEntries(Object.entries(row).map(([key, value]) => [key, [value]]));
    const result: RawObject = { ...batch, ...(await code.call(batch, origin)) };
    const columns = Object.entries(result);
    const lists = columns.filter((column): column is [string, readonly unknown[]] => Array.isArray(column[1]));
    const lengths = new Set(lists.map(([, list]) => list.length));
    if (lists.length < columns.length || lengths.size > 1) {
      fail("E_DATA_ROW", {
        where: origin,
        what: "the code gave a batch whose columns are no lists of one length.",
        fix: "Return a list for each column, as many values in each.",
      });
    }
    const [length = 0] = lengths;
    return Array.from({ length }, (_, i) => Object.fromEntries(lists.map(([key, list]) => [key, list[i]])));
  };
}

/** Said of both operators. */
export const pythonDiffers =
  "Code runs only where it is allowed, by python3 in a process of its own; with batched, batches hold one row.";
