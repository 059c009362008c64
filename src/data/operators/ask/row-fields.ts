/** What operators that ask read from rows and write into them: columns of text, and tags in `__dj__meta__`. */
import { fail } from "../../../base/errors.ts";
import { isObject, show, type RawObject } from "../../shapes/shape.ts";
import { withField, type Sample } from "../sample.ts";

const META = "__dj__meta__";

/** A column that must hold a text. @throws E_DATA_ROW */
export function textField(sample: Sample, key: string): string {
  const value = sample.field(key);
  return typeof value === "string" ? value : failColumn(sample, key, value);
}

const failColumn = (sample: Sample, key: string, value: unknown): never =>
  fail("E_DATA_ROW", { where: sample.origin, what: `${key} is ${show(value)}, wants a text` });

export function metaOf({ row }: Sample): RawObject {
  const meta = row[META];
  return isObject(meta) ? meta : {};
}

export const hasMeta = (sample: Sample, keys: readonly string[]): boolean =>
  keys.every((key) => Object.hasOwn(metaOf(sample), key));

export interface WithMetaOptions {
  /** A column to be left out. */
  readonly drop?: string | undefined;
}

/** The row with more tags. */
export function withMeta(sample: Sample, tags: RawObject, { drop }: WithMetaOptions = {}): RawObject {
  const row = { ...sample.row, [META]: { ...metaOf(sample), ...tags } };
  if (drop === undefined || !Object.hasOwn(row, drop)) return row;
  const { [drop]: _dropped, ...rest } = row as RawObject;
  return rest;
}

/** The row with several columns set; undefined leaves one as it is. */
export const withFields = (row: RawObject, values: Readonly<Record<string, unknown>>): RawObject =>
  Object.entries(values).reduce(
    (made, [key, value]) => (value === undefined ? made : withField(made, key, value)),
    row,
  );
