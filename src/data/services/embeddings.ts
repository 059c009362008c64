/** Vectors of texts: POST /embeddings. */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { hashOf } from "./answer-cache.ts";
import type { Endpoint } from "./endpoint.ts";

/** Texts in one request. */
export const EMBED_BATCH = 64;

/** A vector as it is kept: the bytes of its float32 numbers in base64. */
export const keptVector = z.object({ float32: z.base64() });

export const keyOfText = (endpoint: Endpoint, model: string, text: string): string =>
  hashOf(["embedding", endpoint.at("/embeddings"), model, text]);

const reply = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()).min(1) })),
});

/** One vector for each text, in their order. @throws E_DATA_ENDPOINT when the reply is none of an embedding model */
export function readVectors(value: unknown, count: number, where: string): readonly Float32Array[] {
  const parsed = reply.safeParse(value);
  const vectors: Float32Array[] = [];
  for (const { index, embedding } of parsed.data?.data ?? []) {
    if (index < count) vectors[index] = Float32Array.from(embedding);
  }
  const width = vectors[0]?.length;
  const whole = vectors.length === count && Array.from(vectors).every((vector) => vector?.length === width);
  if (whole) return vectors;
  return fail("E_DATA_ENDPOINT", {
    where,
    what: `the answer is not ${count} vectors of one length.`,
    fix: "Give the address of an OpenAI-compatible API, and the name of an embedding model.",
  });
}

export const packVector = (vector: Float32Array): z.output<typeof keptVector> => ({
  float32: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64"),
});

export function unpackVector({ float32 }: z.output<typeof keptVector>): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(float32, "base64"));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}
