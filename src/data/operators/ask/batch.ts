/** The batches that a grouper made: tags of all rows as a list, and what is said of the batch as a whole. */
import { fail } from "../../../base/errors.ts";
import { isObject, show, type RawObject } from "../../shapes/shape.ts";
import type { Sample } from "../sample.ts";

const META = "__dj__meta__";
const BATCH_META = "__dj__batch_meta__";

/** Tags of each row of the batch. @throws E_DATA_ROW when the row is no batch */
export function metasOf({ row, origin }: Sample): readonly RawObject[] {
  const { [META]: metas } = row;
  if (Array.isArray(metas) && metas.length > 0 && metas.every(isObject)) return metas as readonly RawObject[];
  return fail("E_DATA_ROW", {
    where: origin,
    what: `${META} is ${show(metas)}, wants the list of a batch; a grouper makes batches of rows with tags`,
  });
}

/** One text of each row of the batch. @throws E_DATA_ROW */
export function batchTexts(sample: Sample, key: string): readonly string[] {
  return metasOf(sample).map((meta, i) => {
    const text = meta[key];
    if (typeof text === "string") return text;
    return fail("E_DATA_ROW", { where: sample.origin, what: `${META}[${i}].${key} is ${show(text)}, wants a text` });
  });
}

export const withMetas = ({ row }: Sample, metas: readonly RawObject[]): RawObject => ({ ...row, [META]: metas });

const batchMetaOf = ({ row }: Sample): RawObject => (isObject(row[BATCH_META]) ? (row[BATCH_META] as RawObject) : {});

export const hasBatchMeta = (sample: Sample, key: string): boolean => Object.hasOwn(batchMetaOf(sample), key);

export const withBatchMeta = (sample: Sample, key: string, value: unknown): RawObject => ({
  ...sample.row,
  [BATCH_META]: { ...batchMetaOf(sample), [key]: value },
});

/** About how many tokens a text has; which tokenizer the model has is not known here. */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4);

export const ESTIMATES = "Tokens are estimated as a quarter of the bytes.";

/**
 * Texts in groups of at most `most` tokens and about the same number each; a longer text is a group of its own.
 * Data-Juicer: avg_split_string_list_under_limit.
 */
export function groupsUnder(texts: readonly string[], most: number | undefined): readonly (readonly string[])[] {
  const counts = texts.map(estimateTokens);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (most === undefined || total <= most) return [texts];
  const average = total / (Math.floor(total / most) + 1);
  const groups: string[][] = [];
  let group: string[] = [];
  let sum = 0;
  const close = (): void => {
    if (group.length > 0) groups.push(group);
    [group, sum] = [[], 0];
  };
  for (const [i, text] of texts.entries()) {
    const count = counts[i] as number;
    if (sum + count > most) close();
    group.push(text);
    sum += count;
    if (sum > average) close();
  }
  close();
  return groups;
}
