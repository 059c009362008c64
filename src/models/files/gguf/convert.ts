/** A GGUF file into an output folder, which appears whole or not at all. */
import { writeDirectoryAtomic } from "../../../formats/atomic.ts";
import { checkOutputFolder, realOutput, whileLocked } from "../../../formats/output.ts";
import { isModelFile } from "../../save.ts";
import { unpackGguf, type Unpacked, type UnpackOptions } from "./unpack.ts";

export interface ConvertOptions extends UnpackOptions {
  /** Replaces a checkpoint that is in the folder. */
  readonly overwrite?: boolean;
}

/** @throws E_GGUF, E_OUTPUT_*, E_DISK_FULL, E_FILE_WRITE */
export async function convertGguf(path: string, outputDir: string, options: ConvertOptions = {}): Promise<Unpacked> {
  const { overwrite = false, ...unpack } = options;
  await checkOutputFolder(outputDir, { inputs: [path], overwrite, isOwn: isModelFile });
  const target = await realOutput(outputDir);
  let unpacked: Unpacked | undefined;
  await whileLocked(target, () =>
    writeDirectoryAtomic(target, async (dir) => {
      unpacked = await unpackGguf(path, dir, unpack);
    }),
  );
  return unpacked as Unpacked;
}
