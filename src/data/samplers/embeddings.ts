/**
 * Embeddings of samples: a list of numbers in a column of their rows, as any program that embeds can write it. Files
 * beside the rows are not read: they fall out of step as soon as one row is dropped.
 */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import type { Points } from "../geometry/points.ts";
import { fieldOf } from "../operators/sample.ts";
import { isObject, show } from "../shapes/shape.ts";
import { readSource } from "../source.ts";
import { arg } from "./args.ts";
import type { SampleSet } from "./sampler.ts";

export const embeddingArgs = {
  embedding_key: arg(z.string().min(1).default("embedding"), "Column of the embedding, a list of numbers."),
} as const;

export interface EmbeddingArgs {
  readonly embedding_key: string;
}

export const embeddingColumn = ({ embedding_key: key }: EmbeddingArgs): readonly string[] => [key];

/** @throws E_DATA_SELECTION when one is missing, no list of numbers, or of another length than the first */
export function readEmbeddings(samples: SampleSet, { embedding_key: key }: EmbeddingArgs, where: string): Points {
  const rows = Array.from({ length: samples.size }, (_, i) => ({
    value: samples.field(i, key),
    origin: samples.origin(i),
  }));
  return pointsOf(rows, key, where);
}

/** Embeddings of the rows of a file, folder or glob. @throws E_DATA_FILE, E_DATA_SELECTION */
export async function readEmbeddingFile(path: string, { embedding_key: key }: EmbeddingArgs, where: string) {
  const rows: { readonly value: unknown; readonly origin: string }[] = [];
  for await (const { value, file, line } of readSource(path)) {
    rows.push({ value: isObject(value) ? fieldOf(value, key) : undefined, origin: `${file}:${line}` });
  }
  if (rows.length < 2) {
    fail("E_DATA_SELECTION", {
      where,
      what: `${path} has ${rows.length} rows, and a distribution needs two and more.`,
      fix: "Give more rows of what the samples shall be like.",
    });
  }
  return pointsOf(rows, key, where);
}

interface Embedded {
  readonly value: unknown;
  readonly origin: string;
}

function pointsOf(rows: readonly Embedded[], key: string, where: string): Points {
  const first = rows[0]?.value;
  const width = isNumbers(first) ? first.length : 0;
  const values = new Float64Array(rows.length * width);
  for (const [i, { value, origin }] of rows.entries()) {
    if (!isNumbers(value) || value.length !== width || width === 0) {
      return fail("E_DATA_SELECTION", {
        where: `${origin}: ${key}`,
        what: isNumbers(value)
          ? `the embedding has ${value.length} numbers, and the first row's has ${width}.`
          : `${where} wants an embedding, a list of numbers, and this is ${show(value)}.`,
        fix: "Embed all rows with one model, and name their column with embedding_key.",
      });
    }
    for (let k = 0; k < width; k++) values[i * width + k] = value[k] as number;
  }
  return { count: rows.length, width, values };
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  const list = value instanceof Float32Array || value instanceof Float64Array || Array.isArray(value);
  return list && Array.prototype.every.call(value, (item: unknown) => Number.isFinite(item));
}
