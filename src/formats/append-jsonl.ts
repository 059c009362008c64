/** Appends one JSON line; a single write, so that a crash cuts at most the last line. */
import { appendFile } from "node:fs/promises";

export async function appendJsonl(path: string, value: unknown): Promise<void> {
  await appendFile(path, `${JSON.stringify(value)}\n`);
}
