/** The first eight bytes of MD5 for many short pieces of one buffer, without a call into native code for each. */

const constants = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 0x100000000));
const turns = Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
const words = new Int32Array(16);

/** Puts the first eight bytes of MD5 of `bytes[start, end)` into `into` as two big-endian numbers. */
export function md5Head(bytes: Uint8Array, start: number, end: number, into: Uint32Array): void {
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  const length = end - start;
  const blocks = ((length + 8) >> 6) + 1;
  for (let block = 0; block < blocks; block++) {
    loadBlock(bytes, start, end, block * 64, block === blocks - 1 ? length : -1);
    let [a, b, c, d] = [a0, b0, c0, d0];
    for (let i = 0; i < 16; i++) {
      const sum = (a + (d ^ (b & (c ^ d))) + (constants[i] as number) + (words[i] as number)) | 0;
      const turn = turns[i & 3] as number;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
    }
    for (let i = 16; i < 32; i++) {
      const sum = (a + (c ^ (d & (b ^ c))) + (constants[i] as number) + (words[(5 * i + 1) & 15] as number)) | 0;
      const turn = turns[4 + (i & 3)] as number;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
    }
    for (let i = 32; i < 48; i++) {
      const sum = (a + (b ^ c ^ d) + (constants[i] as number) + (words[(3 * i + 5) & 15] as number)) | 0;
      const turn = turns[8 + (i & 3)] as number;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
    }
    for (let i = 48; i < 64; i++) {
      const sum = (a + (c ^ (b | ~d)) + (constants[i] as number) + (words[(7 * i) & 15] as number)) | 0;
      const turn = turns[12 + (i & 3)] as number;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
    }
    a0 = (a0 + a) | 0;
    b0 = (b0 + b) | 0;
    c0 = (c0 + c) | 0;
    d0 = (d0 + d) | 0;
  }
  into[0] = swap(a0);
  into[1] = swap(b0);
}

const swap = (word: number): number =>
  (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24);

/** Sixteen words of the padded text. `length` is given for the last block. */
function loadBlock(bytes: Uint8Array, start: number, end: number, offset: number, length: number): void {
  const from = start + offset;
  const whole = Math.max(0, Math.min(16, (end - from) >> 2));
  for (let i = 0; i < whole; i++) {
    const at = from + i * 4;
    words[i] =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
  }
  for (let i = whole; i < 16; i++) {
    let word = 0;
    for (let k = 3; k >= 0; k--) {
      const at = from + i * 4 + k;
      word = (word << 8) | (at < end ? (bytes[at] as number) : at === end ? 0x80 : 0);
    }
    words[i] = word;
  }
  if (length >= 0) {
    words[14] = length << 3;
    words[15] = Math.floor(length / 0x20000000);
  }
}
