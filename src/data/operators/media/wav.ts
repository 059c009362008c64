/** The length of a WAV file from its chunks, without reading its sound. RIFF, RF64 and BW64. */

/** Reads `length` bytes at a place of a file; fewer when the file ends before. */
export type ReadAt = (position: number, length: number) => Promise<Uint8Array>;

export interface WavLength {
  readonly frames: number;
  readonly rate: number;
}

interface Format {
  readonly code: number;
  readonly rate: number;
  readonly frameBytes: number;
}

/** Codes of formats whose frames have a fixed number of bytes: PCM, floats, A-law and mu-law. */
const plainFormats: ReadonlySet<number> = new Set([1, 3, 6, 7]);
const EXTENSIBLE = 0xfffe;
/** Written as the size of what did not fit into 32 bits, or was not known yet. */
const UNKNOWN = 0xffffffff;

/** Whether a file that begins with these bytes is a WAV file. */
export function isWav(head: Uint8Array): boolean {
  return head.length >= 12 && ["RIFF", "RF64", "BW64"].includes(ascii(head, 0)) && ascii(head, 8) === "WAVE";
}

/** @throws Error that says what is wrong with the file */
export async function wavLength(read: ReadAt, fileSize: number): Promise<WavLength> {
  let format: Format | undefined;
  let samples: number | undefined;
  let wideSize: number | undefined;
  for (let at = 12; at + 8 <= fileSize;) {
    const head = await read(at, 8);
    const size = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    const [name, content] = [ascii(head, 0), at + 8];
    if (name === "ds64") wideSize = Number(view(await read(content, 16)).getBigUint64(8, true));
    else if (name === "fmt ") format = readFormat(view(await read(content, Math.min(size, 40))));
    else if (name === "fact" && size >= 4) samples = view(await read(content, 4)).getUint32(0, true);
    else if (name === "data") {
      const stated = size === UNKNOWN ? (wideSize ?? UNKNOWN) : size;
      return lengthOf(format, samples, Math.min(stated, fileSize - content));
    }
    // Chunks begin at even places.
    at = content + size + (size % 2);
  }
  throw new Error("it has no data chunk");
}

function readFormat(chunk: DataView): Format {
  if (chunk.byteLength < 16) throw new Error("its fmt chunk is cut short");
  const code = chunk.getUint16(0, true);
  const wide = code === EXTENSIBLE && chunk.byteLength >= 26;
  return {
    code: wide ? chunk.getUint16(24, true) : code,
    rate: chunk.getUint32(4, true),
    frameBytes: chunk.getUint16(12, true),
  };
}

function lengthOf(format: Format | undefined, samples: number | undefined, bytes: number): WavLength {
  if (format === undefined) throw new Error("it has no fmt chunk");
  const { code, rate, frameBytes } = format;
  if (rate === 0 || frameBytes === 0) throw new Error("its fmt chunk says 0 where it cannot be");
  if (plainFormats.has(code)) return { frames: Math.floor(bytes / frameBytes), rate };
  if (samples === undefined) throw new Error("it is compressed, and no fact chunk says how long it is");
  return { frames: samples, rate };
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const ascii = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
