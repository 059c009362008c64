/** The first four bytes of SHA-1 for many short pieces of one buffer, without a call into native code for each. */

const words = new Int32Array(80);

/** SHA-1 of `bytes[start, end)`: its first four bytes as a little-endian number. */
export function sha1Head(bytes: Uint8Array, start: number, end: number): number {
  let [h0, h1, h2, h3, h4] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
  const length = end - start;
  // A block takes the end of the text, a bit, and the length in eight bytes.
  const blocks = ((length + 8) >> 6) + 1;
  for (let block = 0; block < blocks; block++) {
    loadBlock(bytes, start, end, block * 64, block === blocks - 1 ? length : -1);
    let [a, b, c, d, e] = [h0, h1, h2, h3, h4];
    for (let i = 0; i < 20; i++) {
      const next = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + 0x5a827999 + (words[i] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let i = 20; i < 40; i++) {
      const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + (words[i] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let i = 40; i < 60; i++) {
      const next = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e + 0x8f1bbcdc + (words[i] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let i = 60; i < 80; i++) {
      const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0xca62c1d6 + (words[i] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    h0 = (h0 + a) | 0;
    h1 = (h1 + b) | 0;
    h2 = (h2 + c) | 0;
    h3 = (h3 + d) | 0;
    h4 = (h4 + e) | 0;
  }
  return ((h0 >>> 24) | ((h0 >>> 8) & 0xff00) | ((h0 << 8) & 0xff0000) | (h0 << 24)) >>> 0;
}

/** Sixteen words of the padded text, and the 64 that follow from them. `length` is given for the last block. */
function loadBlock(bytes: Uint8Array, start: number, end: number, offset: number, length: number): void {
  const from = start + offset;
  const whole = Math.max(0, Math.min(16, (end - from) >> 2));
  for (let i = 0; i < whole; i++) {
    const at = from + i * 4;
    words[i] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  }
  for (let i = whole; i < 16; i++) {
    let word = 0;
    for (let at = from + i * 4; at < from + i * 4 + 4; at++) {
      word = (word << 8) | (at < end ? (bytes[at] as number) : at === end ? 0x80 : 0);
    }
    words[i] = word;
  }
  if (length >= 0) {
    words[14] = Math.floor(length / 0x20000000);
    words[15] = length << 3;
  }
  for (let i = 16; i < 80; i++) {
    const mixed =
      (words[i - 3] as number) ^ (words[i - 8] as number) ^ (words[i - 14] as number) ^ (words[i - 16] as number);
    words[i] = (mixed << 1) | (mixed >>> 31);
  }
}
