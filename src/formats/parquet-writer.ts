/** Writes rows as Parquet, some ten thousand at a time, through hyparquet-writer. Snappy, as others write it. */
import { open } from "node:fs/promises";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import { schemaOf, toParquet, type ColumnType } from "./parquet-schema.ts";
import { explainWriteError } from "./write-error.ts";

type Row = Readonly<Record<string, unknown>>;

const GROUP_ROWS = 10_000;
const GROUP_BYTES = 64 * 2 ** 20;

/** Where a row group ends: at so many rows, or bytes of their JSON. */
export interface GroupLimits {
  readonly groupRows?: number;
  readonly groupBytes?: number;
}

/**
 * Writes a new file; `columns` must hold the types of all rows. `rows` come with the length of their JSON, by which
 * row groups are kept small. @throws E_DISK_FULL, E_FILE_WRITE
 */
export async function writeParquet(
  path: string,
  columns: Readonly<Record<string, ColumnType>>,
  rows: AsyncIterable<{ readonly row: Row; readonly bytes: number }>,
  { groupRows = GROUP_ROWS, groupBytes = GROUP_BYTES }: GroupLimits = {},
): Promise<void> {
  try {
    const writer = new ParquetWriter({ writer: fileWriter(path), schema: schemaOf(columns), createdBy: "tunesmith" });
    let group: Row[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      if (group.length === 0) return;
      const columnData = Object.entries(columns).map(([name, type]) => ({
        name,
        data: group.map((row) => toParquet(row[name], type)),
      }));
      await writer.write({ columnData, rowGroupSize: group.length });
      [group, size] = [[], 0];
    };
    for await (const { row, bytes } of rows) {
      group.push(row);
      size += bytes;
      if (group.length >= groupRows || size >= groupBytes) await flush();
    }
    await flush();
    await writer.finish();
    const file = await open(path, "r+");
    await file.sync().finally(() => file.close());
  } catch (error) {
    throw await explainWriteError(error, path);
  }
}
