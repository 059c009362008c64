/** JSON in answers: models put words, fences and thoughts around it. */
import type * as z from "zod";
import { unusable, usable, type Read } from "./ask.ts";

/** Braces that are looked behind: an answer of braces alone is not to take for ever. */
const STARTS = 64;
const DEEPEST = 100;

/**
 * The first object in the answer that fits the schema, just as it came: with its own order of keys, and keys that the
 * schema does not know. Else why the first object does not fit.
 */
export function readJson<T>(answer: string, schema: z.ZodType<T>): Read<T> {
  let problem: string | undefined;
  for (let start = answer.indexOf("{"), i = 0; start >= 0 && i < STARTS; i++) {
    const text = objectAt(answer, start);
    const value = text === undefined ? undefined : parsed(text);
    if (value !== undefined) {
      const fits = schema.safeParse(value);
      if (fits.success) return usable(value as T);
      const [issue] = fits.error.issues;
      problem ??= `${issue?.path.join(".") || "the object"}: ${issue?.message ?? "is wrong"}`;
    }
    start = answer.indexOf("{", start + (value === undefined ? 1 : (text as string).length));
  }
  return unusable(problem ?? "it holds no JSON object");
}

/** From an opening brace to the one that closes it, braces in strings left aside. */
function objectAt(text: string, start: number): string | undefined {
  let depth = 0;
  const tokens = /"(?:[^"\\]|\\[^])*"|[{}]/g;
  tokens.lastIndex = start;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    if (match[0] === "{") {
      if (++depth > DEEPEST) return undefined;
    } else if (match[0] === "}" && --depth === 0) return text.slice(start, tokens.lastIndex);
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
