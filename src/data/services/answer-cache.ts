/**
 * Answers on disk, one file each, under the hash of what was asked: nothing is asked twice, neither by a run that was
 * killed and begun anew nor by another recipe with the same question. The key of the API is in none of it.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { writeFileAtomic } from "../../formats/atomic.ts";

export interface AnswerCache {
  /** Undefined when there is none that can be read. */
  readonly read: <T>(key: string, schema: z.ZodType<T>) => Promise<T | undefined>;
  /** `asked` is kept beside the answer for people who look into the folder. */
  readonly write: (key: string, asked: unknown, answer: unknown) => Promise<void>;
}

/** Hash of anything that JSON can write; objects count as the same in whatever order their keys are. */
export const hashOf = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value, inOrder)).digest("hex");

const inOrder = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

export const noCache: AnswerCache = { read: async () => undefined, write: async () => undefined };

/** `note` is told of an entry that is damaged; it is asked for again and replaced. */
export function openAnswerCache(folder: string, note: (text: string) => void): AnswerCache {
  const made = new Set<string>();
  const fileOf = (key: string): readonly [folder: string, file: string] => {
    const part = join(folder, key.slice(0, 2));
    return [part, join(part, `${key.slice(2)}.json`)];
  };
  return {
    read: async <T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> => {
      const [, file] = fileOf(key);
      const text = await readFile(file, "utf8").catch(() => undefined);
      if (text === undefined) return undefined;
      try {
        return z.object({ answer: schema }).parse(JSON.parse(text)).answer;
      } catch {
        note(`${file} is damaged and is ignored; its question is asked again.`);
        return undefined;
      }
    },
    write: async (key, asked, answer) => {
      const [part, file] = fileOf(key);
      if (!made.has(part)) {
        await mkdir(part, { recursive: true });
        made.add(part);
      }
      await writeFileAtomic(file, `${JSON.stringify({ asked, answer })}\n`);
    },
  };
}
