/**
 * Writing safetensors files: byte for byte what the format's own library writes for the same tensors. Tensors may be
 * given as functions, which are asked one after another, so that a model larger than memory can be written.
 */
import { internal } from "../base/errors.ts";
import { writeFileAtomicBy } from "./atomic.ts";
import { encodeSafetensorsHeader, inFileOrder, storedBytes, type TensorSpec } from "./safetensors-header.ts";

/** One write hands over at most so many bytes. */
const WRITE_BYTES = 64 * 2 ** 20;

export interface TensorToWrite extends TensorSpec {
  /** The stored numbers (bfloat16 and float16 as Uint16Array), or what gives them when their turn comes. */
  readonly data: ArrayBufferView | (() => ArrayBufferView | Promise<ArrayBufferView>);
}

/**
 * Writes a file whole or not at all.
 * @throws E_DISK_FULL, E_FILE_WRITE
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = inFileOrder(tensors);
  for (const tensor of ordered) if (typeof tensor.data !== "function") checked(tensor, tensor.data);
  const header = encodeSafetensorsHeader(ordered, metadata);
  const bytes = ordered.reduce((sum, tensor) => sum + storedBytes(tensor), header.length);
  await writeFileAtomicBy(
    path,
    async (file) => {
      await file.writeFile(header);
      for (const tensor of ordered) {
        const data = checked(tensor, typeof tensor.data === "function" ? await tensor.data() : tensor.data);
        for (let done = 0; done < data.byteLength; done += WRITE_BYTES) {
          const size = Math.min(WRITE_BYTES, data.byteLength - done);
          await file.writeFile(new Uint8Array(data.buffer, data.byteOffset + done, size));
        }
      }
    },
    { bytes },
  );
}

function checked(tensor: TensorToWrite, data: ArrayBufferView): ArrayBufferView {
  const wanted = storedBytes(tensor);
  if (data.byteLength === wanted) return data;
  return internal(`tensor ${tensor.name} has ${data.byteLength} bytes, its shape wants ${wanted}`);
}
