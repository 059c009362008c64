/** The little of protobuf's wire format that logs need: fields of whole numbers, texts and messages, already in order. */

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function littleEndian(size: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

export function number(field: number, value: number): Uint8Array {
  return concat([varint(field << 3), varint(value)]);
}

export function message(field: number, ...content: readonly (Uint8Array | readonly Uint8Array[])[]): Uint8Array {
  const data = concat(content.flat() as Uint8Array[]);
  return concat([varint((field << 3) | 2), varint(data.length), data]);
}

export function string(field: number, text: string): Uint8Array {
  return message(field, new TextEncoder().encode(text));
}
