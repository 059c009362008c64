/** A JSON file that is a list of rows (or one row). Read whole, up to a limit: JSON has no lines to stream by. */
import { stat } from "node:fs/promises";
import { fail } from "../base/errors.ts";
import { readBytesOf, type RawRow } from "./row-reader.ts";

const FILE_LIMIT = 512 * 2 ** 20;

export async function* readJsonArray(path: string): AsyncGenerator<RawRow> {
  const { size } = await stat(path).catch((cause: Error) =>
    fail("E_DATA_FILE", { where: path, what: `the file cannot be read: ${cause.message}.`, cause }),
  );
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of readBytesOf(path)) {
    total += chunk.length;
    if (total > FILE_LIMIT) {
      fail("E_DATA_FILE", {
        where: path,
        what: `the JSON has over ${FILE_LIMIT / 2 ** 20} MB (the file ${size} bytes).`,
        fix: "Save it as JSON lines (.jsonl), which are streamed.",
      });
    }
    chunks.push(chunk);
  }
  const text = decode(Buffer.concat(chunks), path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    // Many .json files are JSON lines in truth.
    const lines = parseAsLines(text);
    if (lines === undefined) return failSyntax(path, text, cause as Error);
    yield* lines;
    return;
  }
  const rows = Array.isArray(json) ? (json as unknown[]) : [json];
  for (const [i, value] of rows.entries()) yield { line: i + 1, value };
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    return fail("E_DATA_FILE", { where: path, what: "the file is not UTF-8.", cause });
  }
}

function parseAsLines(text: string): readonly RawRow[] | undefined {
  const rows: RawRow[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      rows.push({ line: i + 1, value: JSON.parse(line) as unknown });
    } catch {
      return undefined;
    }
  }
  return rows.length > 1 ? rows : undefined;
}

function failSyntax(path: string, text: string, cause: Error): never {
  const position = /position (\d+)/.exec(cause.message);
  const before = position === null ? undefined : text.slice(0, Number(position[1])).split("\n");
  const place = before === undefined ? "" : `:${before.length}:${(before.at(-1) ?? "").length + 1}`;
  return fail("E_DATA_FILE", { where: `${path}${place}`, what: `not JSON: ${cause.message}.`, cause });
}
