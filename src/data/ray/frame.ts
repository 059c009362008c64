/**
 * Messages through a pipe: a small header as JSON, which the Python bridge reads too, and a body of bytes, which it
 * only hands on. On the wire: length of header and of body (32 bits each, the low byte first), header, body.
 */
import { deserialize, serialize } from "node:v8";
import { internal } from "../../base/errors.ts";

export interface Frame {
  readonly header: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

const HEADER_LIMIT = 1 << 20;
const BODY_LIMIT = 0x7fff_ffff;
const empty = new Uint8Array();

export function encodeFrame(header: Frame["header"], body: Uint8Array = empty): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  if (body.length > BODY_LIMIT) internal(`a message of ${body.length} bytes is too long for a pipe`);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(body.length, 4);
  return Buffer.concat([lengths, text, body]);
}

/** Frames of a stream, until it ends between two of them. @throws when it ends inside of one, or is no such stream */
export async function* readFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let wanted = 8;
  for await (const chunk of stream) {
    parts.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    let bytes = Buffer.concat(parts, size);
    for (wanted = frameLength(bytes); bytes.length >= wanted; wanted = frameLength(bytes)) {
      const start = 8 + bytes.readUInt32LE(0);
      const header = JSON.parse(bytes.toString("utf8", 8, start)) as Frame["header"];
      yield { header, body: bytes.subarray(start, wanted) };
      bytes = bytes.subarray(wanted);
    }
    [parts, size] = [[bytes], bytes.length];
  }
  if (size > 0) internal("a pipe ended inside of a message");
}

/** Bytes of the frame that begins here, as far as that is known. */
function frameLength(bytes: Buffer): number {
  if (bytes.length < 8) return 8;
  const [header, body] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
  if (header > HEADER_LIMIT || body > BODY_LIMIT) internal("what came through a pipe is no message");
  return 8 + header + body;
}

/** Values as structured clone knows them (maps, typed arrays, undefined), between processes of one package. */
export const packValue = (value: unknown): Uint8Array => serialize(value);

/** The type is the sender's promise: both ends are of one version, which they tell each other first. */
export const unpackValue = (bytes: Uint8Array): unknown => deserialize(bytes);
