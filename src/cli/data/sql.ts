/** `tunesmith data sql`: questions to files of rows, answered by DuckDB. */
import { visible } from "../../base/visible.ts";
import { runSql } from "../../data/sql.ts";
import { describePassedOver, findFiles } from "../../data/source.ts";
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
  run: async (args, { stdout, stderr, paint, paintOut }) => {
    const files: string[] = [];
    for (const path of args.files) {
      const found = await findFiles(path);
      const note = describePassedOver(path, found);
      if (note !== undefined) stderr.write(`${paint("dim", note)}\n`);
      files.push(...found.files);
    }
    const maxMemory = parseBytes(args.max_memory, (what) => fail("E_CLI_USAGE", { what: `--max-memory: ${what}` }));
    const exportPath =
      args.export_path === undefined ? {} : { exportPath: args.export_path, overwrite: args.overwrite };
    const result = await runSql(args.query, { files, maxMemory, limit: args.limit, ...exportPath });
    if (args.export_path !== undefined) stdout.write(`${paintOut("green", "→")} ${args.export_path}\n`);
    else if (args.json) {
      for (const row of result.rows) {
        const entries = result.columns.map((name, i) => [name, row[i]] as const);
        stdout.write(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${jsonOf(value)}`).join(",")}}\n`);
      }
    } else {
      const width = Math.max(
        12,
        Math.floor(Math.min(200, stdout.columns ?? 100) / Math.max(1, result.columns.length)) - 2,
      );
      const numbers = result.columns.flatMap((_name, i) => (result.rows.every((row) => isNumber(row[i])) ? [i] : []));
      const cells = result.rows.map((row) => row.map((value) => cellOf(value, width)));
      stdout.write(
        `${table(cells, { head: result.columns.map(visible), right: numbers, paint: paintOut }).join("\n")}\n`,
      );
      if (result.more) stdout.write(`${paintOut("dim", `the first ${args.limit} rows; --limit shows more`)}\n`);
    }
    return 0;
  },
});

const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";

/** DuckDB's values as JSON: whole numbers with all their digits, structures in the order of their columns. */
function jsonOf(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if ("items" in value) return `[${(value.items as readonly unknown[]).map(jsonOf).join(",")}]`;
  if ("entries" in value && typeof value.entries === "object") {
    const entries = Object.entries(value.entries as object);
    return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${jsonOf(inner)}`).join(",")}}`;
  }
  return JSON.stringify(String(value));
}

function cellOf(value: unknown, width: number): string {
  const text =
    typeof value === "string"
      ? value
      : typeof value === "number" && !Number.isInteger(value)
        ? String(Number(value.toPrecision(6)))
        : jsonOf(value);
  const line = visible(text.replaceAll(/\s+/g, " "));
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
