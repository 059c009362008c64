/** Rows as one row of lists, one list for each column, and back. */
import { fail } from "../../../base/errors.ts";
import { show, type RawObject } from "../../shapes/shape.ts";

/** Each column a list, as long as there are rows; null where a row lacks the column. */
export function mergeRows(rows: readonly RawObject[]): RawObject {
  const columns = new Map<string, unknown[]>();
  for (const [i, row] of rows.entries()) {
    for (const [key, value] of Object.entries(row)) {
      let list = columns.get(key);
      if (list === undefined) {
        list = Array.from({ length: rows.length }, () => null);
        columns.set(key, list);
      }
      list[i] = value;
    }
  }
  return Object.fromEntries(columns);
}

/** The rows of such a row. @throws E_DATA_ROW when its columns are no lists of one length */
export function splitColumns(batch: RawObject, origin: string): readonly RawObject[] {
  const columns = Object.entries(batch);
  let length: number | undefined;
  for (const [key, list] of columns) {
    if (!Array.isArray(list)) return badColumn(origin, `${key} is ${show(list)}, wants a list`);
    length ??= list.length;
    if (list.length !== length) {
      return badColumn(origin, `${key} has ${list.length} values, but the first column has ${length}`);
    }
  }
  return Array.from({ length: length ?? 0 }, (_, i) =>
    Object.fromEntries(columns.map(([key, list]) => [key, (list as readonly unknown[])[i]])),
  );
}

const badColumn = (where: string, problem: string): never =>
  fail("E_DATA_ROW", {
    where,
    what: `${problem}.`,
    fix: "Rows are split that a grouper made: all of their columns are lists of one length.",
  });
