/** `tunesmith data sql`: questions to files of rows, answered by DuckDB. */
import { runSql } from "../../data/sql.ts";
import { filesOf } from "../../data/source.ts";
import { parseBytes } from "../../recipes/byte-size.ts";
import { dataSqlRecipe } from "../../recipes/data-files.ts";
import { fail } from "../../base/errors.ts";
import { table } from "../terminal/table.ts";
import { defineVerb } from "../verb.ts";

export const dataSqlVerb = defineVerb({
  recipe: dataSqlRecipe,
  usage: "QUERY [FILE...] [--export-path OUT.jsonl|csv|parquet]",
  examples: (assets) => [
    `tunesmith data sql 'SELECT title, length(text) AS n FROM rows ORDER BY n DESC LIMIT 5' ${assets}/fables/train.jsonl`,
    `tunesmith data sql 'SELECT * FROM rows ORDER BY length(text)' ${assets}/fables/train.jsonl --export-path sorted.parquet`,
  ],
  run: async (args, { stdout, paintOut }) => {
    const files = (await Promise.all(args.files.map((path) => filesOf(path)))).flat();
    const maxMemory = parseBytes(args.max_memory, (what) => fail("E_CLI_USAGE", { what: `--max-memory: ${what}` }));
    const exportPath = args.export_path === undefined ? {} : { exportPath: args.export_path };
    const result = await runSql(args.query, { files, maxMemory, limit: args.limit, ...exportPath });
    if (args.export_path !== undefined) stdout.write(`${paintOut("green", "→")} ${args.export_path}\n`);
    else if (args.json) {
      for (const row of result.rows) {
        const entries = result.columns.map((name, i) => [name, plain(row[i])] as const);
        stdout.write(`${JSON.stringify(Object.fromEntries(entries))}\n`);
      }
    } else {
      const width = Math.max(
        12,
        Math.floor(Math.min(200, stdout.columns ?? 100) / Math.max(1, result.columns.length)) - 2,
      );
      const numbers = result.columns.flatMap((_name, i) => (result.rows.every((row) => isNumber(row[i])) ? [i] : []));
      const cells = result.rows.map((row) => row.map((value) => cellOf(value, width)));
      stdout.write(`${table(cells, { head: result.columns, right: numbers, paint: paintOut }).join("\n")}\n`);
      if (result.more) stdout.write(`${paintOut("dim", `the first ${args.limit} rows; --limit shows more`)}\n`);
    }
    return 0;
  },
});

const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";

/** DuckDB's values as JSON has them. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object" || value === null) return value;
  if ("items" in value) return (value.items as readonly unknown[]).map(plain);
  if ("entries" in value && typeof value.entries === "object") {
    return Object.fromEntries(Object.entries(value.entries as object).map(([name, inner]) => [name, plain(inner)]));
  }
  return String(value);
}

function cellOf(value: unknown, width: number): string {
  const text =
    typeof value === "string"
      ? value
      : typeof value === "number" && !Number.isInteger(value)
        ? String(Number(value.toPrecision(6)))
        : (JSON.stringify(plain(value)) ?? "");
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
