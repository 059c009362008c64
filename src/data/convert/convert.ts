/** Rows of any shape into one layout, streamed from file to file. */
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fail, internal } from "../../base/errors.ts";
import { writeFileAtomicBy } from "../../formats/atomic.ts";
import { writeJson } from "../../formats/json-text.ts";
import { makeFolder } from "../../formats/make-folder.ts";
import { checkOutputFile } from "../../formats/output.ts";
import { isProblem, type RawObject } from "../shapes/shape.ts";
import { tryReadRow, type Row } from "../row.ts";
import { filesOf, readSource } from "../source.ts";
import { createTally, type DroppedRows } from "../tally.ts";
import { layouts } from "./layouts.ts";

export interface ConvertOptions {
  readonly layout: string;
  readonly columns?: Readonly<Record<string, string>>;
  /** Ends at the first row that cannot be converted. */
  readonly strict: boolean;
  /** Replaces a file that is there. */
  readonly overwrite?: boolean;
  /** Further files that the command reads. */
  readonly alsoRead?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told every so many rows. */
  readonly onProgress?: (rows: number) => void;
  /** Told what of a folder is not read. */
  readonly onNote?: (text: string) => void;
}

export interface ConvertReport {
  readonly read: number;
  readonly written: number;
  /** Rows that were left out, by reason. */
  readonly dropped: readonly DroppedRows[];
}

/** What is written must be read again as the same conversation: columns beside it can have names that mean another. */
function columnsInTheWay(written: RawObject, { conversation, extra, origin }: Row): string | undefined {
  const names = Object.keys(extra);
  if (names.length === 0) return undefined;
  const taken = names.filter((name) => Object.hasOwn(written, name));
  if (taken.length > 0) return `column ${taken.join(", ")}`;
  const again = tryReadRow({ ...written, ...extra }, { origin, purpose: "pt", media: "keep" });
  const same = !isProblem(again) && isDeepStrictEqual(again.conversation, conversation);
  return same ? undefined : `columns (${names.join(", ")})`;
}

const PROGRESS_EVERY = 1000;
const GATHER = 1 << 18;

/** Columns beside the conversation are kept. @throws E_OUTPUT_*, E_DATA_FILE, E_DATA_ROW when strict, E_DISK_FULL, E_FILE_WRITE */
export async function convertRows(
  paths: readonly string[],
  output: string,
  options: ConvertOptions,
): Promise<ConvertReport> {
  const layout = layouts.find(({ name }) => name === options.layout) ?? internal(`no layout ${options.layout}`);
  const tally = createTally();
  let [read, written] = [0, 0];
  const refuse = (origin: string, reason: string, what: string, fix: string): void => {
    if (options.strict) fail("E_DATA_ROW", { where: origin, what, fix });
    tally.add(reason, `${origin}: ${what} ${fix}`);
  };
  const { overwrite = false, alsoRead = [] } = options;
  const files = (await Promise.all(paths.map((path) => filesOf(path)))).flat();
  await checkOutputFile(output, { inputs: [...files, ...alsoRead], overwrite });
  await makeFolder(dirname(output));
  await writeFileAtomicBy(output, async (file) => {
    let gathered: string[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      await file.appendFile(gathered.join(""));
      [gathered, size] = [[], 0];
    };
    for (const path of paths) {
      for await (const source of readSource(path, options)) {
        options.signal?.throwIfAborted();
        if (++read % PROGRESS_EVERY === 0) options.onProgress?.(read);
        const origin = `${source.file}:${source.line}`;
        if (source.error !== undefined) {
          refuse(origin, source.error.replace(/[:(].*$/s, "").trim(), `${source.error}.`, "Correct the line.");
          continue;
        }
        const row = tryReadRow(source.value, {
          origin,
          purpose: "pt",
          removeUnusedColumns: false,
          media: "keep",
          ...(options.columns === undefined ? {} : { columns: options.columns }),
        });
        if (isProblem(row)) {
          refuse(row.field === "" ? origin : `${origin}: ${row.field}`, row.reason, row.what, row.fix);
          continue;
        }
        const made = layout.write(row.conversation);
        if ("refused" in made) {
          const what = `${layout.name} cannot hold this conversation: ${made.refused}.`;
          refuse(origin, `${layout.name} cannot hold the conversation`, what, "Convert it to messages.");
          continue;
        }
        const whole = { ...made.row, ...row.extra };
        const inTheWay = columnsInTheWay(made.row, row);
        if (inTheWay !== undefined) {
          const what = `in the layout ${layout.name} the row's own ${inTheWay} would be read as part of the conversation.`;
          refuse(origin, "a column is in the way", what, "Rename or leave out the column.");
          continue;
        }
        const line = `${writeJson(whole)}\n`;
        gathered.push(line);
        size += line.length;
        written++;
        if (size > GATHER) await flush();
      }
    }
    await flush();
    if (read > 0 && written === 0) {
      fail("E_DATA_EMPTY", {
        where: paths.join(", "),
        what: `none of ${read} rows could be converted: ${tally.list()[0]?.examples[0] ?? ""}`,
      });
    }
  });
  return { read, written, dropped: tally.list() };
}
