/** How long sounds are: WAV files by their header, others decoded by `audio-decode`, an optional package. */
import type { FileHandle } from "node:fs/promises";
import { fail } from "../../../base/errors.ts";
import { openRegularFile, readRegularFile } from "../../../formats/read-file.ts";
import type { OperatorTools } from "../tools.ts";
import { badFile, MEDIA_LIMIT, pathOf, type MediaFile } from "./media-files.ts";
import { isWav, wavLength, type ReadAt } from "./wav.ts";

/** Seconds of a sound. @throws E_DATA_ROW, and E_DATA_PACKAGE when audio-decode is needed and not installed */
export async function audioSeconds(file: MediaFile, tools: OperatorTools): Promise<number> {
  const path = pathOf(file, tools);
  let handle: FileHandle | undefined;
  try {
    handle = await openRegularFile(path, { code: "E_DATA_FILE" });
    const read = readerOf(handle);
    if (!isWav(await read(0, 12))) return await decodedSeconds(path);
    const { frames, rate } = await wavLength(read, (await handle.stat()).size);
    return frames / rate;
  } catch (cause) {
    return badFile(file, "is no sound that can be read", cause);
  } finally {
    await handle?.close();
  }
}

function readerOf(handle: FileHandle): ReadAt {
  return async (position, length) => {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  };
}

async function decodedSeconds(path: string): Promise<number> {
  const { default: decode } = await importDecoder(path);
  const { channelData, sampleRate } = await decode(
    await readRegularFile(path, { code: "E_DATA_FILE", limit: MEDIA_LIMIT }),
  );
  return (channelData[0]?.length ?? 0) / sampleRate;
}

type Decode = (bytes: Uint8Array) => Promise<{
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
}>;

async function importDecoder(where: string): Promise<{ readonly default: Decode }> {
  try {
    return (await import("audio-decode")) as { readonly default: Decode };
  } catch (cause) {
    return fail("E_DATA_PACKAGE", {
      where,
      what: "Sounds other than WAV are read with the package audio-decode, which is not installed.",
      fix: "Run `npm i audio-decode`.",
      cause,
    });
  }
}
